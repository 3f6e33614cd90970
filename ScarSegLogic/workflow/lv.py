"""The LV job: a study and a request in, a scar result out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.labels import HeartMasks
from ScarSegLogic.models.catalogue import find_package
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.quantification.result import LVScarResult, ModelUse
from ScarSegLogic.volume import LabelMap, Volume, slices_first_axes, with_slices_first
from ScarSegLogic.workflow.given_masks import masks_on_grid
from ScarSegLogic.workflow.resample import on_grid

Progress = Callable[[float, str], None]


def run_lv(
    image: Volume,
    request: LVRequest,
    *,
    myocardium: LabelMap | None = None,
    remote: LabelMap | None = None,
    progress: Progress | None = None,
) -> LVScarResult:
    """Measure LV scar.

    Args:
        image: The LGE study, any orientation; slices are found by ``Geometry.slice_axis``.
        request: What is asked.
        myocardium: A label map on the same or another grid, named by ``request.labels``; None lets the anatomy model
            find cavity and myocardium.
        remote: A mask (> 0) of remote myocardium on the same or another grid; None lets it be proposed.
        progress: Called with a share done and a few words.

    Returns:
        The result, its masks on the grid of ``image``.

    Raises:
        ScarSegError: A sentence for the user; see the readers, models and methods below.
    """
    tell = progress or _silent
    axes = slices_first_axes(image.geometry)
    stack = with_slices_first(image)
    elapsed_s: dict[str, float] = {}
    sources = [source for source in (image, myocardium, remote) if source is not None]
    warnings = tuple(dict.fromkeys(warning for source in sources for warning in source.warnings))
    models: list[ModelUse] = []
    started = perf_counter()

    point, source, reason = request.rv_insertion_ras, "given", None
    if myocardium is None:
        from ScarSegLogic.inference.lv_anatomy import predict_anatomy

        tell(0.05, "finding the heart")
        package = find_package(request.anatomy_model, task="lv_anatomy")
        anatomy = predict_anatomy(stack, package, request.device)
        cavity, wall = anatomy.cavity, anatomy.myocardium
        models.append(model_use(package))
        if point is None:
            point, source, reason = anatomy.rv_insertion_ras, "predicted", anatomy.rv_insertion_reason
    else:
        masks, notes = masks_on_grid(
            myocardium, request.labels, stack.geometry, cavity_required=request.method is ScarMethod.MODEL
        )
        warnings = (*warnings, *notes)
        cavity, wall = masks.cavity, masks.myocardium
        if point is None:
            tell(0.05, "looking for the RV insertion")
            point, source, reason = _propose_insertion(stack, masks, request, models)
    elapsed_s["anatomy"] = perf_counter() - started

    scar = mvo = None
    started = perf_counter()
    if request.method is ScarMethod.MODEL:
        from ScarSegLogic.inference.lv_scar import predict_scar

        tell(0.5, "finding scar")
        package = find_package(request.scar_model, task="lv_scar")
        prediction = predict_scar(stack, cavity, wall, package, request.device)
        scar, mvo = prediction.infarct, prediction.mvo
        models.append(model_use(package))
    elapsed_s["scar"] = perf_counter() - started

    tell(0.8, "measuring")
    started = perf_counter()
    remote_mask = None
    if remote is not None:
        remote_mask = on_grid(with_slices_first(remote), stack.geometry).array > 0
    result = quantify_lv(
        stack,
        cavity,
        wall,
        request,
        remote_mask=remote_mask,
        scar_mask=scar,
        mvo_mask=mvo,
        rv_insertion_ras=point,
        rv_insertion_source=source if point is not None else None,
        rv_insertion_reason=reason,
        models=tuple(models),
        warnings=warnings,
        study_name=image.name,
    )
    elapsed_s["quantification"] = perf_counter() - started
    tell(1.0, "done")
    return _on_input_grid(replace(result, elapsed_s=elapsed_s), image.geometry, axes)


def model_use(package: ModelPackage) -> ModelUse:
    """What the report says of a package."""
    manifest = package.manifest
    return ModelUse(
        manifest.name,
        manifest.version,
        manifest.task,
        manifest.licence,
        manifest.training_data,
        manifest.sha256,
        manifest.notice,
    )


def _propose_insertion(
    stack: Volume, masks: HeartMasks, request: LVRequest, models: list[ModelUse]
) -> tuple[tuple[float, float, float] | None, str, str | None]:
    """Ask the anatomy model where it and torch are installed; a given myocardium works without either."""
    if not masks.cavity.any():
        return None, "predicted", "the RV insertion was not given and the label map has no cavity"
    try:
        from ScarSegLogic.inference.lv_anatomy import find_insertion

        package = find_package(request.anatomy_model, task="lv_anatomy")
        point, reason = find_insertion(stack, masks.cavity, masks.myocardium, package, request.device)
    except ScarSegError as error:
        return None, "predicted", f"the RV insertion was not given and could not be predicted: {error}"
    models.append(model_use(package))
    return point, "predicted", reason


def _on_input_grid(result: LVScarResult, geometry: Geometry, axes: tuple[int, int, int]) -> LVScarResult:
    back = tuple(int(axis) for axis in np.argsort(axes))
    segmentation = LabelMap(
        np.ascontiguousarray(result.segmentation.array.transpose(back)), geometry, result.segmentation.name
    )
    mask = None if result.remote_mask is None else np.ascontiguousarray(result.remote_mask.transpose(back))
    return replace(result, segmentation=segmentation, remote_mask=mask)


def _silent(_share: float, _message: str) -> None:
    """Progress for callers who did not ask for it."""
