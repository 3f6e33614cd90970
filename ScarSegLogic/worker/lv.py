"""The LV jobs as a module sees them: images and a request become a job, a finished job becomes an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.jobs.job import Job, JobSpec
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.result import LVScarResult, ModelUse
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker.images import label_map_from_json, study_spec

if TYPE_CHECKING:
    from ScarSegLogic.report.review import Review
    from ScarSegLogic.workflow.lv import Heart

HEART, SCAR, MEASURE, EXPORT = "lv_heart", "lv_scar", "lv_measure", "lv_export"

OWN_LABELS = "emidec"
"""The convention of label maps out of a scene: 1 cavity, 2 myocardium, 3 scar, 4 MVO (see ``labels``)."""


@dataclass(frozen=True, eq=False)
class LVAnswer:
    """What comes back from measuring.

    Attributes:
        result: As ``run_lv`` gives it.
        bullseye_png: The bull's-eye as a PNG file.
        elapsed_s: Seconds that the worker computed, without the way there and back.
    """

    result: LVScarResult
    bullseye_png: bytes
    elapsed_s: float


def heart_job(image: Volume, request: LVRequest) -> JobSpec:
    """Find cavity, myocardium and the RV insertion by the request's anatomy model."""
    return study_spec(HEART, request, image, {})


def heart_answer(job: Job) -> Heart:
    """The heart of a finished ``heart_job``."""
    # Late: the workflow brings scipy, which opening a module need not wait for.
    from ScarSegLogic.workflow.lv import Heart

    document = job.result
    point = document["rv_insertion_ras"]
    return Heart(
        labels=label_map_from_json(document["labels"], job.arrays["labels"]),
        rv_insertion_ras=None if point is None else tuple(point),
        rv_insertion_reason=document["rv_insertion_reason"],
        models=tuple(ModelUse(**use) for use in document["models"]),
        warnings=tuple(document["warnings"]),
    )


def scar_job(image: Volume, request: LVRequest, heart: LabelMap | None, remote: LabelMap | None) -> JobSpec:
    """Find and measure scar.

    Args:
        image: The LGE study.
        request: Method and its parameters; its ``labels`` do not matter here.
        heart: 1 cavity, 2 whole myocardium; None lets the anatomy model find it.
        remote: The remote region (> 0), or None.
    """
    return study_spec(SCAR, replace(request, labels=OWN_LABELS), image, {"heart": heart, "remote": remote})


def measure_job(
    image: Volume,
    request: LVRequest,
    segmentation: LabelMap,
    remote: LabelMap | None,
    *,
    models: tuple[ModelUse, ...] = (),
) -> JobSpec:
    """Measure scar as it is in the scene, after edits by hand.

    Args:
        image: The LGE study.
        request: As in ``scar_job``.
        segmentation: 1 cavity, 2 normal myocardium, 3 scar, 4 MVO.
        remote: The remote region (> 0), or None.
        models: The packages behind what was edited (``result.models`` of the answer before), for the report.
    """
    label_maps = {"segmentation": segmentation, "remote": remote}
    more = {"models": [asdict(use) for use in models]}
    return study_spec(MEASURE, replace(request, labels=OWN_LABELS), image, label_maps, more)


def scar_answer(job: Job) -> LVAnswer:
    """The numbers, masks and bull's-eye of a finished ``scar_job`` or ``measure_job``."""
    return LVAnswer(
        result=result_from_answer(job.result, job.arrays),
        bullseye_png=job.arrays["bullseye_png"].tobytes(),
        elapsed_s=float(job.result["elapsed_s"]),
    )


def export_job(
    image: Volume,
    segmentation: LabelMap,
    remote: LabelMap | None,
    request: LVRequest,
    review: Review,
    folder: Path,
    kinds: tuple[str, ...],
    dicom_source: Sequence[Path] | None = None,
    *,
    result: LVScarResult | None = None,
) -> JobSpec:
    """Write a study's files, all or none.

    Args:
        image: The LGE study.
        segmentation: 1 cavity, 2 normal myocardium, 3 scar, 4 MVO.
        remote: The remote region (> 0), or None.
        request: As in ``scar_job``.
        review: Who read it; decides whether the report is a DRAFT.
        folder: Where to; made if absent.
        kinds: Any of ``report.outputs.OUTPUT_KINDS``: nrrd, json, csv, pictures, html, seg, sr.
        dicom_source: The files of the DICOM series that the image came from; None or empty where it did not.
        result: The numbers that the user saw, not stale, where they are at hand: they are exported as they are. Without
            them the segmentation is measured as one edited by hand.
    """
    from ScarSegLogic.quantification.result_json import result_to_json
    from ScarSegLogic.report.review import review_to_json

    if result is not None and remote is None and result.remote_mask is not None:
        remote = LabelMap(result.remote_mask.astype(np.uint8), segmentation.geometry, "remote")
    image = replace(image, source_files=tuple(Path(path) for path in dicom_source or ()))
    label_maps = {"segmentation": segmentation, "remote": remote}
    more = {
        "review": review_to_json(review),
        "folder": str(folder),
        "kinds": list(kinds),
        "result": None if result is None else result_to_json(result),
    }
    return study_spec(EXPORT, replace(request, labels=OWN_LABELS), image, label_maps, more)


def export_answer(job: Job) -> tuple[Path, ...]:
    """The files that a finished ``export_job`` wrote."""
    return tuple(Path(path) for path in job.result["files"])


def result_from_answer(document: dict[str, Any], arrays: dict[str, NDArray]) -> LVScarResult:
    """A result from its JSON and arrays."""
    from ScarSegLogic.quantification.result_json import result_from_json

    segmentation = label_map_from_json(document["segmentation"], arrays["segmentation"])
    remote, heart = arrays.get("remote"), arrays.get("found_heart")
    result = result_from_json(document["result"], segmentation, None if remote is None else remote.astype(np.bool_))
    return replace(result, found_heart=None if heart is None else LabelMap(heart, segmentation.geometry, "heart"))
