"""The LV jobs: find the heart, find and measure scar, measure scar that a person edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import CAVITY, MYOCARDIUM, HeartMasks
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.quantification.result import LVScarResult, ModelUse
from ScarSegLogic.volume import LabelMap, Volume, slices_first_axes, with_slices_first
from ScarSegLogic.workflow.given_masks import masks_on_grid
from ScarSegLogic.workflow.predictions import Point, predict_anatomy, predict_insertion, predict_scar
from ScarSegLogic.workflow.resample import on_grid

Progress = Callable[[float, str], None]

OWN_LABELS = "emidec"
"""ScarSeg's own values in `segmentation.nrrd` are those of EMIDEC (see ``labels``)."""


@dataclass(frozen=True, eq=False)
class Heart:
    """What the anatomy model found in a study.

    Attributes:
        labels: 0 background, 1 cavity, 2 whole myocardium, uint8 on the grid of the image.
        rv_insertion_ras: The anterior RV insertion in RAS mm, to be confirmed; None with ``rv_insertion_reason``.
        models: The packages that took part.
        warnings: Sentences for the user.
    """

    labels: LabelMap
    rv_insertion_ras: Point | None
    rv_insertion_reason: str | None
    models: tuple[ModelUse, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Anatomy:
    """Masks of the stack, slices first, and where the RV insertion is known from; ``masks`` where they were given."""

    cavity: NDArray[np.bool_]
    myocardium: NDArray[np.bool_]
    point: Point | None
    source: str
    reason: str | None
    masks: HeartMasks | None = None
    models: tuple[ModelUse, ...] = ()
    warnings: tuple[str, ...] = ()


def find_heart(image: Volume, request: LVRequest, *, progress: Progress | None = None) -> Heart:
    """Find cavity, myocardium and the anterior RV insertion by the request's anatomy model.

    Args:
        image: The LGE study, any orientation.
        request: Its ``anatomy_model`` and ``device`` are used.
        progress: Called with a share done and a few words.

    Raises:
        ScarSegError: No left ventricle is found, or the package is unknown, damaged or for another task.
    """
    tell = progress or _silent
    tell(0.05, "finding the heart")
    asked = predict_anatomy(with_slices_first(image), request)
    prediction = asked.answer
    tell(1.0, "done")
    return Heart(
        labels=_heart_labels(prediction.cavity, prediction.myocardium, image),
        rv_insertion_ras=prediction.rv_insertion_ras,
        rv_insertion_reason=prediction.rv_insertion_reason,
        models=(asked.model,),
        warnings=(*image.warnings, *asked.warnings),
    )


def run_lv(
    image: Volume,
    request: LVRequest,
    *,
    myocardium: LabelMap | None = None,
    remote: LabelMap | None = None,
    progress: Progress | None = None,
) -> LVScarResult:
    """Find and measure LV scar.

    Args:
        image: The LGE study, any orientation; slices are found by ``Geometry.slice_axis``.
        request: What is asked.
        myocardium: A label map on the same or another grid, named by ``request.labels``; None lets the anatomy model
            find cavity and myocardium.
        remote: A mask (> 0) of remote myocardium on the same or another grid; None lets it be proposed, or taken
            around ``request.remote_ras``.
        progress: Called with a share done and a few words.

    Returns:
        The result, its masks on the grid of ``image``.

    Raises:
        ScarSegError: A sentence for the user; see the readers, models and methods below.
    """
    tell = progress or _silent
    stack = with_slices_first(image)
    elapsed_s: dict[str, float] = {}
    started = perf_counter()
    tell(0.05, "finding the heart" if myocardium is None else "reading the heart")
    if myocardium is None:
        anatomy = _found_anatomy(stack, request)
    else:
        cavity_required = request.method is ScarMethod.MODEL
        anatomy = _given_anatomy(stack, myocardium, request.labels, request, cavity_required=cavity_required)
    elapsed_s["anatomy"] = perf_counter() - started

    started = perf_counter()
    scar = mvo = None
    if request.method is ScarMethod.MODEL:
        tell(0.5, "finding scar")
        asked = predict_scar(stack, anatomy.cavity, anatomy.myocardium, request)
        scar, mvo = asked.answer.infarct, asked.answer.mvo
        together = (*anatomy.warnings, *asked.warnings)
        anatomy = replace(anatomy, models=(*anatomy.models, asked.model), warnings=tuple(dict.fromkeys(together)))
    elapsed_s["scar"] = perf_counter() - started

    tell(0.8, "measuring")
    result = _measured(image, anatomy, request, remote, (scar, mvo), _warnings_of(image, myocardium, remote))
    elapsed_s["quantification"] = result.elapsed_s["quantification"]
    tell(1.0, "done")
    return replace(result, elapsed_s=elapsed_s)


def measure_lv(
    image: Volume,
    segmentation: LabelMap,
    request: LVRequest,
    *,
    remote: LabelMap | None = None,
    models: tuple[ModelUse, ...] = (),
    progress: Progress | None = None,
) -> LVScarResult:
    """Measure scar that a person edited: it is taken as it is, whatever the request's method and clean-up say.

    Args:
        image: The LGE study, any orientation.
        segmentation: 0 background, 1 cavity, 2 normal myocardium, 3 scar, 4 MVO, on the same or another grid.
        request: Its method says where the scar first came from and whether remote myocardium is reported.
        remote: As in ``run_lv``.
        models: The packages behind what was edited, for the report.
        progress: Called with a share done and a few words.

    Raises:
        ScarSegError: The segmentation has other values or no myocardium, or as ``run_lv``.
    """
    tell = progress or _silent
    stack = with_slices_first(image)
    started = perf_counter()
    tell(0.05, "reading the segments")
    anatomy = _given_anatomy(stack, segmentation, OWN_LABELS, request, cavity_required=False)
    together = tuple(dict.fromkeys((*models, *anatomy.models)))
    anatomy = replace(anatomy, models=together)
    elapsed_s = {"anatomy": perf_counter() - started}
    tell(0.5, "measuring")
    drawn = (anatomy.masks.scar | anatomy.masks.mvo, anatomy.masks.mvo)
    warnings = _warnings_of(image, segmentation, remote)
    result = _measured(image, anatomy, request, remote, drawn, warnings, edited_by_hand=True)
    tell(1.0, "done")
    return replace(result, elapsed_s={**elapsed_s, **result.elapsed_s})


def _found_anatomy(stack: Volume, request: LVRequest) -> _Anatomy:
    asked = predict_anatomy(stack, request)
    found = asked.answer
    point, source, reason = _requested_insertion(request)
    if point is None:
        point, source, reason = found.rv_insertion_ras, "predicted", found.rv_insertion_reason
    more = {"models": (asked.model,), "warnings": asked.warnings}
    return _Anatomy(found.cavity, found.myocardium, point, source, reason, **more)


def _given_anatomy(
    stack: Volume, labels: LabelMap, scheme: str, request: LVRequest, *, cavity_required: bool
) -> _Anatomy:
    masks, notes = masks_on_grid(labels, scheme, stack.geometry, cavity_required=cavity_required)
    point, source, reason = _requested_insertion(request)
    found = _Anatomy(masks.cavity, masks.myocardium, point, source, reason, masks, warnings=notes)
    return found if point is not None else _with_proposed_insertion(found, stack, request)


def _requested_insertion(request: LVRequest) -> tuple[Point | None, str, str | None]:
    return request.rv_insertion_ras, "given" if request.rv_insertion_confirmed else "predicted", None


def _with_proposed_insertion(given: _Anatomy, stack: Volume, request: LVRequest) -> _Anatomy:
    """Ask the anatomy model where it and torch are installed; a given myocardium works without either."""
    if not given.masks.cavity.any():
        return replace(given, reason="the RV insertion was not given and the label map has no cavity")
    try:
        asked = predict_insertion(stack, given.masks, request)
    except ScarSegError as error:
        return replace(given, reason=f"the RV insertion was not given and could not be predicted: {error}")
    point, reason = asked.answer
    warnings = (*given.warnings, *asked.warnings)
    return replace(given, point=point, source="predicted", reason=reason, models=(asked.model,), warnings=warnings)


def _measured(
    image: Volume,
    anatomy: _Anatomy,
    request: LVRequest,
    remote: LabelMap | None,
    scar_and_mvo: tuple[NDArray[np.bool_] | None, NDArray[np.bool_] | None],
    warnings: tuple[str, ...],
    *,
    edited_by_hand: bool = False,
) -> LVScarResult:
    """Numbers and masks, the masks on the grid of the image."""
    started = perf_counter()
    axes = slices_first_axes(image.geometry)
    stack = with_slices_first(image)
    remote_mask = None
    if remote is not None:
        remote_mask = on_grid(with_slices_first(remote), stack.geometry).array > 0
    scar, mvo = scar_and_mvo
    result = quantify_lv(
        stack,
        anatomy.cavity,
        anatomy.myocardium,
        request,
        remote_mask=remote_mask,
        scar_mask=scar,
        mvo_mask=mvo,
        edited_by_hand=edited_by_hand,
        rv_insertion_ras=anatomy.point,
        rv_insertion_source=anatomy.source if anatomy.point is not None else None,
        rv_insertion_reason=anatomy.reason,
        models=anatomy.models,
        warnings=(*warnings, *anatomy.warnings),
        study_name=image.name,
    )
    segmentation = LabelMap(_back(result.segmentation.array, axes), image.geometry, result.segmentation.name)
    mask = None if result.remote_mask is None else _back(result.remote_mask, axes)
    elapsed_s = {"quantification": perf_counter() - started}
    return replace(
        result,
        segmentation=segmentation,
        remote_mask=mask,
        elapsed_s=elapsed_s,
        myocardium_found=anatomy.masks is None,
        found_heart=_heart_labels(anatomy.cavity, anatomy.myocardium, image) if anatomy.masks is None else None,
    )


def _heart_labels(cavity: NDArray[np.bool_], myocardium: NDArray[np.bool_], image: Volume) -> LabelMap:
    """1 cavity, 2 whole myocardium on the image's grid, from masks with their slices first."""
    labels = myocardium * np.uint8(MYOCARDIUM)
    labels[cavity & ~myocardium] = CAVITY
    return LabelMap(_back(labels, slices_first_axes(image.geometry)), image.geometry, "heart")


def _warnings_of(*sources: Volume | LabelMap | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(warning for source in sources if source is not None for warning in source.warnings))


def _back(stack: NDArray, axes: tuple[int, int, int]) -> NDArray:
    """An array with slices first in the order of axes of the image."""
    return np.ascontiguousarray(stack.transpose(tuple(int(axis) for axis in np.argsort(axes))))


def _silent(_share: float, _message: str) -> None:
    """Progress for callers who did not ask for it."""
