"""The LA jobs as a module sees them: images and a request become a job, a finished job becomes an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ScarSegLogic.jobs.job import Job, JobSpec
from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker.images import label_map_from_json, study_spec

if TYPE_CHECKING:
    # The result brings scipy, which opening a module need not wait for.
    from ScarSegLogic.quantification.la_result import LAScarResult
    from ScarSegLogic.report.review import Review
    from ScarSegLogic.wall.exclusions import ExclusionPlane
    from ScarSegLogic.workflow.la_predictions import FoundCavity

CAVITY, SCAR, EXPORT = "la_cavity", "la_scar", "la_export"


@dataclass(frozen=True, eq=False)
class GivenAtrium:
    """What of the atrium is known before the job; the rest is found or built. See ``workflow.la.run_la``.

    Attributes:
        cavity: Mask (> 0) of the cavity; None lets the cavity model find it.
        wall: Mask of the wall, taken as it is; None to have it built from the cavity.
        scar: Mask of scar that a person edited, measured as it is; None to have it found.
        planes: Cuts at the ostia and the mitral valve; None to have them proposed, () for none.
        models: The packages behind what is given (``result.models`` of the answer before), for the report.
    """

    cavity: LabelMap | None = None
    wall: LabelMap | None = None
    scar: LabelMap | None = None
    planes: tuple[ExclusionPlane, ...] | None = None
    models: tuple[ModelUse, ...] = ()


@dataclass(frozen=True, eq=False)
class LAAnswer:
    """What comes back from measuring.

    Attributes:
        result: As ``run_la`` gives it, with its shell.
        elapsed_s: Seconds that the worker computed, without the way there and back.
    """

    result: LAScarResult
    elapsed_s: float


def cavity_job(image: Volume, request: LARequest) -> JobSpec:
    """Find the cavity by the request's cavity model."""
    return study_spec(CAVITY, request, image, {})


def cavity_answer(job: Job) -> FoundCavity:
    """The cavity of a finished ``cavity_job``."""
    # Late: the workflow brings scipy, which opening a module need not wait for.
    from ScarSegLogic.workflow.la_predictions import FoundCavity

    document = job.result
    return FoundCavity(
        labels=label_map_from_json(document["labels"], job.arrays["labels"]),
        models=tuple(ModelUse(**use) for use in document["models"]),
        warnings=tuple(document["warnings"]),
    )


def scar_job(image: Volume, request: LARequest, given: GivenAtrium) -> JobSpec:
    """Find and measure scar, or measure what a person drew.

    Args:
        image: The LGE study.
        request: Method and its parameters.
        given: What is known already.
    """
    more = {
        "planes": None if given.planes is None else [asdict(plane) for plane in given.planes],
        "models": [asdict(use) for use in given.models],
    }
    return study_spec(SCAR, request, image, {"cavity": given.cavity, "wall": given.wall, "scar": given.scar}, more)


def scar_answer(job: Job) -> LAAnswer:
    """The numbers, masks and shell of a finished ``scar_job``."""
    # Late: opening a module need not wait for it.
    from ScarSegLogic.worker.la_results import result_from_answer

    return LAAnswer(result_from_answer(job.result, job.arrays), float(job.result["elapsed_s"]))


def export_job(image: Volume, result: LAScarResult, review: Review, folder: Path, kinds: Sequence[str]) -> JobSpec:
    """Write a study's files, all or none.

    Args:
        image: The LGE study.
        result: The numbers that the user saw, not stale: they are exported as they are.
        review: Who read it; decides whether the report is a DRAFT.
        folder: Where to; made if absent.
        kinds: Any of ``report.la_outputs.LA_FILE_KINDS``: nrrd, shell, json, pictures, html.
    """
    from ScarSegLogic.report.review import review_to_json
    from ScarSegLogic.worker.la_results import result_to_answer

    document, arrays = result_to_answer(result)
    more = {"review": review_to_json(review), "folder": str(folder), "kinds": list(kinds), **document}
    spec = study_spec(EXPORT, result.request, image, {}, more)
    return JobSpec(spec.name, spec.arguments, {**spec.arrays, **arrays})


def export_answer(job: Job) -> tuple[Path, ...]:
    """The files that a finished ``export_job`` wrote."""
    return tuple(Path(path) for path in job.result["files"])
