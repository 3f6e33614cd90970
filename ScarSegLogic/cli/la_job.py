"""One LA study from files to an output folder; shared by `la` and `demo`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ScarSegLogic.cli.given_maps import errors_naming, given_map
from ScarSegLogic.cli.progress import Progress, part_of
from ScarSegLogic.quantification.la_request import LARequest

if TYPE_CHECKING:
    from ScarSegLogic.quantification.la_result import LAScarResult

READ_SHARE, RUN_SHARE = 0.1, 0.6
"""Shares of the time taken by reading, and by reading and measuring together (ours)."""

CONDITIONAL_FILES = ("shell.vtp",)
"""What only some studies get: left over from an earlier run it would be taken for this one's."""


@dataclass(frozen=True)
class LAFiles:
    """Where a study comes from.

    Attributes:
        image: File or DICOM folder.
        cavity: Mask of the cavity, or None to let a model find it.
        wall: Mask of the wall, or None to have it built.
        series_uid, phase: Choice among DICOM series and phases.
        name: What the report calls the study; the image's own name where it is None.
        exclusions: Whether vein ostia and mitral valve, proposed by the cavity's shape, are left out.
    """

    image: Path
    cavity: Path | None = None
    wall: Path | None = None
    series_uid: str | None = None
    phase: int | None = None
    name: str | None = None
    exclusions: bool = True


def run_la_job(
    files: LAFiles,
    request: LARequest,
    folder: Path,
    progress: Progress,
    *,
    accepted_by: str | None = None,
    extra_warnings: tuple[str, ...] = (),
) -> LAScarResult:
    """Read, measure and write into an existing folder.

    Args:
        files: The study.
        request: What is asked.
        folder: Where to.
        progress: Called with a share done and a few words.
        accepted_by: Reader who accepts every slice, or None for a DRAFT.
        extra_warnings: Sentences to be kept with the result.

    Raises:
        ScarSegError: A sentence for the user.
    """
    from ScarSegLogic.io.images import read_volume
    from ScarSegLogic.report.la_outputs import write_la_outputs
    from ScarSegLogic.report.review import Review, accept_all
    from ScarSegLogic.workflow.la import run_la

    # A library that prints must not break the JSON on stdout.
    with redirect_stdout(sys.stderr):
        progress(0.0, "reading the study")
        image = read_volume(files.image, series_uid=files.series_uid, phase=files.phase)
        image = replace(image, name=files.name or image.name)
        cavity, wall = given_map(files.cavity, "--cavity"), given_map(files.wall, "--wall")
        with errors_naming(files.name or str(files.image), *(given.name for given in (cavity, wall) if given)):
            result = run_la(
                image,
                request,
                cavity=cavity,
                wall=wall,
                planes=None if files.exclusions else (),
                progress=part_of(progress, READ_SHARE, RUN_SHARE),
            )
        result = replace(result, warnings=(*result.warnings, *extra_warnings))
        progress(RUN_SHARE, "writing the report")
        review = accept_all(accepted_by, result) if (accepted_by or "").strip() else Review()
        write_la_outputs(result, image, folder, review=review)
        progress(1.0, "done")
    return result
