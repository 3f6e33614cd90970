"""The LV jobs as the worker does them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ScarSegLogic.inference.device_memory import with_cpu_fallback
from ScarSegLogic.inference.watch import watched
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.request_json import request_from_json
from ScarSegLogic.quantification.result import LVScarResult, ModelUse
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker.context import JobContext, JobOutput
from ScarSegLogic.worker.images import label_map_from_json, label_map_to_json, volume_from_json

if TYPE_CHECKING:
    from ScarSegLogic.workflow.lv import Heart

COMPUTED_SHARE = 0.95
"""Share of a measuring job before its bull's-eye is drawn (ours)."""

Found = TypeVar("Found", "Heart", LVScarResult)


def find_heart(context: JobContext) -> JobOutput:
    """Job ``lv_heart``."""
    from ScarSegLogic.workflow import lv

    image = _image(context)
    heart = _on_best_device(context, lambda request: lv.find_heart(image, request, progress=context.progress))
    return JobOutput(
        {
            "labels": label_map_to_json(heart.labels),
            "rv_insertion_ras": heart.rv_insertion_ras,
            "rv_insertion_reason": heart.rv_insertion_reason,
            "models": [asdict(use) for use in heart.models],
            "warnings": list(heart.warnings),
        },
        {"labels": heart.labels.array},
    )


def find_scar(context: JobContext) -> JobOutput:
    """Job ``lv_scar``."""
    from ScarSegLogic.workflow.lv import run_lv

    started_s = perf_counter()
    image, heart, remote = _image(context), _label_map(context, "heart"), _label_map(context, "remote")
    result = _on_best_device(
        context,
        lambda request: run_lv(image, request, myocardium=heart, remote=remote, progress=_most_of(context)),
    )
    return _answer(context, result, started_s)


def measure_scar(context: JobContext) -> JobOutput:
    """Job ``lv_measure``."""
    from ScarSegLogic.workflow.lv import measure_lv

    started_s = perf_counter()
    image, drawn, remote = _image(context), _label_map(context, "segmentation"), _label_map(context, "remote")
    models = tuple(ModelUse(**use) for use in context.arguments["models"])
    result = _on_best_device(
        context,
        lambda request: measure_lv(image, drawn, request, remote=remote, models=models, progress=_most_of(context)),
    )
    return _answer(context, result, started_s)


def _on_best_device(context: JobContext, compute: Callable[[LVRequest], Found]) -> Found:
    """Compute with the client's right to cancel between layers; on the CPU where a graphics card does not suffice."""
    request = request_from_json(context.arguments["request"])
    with watched(context.check) as said:
        found = with_cpu_fallback(lambda device: compute(replace(request, device=device)), request.device)
    return replace(found, warnings=(*found.warnings, *said))


def _answer(context: JobContext, result: LVScarResult, started_s: float) -> JobOutput:
    from ScarSegLogic.quantification.result_json import result_to_json
    from ScarSegLogic.report.bullseye import draw_bullseye
    from ScarSegLogic.report.picture import to_png

    context.progress(COMPUTED_SHARE, "drawing the bull's-eye")
    arrays = {
        "segmentation": result.segmentation.array,
        "bullseye_png": np.frombuffer(to_png(draw_bullseye(result)), np.uint8),
    }
    if result.remote_mask is not None:
        arrays["remote"] = result.remote_mask
    document = {
        "result": result_to_json(result),
        "segmentation": label_map_to_json(result.segmentation),
        "elapsed_s": perf_counter() - started_s,
    }
    return JobOutput(document, arrays)


def _most_of(context: JobContext) -> Callable[[float, str], None]:
    return lambda share, words: context.progress(COMPUTED_SHARE * share, words)


def _image(context: JobContext) -> Volume:
    return volume_from_json(context.arguments["image"], context.arrays["image"])


def _label_map(context: JobContext, name: str) -> LabelMap | None:
    documents: dict[str, Any] = context.arguments["label_maps"]
    return label_map_from_json(documents[name], context.arrays[name]) if name in documents else None
