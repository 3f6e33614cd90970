"""An export as the worker does it: all files of a study, or none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.worker.context import JobContext, JobOutput

Result = TypeVar("Result")

MEASURED_SHARE, WRITTEN_SHARE = 0.5, 0.95
"""Shares of the time taken by measuring anew, and by measuring and writing together (ours)."""


def export_files(
    context: JobContext,
    measure: Callable[[], Result],
    write: Callable[[Result, Path], Sequence[Path]],
) -> JobOutput:
    """Write a study's files into the folder that the job names.

    Args:
        context: Its argument ``folder`` says where to.
        measure: Gives the result; called once the folder has been proven writable.
        write: Writes it into an existing folder and returns the files.

    Returns:
        The places of the files, ``files``.

    Raises:
        ScarSegError: The folder cannot be written, or as ``measure`` and ``write``.
    """
    from ScarSegLogic.io.atomic import output_folder

    folder = Path(context.arguments["folder"])
    with output_folder(folder) as staging:
        result = measure()
        context.progress(MEASURED_SHARE, "writing the files")
        try:
            # A worker that is ended while it draws must not leave half a report beside the user's folder.
            context.work_folder.mkdir()
            written = write(result, context.work_folder)
            context.progress(WRITTEN_SHARE, "copying the files")
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
