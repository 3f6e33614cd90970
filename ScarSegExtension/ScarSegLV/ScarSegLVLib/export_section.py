"""Section 6: the report's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ScarSegLVLib import export_job, review_log
from ScarSegLVLib.session import StudySession
from ScarSegModuleLib.buttons import set_ready

KINDS = {
    "htmlCheckBox": ("html",),
    "csvCheckBox": ("csv", "json"),
    "nrrdCheckBox": ("nrrd",),
    "dicomSegCheckBox": ("seg",),
    "dicomSrCheckBox": ("sr",),
}
"""Check boxes with what they export."""


class ExportSection:
    """Lets the user choose files and a folder."""

    def __init__(self, ui: Any, session: StudySession) -> None:
        self.ui = ui
        self.session = session
        for name in KINDS:
            getattr(ui, name).connect("toggled(bool)", lambda _checked: self.show_job())
        ui.exportFolder.connect("currentPathChanged(QString)", lambda _path: self.show_job())
        ui.exportButton.connect("clicked(bool)", lambda _checked: self._on_export())

    def show(self) -> None:
        study = self.session.study
        self.ui.reportState.text = review_log.state_text(study.review, study.result) if study else ""
        self.show_job()

    def show_job(self) -> None:
        """Enable what can be exported, or say why not."""
        study, ui = self.session.study, self.ui
        no_dicom, note = export_job.why_not_dicom(study), export_job.dicom_note(study)
        for box, tip in (
            (ui.dicomSegCheckBox, _("The segments as a DICOM segmentation object (SEG).")),
            (ui.dicomSrCheckBox, _("The measurements as a DICOM structured report (SR, TID 1500).")),
        ):
            set_ready(box, no_dicom, f"{tip} {note}".strip())
        reason = self.session.busy_reason() or export_job.why_not_export(
            study, ui.exportFolder.currentPath, self._kinds()
        )
        set_ready(ui.exportButton, reason, _("Write the files into a new folder."))
        # Apply, where the same line stands, is out of sight here.
        ui.exportState.text = self.session.runner.message

    def _kinds(self) -> tuple[str, ...]:
        """Kinds of files that are ticked and possible."""
        boxes = ((getattr(self.ui, name), kinds) for name, kinds in KINDS.items())
        return tuple(kind for box, kinds in boxes if box.checked and box.enabled for kind in kinds)

    def _on_export(self) -> None:
        self.ui.exportFolder.addCurrentPathToHistory()
        self.session.export(Path(self.ui.exportFolder.currentPath), self._kinds())
