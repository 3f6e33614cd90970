"""The LV jobs as the worker does them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.watch import watched
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.request_json import request_from_json
from ScarSegLogic.quantification.result import LVScarResult, ModelUse
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker.context import JobContext, JobOutput
from ScarSegLogic.worker.images import label_map_from_json, label_map_to_json, volume_from_json

COMPUTED_SHARE = 0.95
"""Share of a measuring job before its bull's-eye is drawn (ours)."""


def find_heart(context: JobContext) -> JobOutput:
    """Job ``lv_heart``."""
    from ScarSegLogic.workflow import lv

    with watched(context.check):
        heart = lv.find_heart(_image(context), _request(context), progress=context.progress)
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
    heart, remote = _label_map(context, "heart"), _label_map(context, "remote")
    with watched(context.check):
        result = run_lv(_image(context), _request(context), myocardium=heart, remote=remote, progress=_most_of(context))
    return _answer(context, result, started_s)


def measure_scar(context: JobContext) -> JobOutput:
    """Job ``lv_measure``."""
    started_s = perf_counter()
    return _answer(context, _measured(context, _most_of(context)), started_s)


def export(context: JobContext) -> JobOutput:
    """Job ``lv_export``."""
    from ScarSegLogic.io.atomic import output_folder
    from ScarSegLogic.report.outputs import write_lv_outputs
    from ScarSegLogic.report.review import review_from_json

    arguments = context.arguments
    folder, review = Path(arguments["folder"]), review_from_json(arguments["review"])
    # The folder is proven writable on entry, before anything is computed.
    with output_folder(folder) as staging:
        result = _result_to_export(context)
        context.progress(0.5, "writing the files")
        try:
            # A worker that is ended while it draws must not leave half a report beside the user's folder.
            context.work_folder.mkdir()
            written = write_lv_outputs(
                result, _image(context), context.work_folder, review=review, kinds=arguments["kinds"]
            )
            context.progress(0.95, "copying the files")
            places = [path.relative_to(context.work_folder) for path in written]
            for place in places:
                (staging / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(context.work_folder / place, staging / place)
        except OSError as error:
            raise ScarSegError(
                f"the files for {folder} cannot be written ({error.strerror or error}): free some space on the disk "
                "or choose another folder"
            ) from error
    return JobOutput({"files": [str(folder / place) for place in places]})


def _result_to_export(context: JobContext) -> LVScarResult:
    """The numbers that the user saw, or new ones of the segmentation as it is."""
    from ScarSegLogic.quantification.result_json import result_from_json

    document = context.arguments["result"]
    if document is None:
        return _measured(context, lambda share, words: context.progress(share / 2, words))
    remote = _label_map(context, "remote")
    return result_from_json(document, _label_map(context, "segmentation"), None if remote is None else remote.array > 0)


def _measured(context: JobContext, progress: Callable[[float, str], None]) -> LVScarResult:
    from ScarSegLogic.workflow.lv import measure_lv

    drawn, remote = _label_map(context, "segmentation"), _label_map(context, "remote")
    models = tuple(ModelUse(**use) for use in context.arguments.get("models", ()))
    with watched(context.check):
        return measure_lv(_image(context), drawn, _request(context), remote=remote, models=models, progress=progress)


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


def _image(context: JobContext) -> Volume:
    return volume_from_json(context.arguments["image"], context.arrays["image"])


def _label_map(context: JobContext, name: str) -> LabelMap | None:
    documents: dict[str, Any] = context.arguments["label_maps"]
    return label_map_from_json(documents[name], context.arrays[name]) if name in documents else None
