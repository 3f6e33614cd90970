"""The LA jobs as the worker does them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from ScarSegLogic.inference.watch import watched
from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.quantification.request_json import request_from_json
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.worker.context import JobContext, JobOutput
from ScarSegLogic.worker.export_files import export_files
from ScarSegLogic.worker.images import image_of, label_map_of, label_map_to_json


def find_cavity(context: JobContext) -> JobOutput:
    """Job ``la_cavity``."""
    from ScarSegLogic.workflow import la_predictions

    with watched(context.check):
        found = la_predictions.find_cavity(image_of(context), _request(context), progress=context.progress)
    document = {
        "labels": label_map_to_json(found.labels),
        "models": [asdict(use) for use in found.models],
        "warnings": list(found.warnings),
    }
    return JobOutput(document, {"labels": found.labels.array})


def find_scar(context: JobContext) -> JobOutput:
    """Job ``la_scar``."""
    from ScarSegLogic.wall.exclusions import ExclusionPlane
    from ScarSegLogic.worker.la_results import result_to_answer
    from ScarSegLogic.workflow.la import run_la

    started_s = perf_counter()
    planes = context.arguments["planes"]
    with watched(context.check):
        result = run_la(
            image_of(context),
            _request(context),
            **{name: label_map_of(context, name) for name in ("cavity", "wall", "scar")},
            planes=None if planes is None else [ExclusionPlane(**plane) for plane in planes],
            models=tuple(ModelUse(**use) for use in context.arguments["models"]),
            progress=context.progress,
        )
    document, arrays = result_to_answer(result)
    return JobOutput({**document, "elapsed_s": perf_counter() - started_s}, arrays)


def export(context: JobContext) -> JobOutput:
    """Job ``la_export``."""
    from ScarSegLogic.report.la_outputs import write_la_outputs
    from ScarSegLogic.report.review import review_from_json
    from ScarSegLogic.worker.la_results import result_from_answer

    review, kinds = review_from_json(context.arguments["review"]), context.arguments["kinds"]

    def write(result: LAScarResult, folder: Path) -> tuple[Path, ...]:
        return write_la_outputs(result, image_of(context), folder, review=review, kinds=kinds)

    return export_files(context, lambda: result_from_answer(context.arguments, context.arrays), write)


def _request(context: JobContext) -> LARequest:
    return request_from_json(context.arguments["request"], LARequest)
