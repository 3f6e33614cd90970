"""One LV study from files to an output folder; shared by `lv` and `demo`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ScarSegLogic.cli.given_maps import errors_naming, given_map
from ScarSegLogic.cli.models_in_use import licence_notices, models_in_use
from ScarSegLogic.cli.progress import Progress, part_of
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.request import LVRequest

if TYPE_CHECKING:
    from ScarSegLogic.quantification.result import LVScarResult

READ_SHARE, RUN_SHARE = 0.1, 0.85
"""Shares of the time taken by reading, and by reading and measuring together (ours)."""

CONDITIONAL_FILES = ("remote.nrrd", "segmentation_seg.dcm", "measurements_sr.dcm", "dicom_image")
"""What only some studies get: left over from an earlier run they would be taken for this one's."""


@dataclass(frozen=True)
class LVFiles:
    """Where a study comes from.

    Attributes:
        image: File or DICOM folder.
        myocardium: Label map of the myocardium, or None to let a model find it.
        remote: Mask of remote myocardium, or None.
        series_uid, phase: Choice among DICOM series and phases.
        name: What the report calls the study; the image's own name where it is None.
    """

    image: Path
    myocardium: Path | None = None
    remote: Path | None = None
    series_uid: str | None = None
    phase: int | None = None
    name: str | None = None


def check_lv_job(files: LVFiles, request: LVRequest) -> tuple[str, ...]:
    """Find what can be wrong without reading the image; returns the licence notices of the models.

    Raises:
        ScarSegError: The label convention is unknown, or a model package is unknown or damaged.
    """
    if files.myocardium is not None:
        from ScarSegLogic.labels import scheme_named

        scheme_named(request.labels)
    return licence_notices(models_in_use(request, myocardium_given=files.myocardium is not None))


def run_lv_job(
    files: LVFiles,
    request: LVRequest,
    folder: Path,
    progress: Progress,
    *,
    accepted_by: str | None = None,
    dicom: bool | None = None,
    extra_warnings: tuple[str, ...] = (),
) -> LVScarResult:
    """Read, measure and write into an existing folder.

    Args:
        files: The study.
        request: What is asked.
        folder: Where to.
        progress: Called with a share done and a few words.
        accepted_by: Reader who accepts every slice, or None for a DRAFT.
        dicom: Whether DICOM SEG and SR are written; None writes them where the study is DICOM
            and allows it.
        extra_warnings: Sentences to be kept with the result.

    Raises:
        ScarSegError: A sentence for the user.
    """
    from ScarSegLogic.io.images import read_volume
    from ScarSegLogic.report.dicom_export import write_dicom
    from ScarSegLogic.report.outputs import write_lv_outputs
    from ScarSegLogic.report.review import Review, accept_all
    from ScarSegLogic.workflow.lv import run_lv

    # A library that prints must not break the JSON on stdout.
    with redirect_stdout(sys.stderr):
        progress(0.0, "reading the study")
        image = read_volume(files.image, series_uid=files.series_uid, phase=files.phase)
        image = replace(image, name=files.name or image.name)
        myocardium = given_map(files.myocardium, "--myocardium")
        remote = given_map(files.remote, "--remote")
        with errors_naming(files.name or str(files.image), *(given.name for given in (myocardium, remote) if given)):
            result = run_lv(
                image, request, myocardium=myocardium, remote=remote, progress=part_of(progress, READ_SHARE, RUN_SHARE)
            )
        result = replace(result, warnings=(*result.warnings, *extra_warnings))
        progress(RUN_SHARE, "writing the report")
        review = accept_all(accepted_by, result) if (accepted_by or "").strip() else Review()
        if dicom or (dicom is None and image.source_files):
            try:
                write_dicom(result, image, folder, review=review)
            except ScarSegError as error:
                if dicom:
                    raise
                # Nobody asked for it: the numbers are worth more than files that this study cannot have.
                result = replace(result, warnings=(*result.warnings, f"DICOM SEG and SR were left out: {error}"))
        write_lv_outputs(result, image, folder, review=review)
        progress(1.0, "done")
    return result
