"""Accuracy on EMIDEC: one study at true spacing, 14 test cases as PNG slices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import MVO, SCAR
from ScarSegLogic.metrics.agreement import bootstrap_interval
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.quantification.request import Baseline, FwhmScope, LVRequest, ScarMethod
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.workflow.lv import run_lv
from Testing.accuracy.studies import ExpertStudy

METHODS: dict[str, LVRequest] = {
    "model": LVRequest(),
    "model, phantom-only": LVRequest(anatomy_model="lv_anatomy_phantom", scar_model="lv_scar_phantom"),
    **{f"nsd {n}": LVRequest(method=ScarMethod.NSD, n_sd=n) for n in (2, 3, 4, 5, 6)},
    "fwhm remote": LVRequest(method=ScarMethod.FWHM, baseline=Baseline.REMOTE),
    "fwhm remote, per slice": LVRequest(method=ScarMethod.FWHM, baseline=Baseline.REMOTE, fwhm_scope=FwhmScope.SLICE),
    "fwhm raw": LVRequest(method=ScarMethod.FWHM, baseline=Baseline.RAW),
    "otsu": LVRequest(method=ScarMethod.OTSU),
    "ewa": LVRequest(method=ScarMethod.EWA),
}


@dataclass(frozen=True)
class StudyScore:
    """One study against its expert. Dice of an empty pair is None; a refusal has its sentence in ``refused``."""

    case: str
    method: str
    myocardium_given: bool
    myocardium_dice: float | None = None
    scar_dice: float | None = None
    infarct_ml: float | None = None
    burden_percent: float | None = None
    expert_burden_percent: float | None = None
    refused: str | None = None


def score(study: ExpertStudy, method: str, myocardium: LabelMap | None, *, given: bool) -> StudyScore:
    """Run one method on one study.

    Args:
        study: Image and expert.
        method: A key of ``METHODS``.
        myocardium: Label map to work within, or None to let the model find it.
        given: Whether that label map is the expert's.
    """
    expert = study.labels.array
    expert_infarct = (expert == SCAR) | (expert == MVO)
    expert_burden = 100 * expert_infarct.sum() / (expert >= 2).sum()
    blank = StudyScore(study.case, method, given, expert_burden_percent=float(expert_burden))
    # No figure here depends on the RV insertion; a given one spares its prediction.
    request = replace(METHODS[method], rv_insertion_ras=tuple(study.image.geometry.index_to_ras((0, 0, 0))))
    try:
        result = run_lv(study.image, request, myocardium=myocardium)
    except ScarSegError as error:
        return replace(blank, refused=str(error))
    found = result.segmentation.array
    return replace(
        blank,
        myocardium_dice=overlap(found >= 2, expert >= 2).dice,
        scar_dice=overlap((found == SCAR) | (found == MVO), expert_infarct).dice,
        infarct_ml=result.burden.infarct_volume_ml,
        burden_percent=result.burden.scar_fraction_percent,
    )


def scores(studies: Iterable[ExpertStudy], methods: Iterable[str]) -> list[StudyScore]:
    """All studies, all methods, with and without the expert's myocardium.

    The threshold methods share one automatic myocardium a study, that of the default model.
    """
    names = tuple(methods)
    rows = []
    for study in studies:
        automatic = run_lv(study.image, LVRequest()).segmentation
        for method in names:
            rows.append(score(study, method, study.labels, given=True))
            own_anatomy = METHODS[method].method is ScarMethod.MODEL
            rows.append(score(study, method, None if own_anatomy else automatic, given=False))
    return rows


def mean_with_interval(values: Iterable[float | None]) -> str:
    """Mean and 95 % bootstrap interval over patients, as text; undefined values are left out and show in n."""
    numbers = np.array([value for value in values if value is not None])
    if not len(numbers):
        return "-"
    interval = bootstrap_interval(numbers, lambda drawn: float(drawn.mean()), np.random.default_rng(0))
    return f"{interval.estimate:.3f} [{interval.lower:.3f}, {interval.upper:.3f}], n = {len(numbers)}"
