"""The LV jobs as the worker does them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import numpy as np

from ScarSegLogic.inference.watch import watched
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.request_json import request_from_json
from ScarSegLogic.quantification.result import LVScarResult, ModelUse
from ScarSegLogic.worker.context import JobContext, JobOutput
from ScarSegLogic.worker.export_files import export_files
from ScarSegLogic.worker.images import image_of, label_map_of, label_map_to_json

COMPUTED_SHARE = 0.95
"""Share of a measuring job before its bull's-eye is drawn (ours)."""


def find_heart(context: JobContext) -> JobOutput:
    """Job ``lv_heart``."""
    from ScarSegLogic.workflow import lv

    with watched(context.check):
        heart = lv.find_heart(image_of(context), _request(context), progress=context.progress)
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
    heart, remote = label_map_of(context, "heart"), label_map_of(context, "remote")
    image, request = image_of(context), _request(context)
    with watched(context.check):
        result = run_lv(image, request, myocardium=heart, remote=remote, progress=_most_of(context))
    return _answer(context, result, started_s)


def measure_scar(context: JobContext) -> JobOutput:
    """Job ``lv_measure``."""
    started_s = perf_counter()
    return _answer(context, _measured(context, _most_of(context)), started_s)


def export(context: JobContext) -> JobOutput:
    """Job ``lv_export``."""
    from ScarSegLogic.report.outputs import write_lv_outputs
    from ScarSegLogic.report.review import review_from_json

    review, kinds = review_from_json(context.arguments["review"]), context.arguments["kinds"]

    def write(result: LVScarResult, folder: Path) -> tuple[Path, ...]:
        return write_lv_outputs(result, image_of(context), folder, review=review, kinds=kinds)

    return export_files(context, lambda: _result_to_export(context), write)


def _result_to_export(context: JobContext) -> LVScarResult:
    """The numbers that the user saw, or new ones of the segmentation as it is."""
    from ScarSegLogic.quantification.result_json import result_from_json

    document = context.arguments["result"]
    if document is None:
        return _measured(context, lambda share, words: context.progress(share / 2, words))
    segmentation, remote = label_map_of(context, "segmentation"), label_map_of(context, "remote")
    return result_from_json(document, segmentation, None if remote is None else remote.array > 0)


def _measured(context: JobContext, progress: Callable[[float, str], None]) -> LVScarResult:
    from ScarSegLogic.workflow.lv import measure_lv

    drawn, remote = label_map_of(context, "segmentation"), label_map_of(context, "remote")
    models = tuple(ModelUse(**use) for use in context.arguments.get("models", ()))
    with watched(context.check):
        return measure_lv(image_of(context), drawn, _request(context), remote=remote, models=models, progress=progress)


def _request(context: JobContext) -> LVRequest:
    return request_from_json(context.arguments["request"])


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
    if result.found_heart is not None:
        arrays["found_heart"] = result.found_heart.array
    document = {
        "result": result_to_json(result),
        "segmentation": label_map_to_json(result.segmentation),
        "elapsed_s": perf_counter() - started_s,
    }
    return JobOutput(document, arrays)


def _most_of(context: JobContext) -> Callable[[float, str], None]:
    return lambda share, words: context.progress(COMPUTED_SHARE * share, words)
