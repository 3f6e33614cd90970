"""The export of a study: what is needed, and the job that writes the files."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ScarSegLogic.jobs.job import Job
from ScarSegLogic.mrml.dicom_source import instance_uids_of
from ScarSegLogic.mrml.volumes import volume_from_node
from ScarSegLogic.worker import lv
from ScarSegLVLib.readiness import why_not_measure
from ScarSegLVLib.review_log import current_segments
from ScarSegLVLib.segments import label_map
from ScarSegLVLib.staleness import why_stale
from ScarSegLVLib.study import Study
from ScarSegModuleLib.job_runner import Step


def why_not_export(study: Study | None, folder: str, kinds: tuple[str, ...]) -> str:
    """Why nothing can be exported; an empty text where it can."""
    reason = why_not_measure(study)
    if reason:
        return reason
    if study.result is None:
        return _("Nothing measured yet: segment scar first.")
    stale = why_stale(study)
    if stale:
        return _("{stale} Recompute first.").format(stale=stale)
    if not kinds:
        return _("Choose what to export.")
    if not folder:
        return _("Choose a folder.")
    if not Path(folder).is_dir():
        return _("The folder does not exist: choose another one.")
    return "" if os.access(folder, os.W_OK) else _("The folder cannot be written: choose another one.")


def why_not_dicom(study: Study | None) -> str:
    """Why there can be no DICOM objects: those of a volume from DICOM must belong to the patient's study."""
    if study is None or study.volume is None:
        return _("Select the LGE volume first.")
    if len(dicom_files(study)) != len(instance_uids_of(study.volume)):
        return _("Some of the volume's DICOM files are no longer in Slicer's DICOM database: import them again.")
    return ""


def dicom_note(study: Study | None) -> str:
    """What else is written with a DICOM object; an empty text where nothing is."""
    if study is None or study.volume is None or instance_uids_of(study.volume):
        return ""
    return _("The volume was not loaded from DICOM: an MR series derived from it is written too.")


def dicom_files(study: Study) -> tuple[Path, ...]:
    """The files of the volume's images that Slicer's DICOM database knows, in the order of the volume."""
    # Slicer's DICOM module makes it; Slicer also runs without that module.
    database = getattr(slicer, "dicomDatabase", None)
    uids = instance_uids_of(study.volume) if database else ()
    files = (database.fileForInstance(uid) for uid in uids)
    return tuple(Path(file) for file in files if file)


def new_folder_name(study: Study) -> str:
    """A name that no earlier export has: the volume's, made safe for every file system, and the time."""
    name = re.sub(r"[^\w-]+", "_", study.volume.GetName()).strip("_") or "study"
    return f"{name}_LV_{datetime.now():%Y-%m-%d_%H-%M-%S}"


def export_step(study: Study, folder: Path, kinds: tuple[str, ...]) -> Step:
    """Write the study's files into a new folder within ``folder``; the scene is not touched.

    Raises:
        ScarSegError: A node cannot be read.
    """
    spec = lv.export_job(
        volume_from_node(study.volume),
        label_map(study, current_segments(study)),
        None,
        study.request,
        study.review,
        folder / new_folder_name(study),
        kinds,
        dicom_files(study),
        result=replace(study.result, remote_mask=study.remote_mask),
    )

    def tell(job: Job) -> str:
        files = lv.export_answer(job)
        return _("Exported {count} files into {folder}.").format(count=len(files), folder=files[0].parent)

    return Step(_("Export"), lambda: spec, lambda: None, tell)
