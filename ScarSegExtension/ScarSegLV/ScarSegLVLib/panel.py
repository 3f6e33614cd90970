"""The module's panel: its sections in the order of work, and Apply with its progress."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from ScarSegLogic.jobs.client import close_shared_client
from ScarSegLVLib.export_section import ExportSection
from ScarSegLVLib.heart_section import HeartSection
from ScarSegLVLib.readiness import why_not_scar
from ScarSegLVLib.results_section import ResultsSection
from ScarSegLVLib.review_section import ReviewSection
from ScarSegLVLib.scar_section import ScarSection
from ScarSegLVLib.session import StudySession
from ScarSegLVLib.study import Study
from ScarSegLVLib.study_section import StudySection
from ScarSegModuleLib.buttons import set_ready
from ScarSegModuleLib.shown_study import first_volume, remember_shown, study_to_show
from ScarSegModuleLib.slice_views import show_volume
from ScarSegModuleLib.wheel import ignore_the_wheel


class Panel:
    """Connects the sections with one session."""

    def __init__(self, ui: Any, logic: Any) -> None:
        self.ui = ui
        self.logic = logic
        self.session = StudySession(self.show, self.show_job)
        self._showing = False
        self.review = ReviewSection(ui, self.session)
        self.sections = (
            StudySection(ui, self.session),
            HeartSection(ui, self.session),
            ScarSection(ui, self.session),
            self.review,
            ResultsSection(ui, self.session),
            ExportSection(ui, self.session),
        )
        ignore_the_wheel(ui.ScarSegLV)
        ui.volumeSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._on_volume)
        ui.applyButton.connect("clicked(bool)", lambda _checked: self.session.apply())
        slicer.app.connect("aboutToQuit()", close_shared_client)

    def enter(self) -> None:
        self.review.enter()
        if self.session.study is None or self.session.study.volume is None:
            self.open_shown_study()
        self.session.note_edits()

    def exit(self) -> None:
        self.review.exit()

    def close(self) -> None:
        """Let go of everything; Slicer only hides the widgets of a module that it reloads, and they would go on."""
        self._showing = True
        self.review.exit()
        slicer.app.disconnect("aboutToQuit()", close_shared_client)
        self.session.close()
        # When Slicer quits, its main window is gone first, and the widgets with it.
        if self.ui.ScarSegLV:
            self.ui.ScarSegLV.deleteLater()

    def open_shown_study(self, *, make: bool = True) -> None:
        """Show the study that was shown last, or the scene's first volume, for which a study is made if wanted."""
        study = study_to_show(slicer.mrmlScene, Study)
        volume = first_volume(slicer.mrmlScene)
        if study is None and volume is not None and make:
            study = self.logic.study_for(volume)
        self._open(study)

    def show(self) -> None:
        """Let every widget follow the study; what a widget then signals is not the user's."""
        if self._showing:
            return
        self._showing = True
        try:
            for section in self.sections:
                section.show()
            self._show_apply()
        finally:
            self._showing = False

    def show_job(self) -> None:
        """Let buttons and status line follow what is computed."""
        for section in self.sections:
            section.show_job()
        self._show_apply()

    def _show_apply(self) -> None:
        runner, ui = self.session.runner, self.ui
        ui.jobState.text = runner.message
        ui.jobState.visible = bool(runner.message)
        ui.progressBar.value = runner.progress_percent
        ui.progressBar.visible = runner.busy
        ui.applyButton.text = _("Cancel") if runner.busy else _("Apply")
        if runner.busy:
            set_ready(ui.applyButton, "", _("Stop what is running; the scene stays as it is."))
        else:
            tip = _("Segment scar by the chosen method and measure it; the heart first where there is none.")
            set_ready(ui.applyButton, why_not_scar(self.session.study), tip)

    def _on_volume(self, node: slicer.vtkMRMLNode | None) -> None:
        if self._showing:
            return
        self._open(self.logic.study_for(node) if node else None)
        if node is not None and node.GetImageData() is not None:
            show_volume(node)

    def _open(self, study: Any) -> None:
        if study is not None:
            # Slicer's selector drops its node for a moment while a scene is imported; that forgets nothing.
            remember_shown(slicer.mrmlScene, study)
        self.session.open(study)
