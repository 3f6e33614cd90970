"""Writes the worker's answers into the scene: segments, points, tables, chart and what is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from slicer.i18n import tr as _

from ScarSegLogic import labels, terminology
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.volume import LabelMap, slices_first_axes
from ScarSegLVLib import points, review_log, tables
from ScarSegLVLib.segments import make_segments
from ScarSegLVLib.study import Study
from ScarSegModuleLib.segment_editor import save_state_before

if TYPE_CHECKING:
    # They bring packages that Slicer lacks until the first Apply.
    from ScarSegLogic.worker.lv import LVAnswer
    from ScarSegLogic.workflow.lv import Heart

Masks = Mapping[str, NDArray[np.bool_]]


def write_heart(study: Study, heart: Heart) -> str:
    """Write cavity and myocardium; a point that nobody confirmed gives way to the new prediction."""
    with study.one_change():
        _write_masks(study, _heart_masks(heart.labels), {})
        points.show_predicted_rv_insertion(study, heart.rv_insertion_ras)
        arrays = review_log.note_changes(study, by_hand=False)
        study.change_state(written_heart=arrays.heart_marks())
    return " ".join((_("Heart segmented: check and correct it, then segment scar."), *_sentences(heart.warnings)))


def write_scar(study: Study, answer: LVAnswer, *, heart_found: bool) -> str:
    """Write scar and MVO, and the numbers. In excluded slices scar stays as it is; a heart that is found has them all.

    Args:
        study: The study.
        answer: What the worker found.
        heart_found: Whether cavity and myocardium are the worker's too and are written as well.
    """
    result = answer.result
    values = result.segmentation.array
    masks = {terminology.SCAR: values == labels.SCAR, terminology.MVO: values == labels.MVO}
    if heart_found:
        masks = {**_heart_masks(result.found_heart), **masks}
    # The result is empty in excluded slices; what a reader drew there stays. Elsewhere scar that lies outside the
    # myocardium, as after the reader made it smaller, goes: it is in no number.
    within = dict.fromkeys((terminology.SCAR, terminology.MVO), _included(result))
    with study.one_change():
        _write_masks(study, masks, within)
        arrays = review_log.note_changes(study, by_hand=False)
        study.change_state(written_scar=arrays.scar_marks())
        if heart_found:
            study.change_state(written_heart=arrays.heart_marks())
        _keep(study, answer)
    return _("Scar segmented: {scar}.").format(scar=_burden_text(result))


def write_measurement(study: Study, answer: LVAnswer) -> str:
    """Write the numbers; the segments stay as they are."""
    with study.one_change():
        _keep(study, answer)
    return _("Measured: {scar}.").format(scar=_burden_text(answer.result))


def _keep(study: Study, answer: LVAnswer) -> None:
    study.keep_result(answer.result, answer.bullseye_png)
    points.show_points_of(study, answer.result)
    tables.show_result(study, answer.result)


def _write_masks(study: Study, masks: Masks, within: Masks) -> None:
    """Write segments of the study, made where there are none, as one undo state."""
    ids = make_segments(study, masks)
    write_masks(
        study.segmentation,
        {ids[kind]: mask for kind, mask in masks.items()},
        study.volume,
        within={ids[kind]: mask for kind, mask in within.items()},
        save_state=save_state_before(study.segmentation, study.volume),
    )


def _heart_masks(heart: LabelMap) -> Masks:
    return {
        terminology.CAVITY: heart.array == labels.CAVITY,
        terminology.MYOCARDIUM: heart.array == labels.MYOCARDIUM,
    }


def _included(result: LVScarResult) -> NDArray[np.bool_]:
    """(K, J, I) bool: the slices that are not excluded."""
    geometry = result.segmentation.geometry
    axes = slices_first_axes(geometry)
    included = np.ones(geometry.shape_kji, dtype=bool).transpose(axes)
    included[list(result.request.excluded_slices)] = False
    return included.transpose(np.argsort(axes))


def _burden_text(result: LVScarResult) -> str:
    burden = result.burden
    if burden.scar_fraction_percent is None:
        return _("no myocardium to measure")
    return _("{volume:.1f} ml, {share:.1f} % of the myocardium").format(
        volume=burden.infarct_volume_ml, share=burden.scar_fraction_percent
    )


def _sentences(warnings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_("Note: {warning}.").format(warning=warning.rstrip(".")) for warning in warnings)
