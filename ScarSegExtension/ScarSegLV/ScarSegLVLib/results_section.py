"""Section 5: numbers, plot and bull's-eye, and whether they are up to date."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from ScarSegLVLib.readiness import why_not_measure
from ScarSegLVLib.session import StudySession
from ScarSegLVLib.staleness import why_stale
from ScarSegLVLib.study import PLOT_VIEW, RESULT_TABLE, Study
from ScarSegModuleLib.buttons import set_ready
from ScarSegModuleLib.job_runner import sentence

BULLSEYE_PIXELS = (380, 330)
"""Width and height that fit a narrow panel."""


class ResultsSection:
    """Shows the study's table and chart nodes and the picture of the last result."""

    def __init__(self, ui: Any, session: StudySession) -> None:
        self.ui = ui
        self.session = session
        self._picture = b""
        self._showing = False
        ui.resultsTable.verticalHeader().hide()
        ui.resultsTable.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        ui.resultsTable.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        ui.recomputeButton.connect("clicked(bool)", lambda _checked: session.recompute())
        ui.autoRecomputeCheckBox.connect("toggled(bool)", self._on_auto)

    def show(self) -> None:
        study = self.session.study
        self._showing = True
        self.ui.autoRecomputeCheckBox.enabled = study is not None
        self.ui.autoRecomputeCheckBox.checked = study.state.auto_recompute if study else True
        self._showing = False
        self.ui.resultsTable.setMRMLTableNode(study.get(RESULT_TABLE) if study else None)
        self.ui.plotWidget.setMRMLPlotViewNode(study.get(PLOT_VIEW) if study else None)
        self._show_picture(study)
        self.show_job()

    def show_job(self) -> None:
        """Say how current the numbers are."""
        study = self.session.study
        stale = why_stale(study) if study else ""
        up_to_date = _("Up to date.") if study and study.result else _("Nothing measured yet.")
        notes = study.result.warnings if study and study.result else ()
        self.ui.resultState.text = "\n".join([stale or up_to_date, *(sentence(note) for note in notes)])
        self._enable_tabs(not stale)
        reason = self.session.busy_reason() or why_not_measure(study)
        set_ready(
            self.ui.recomputeButton, reason, _("Bring the numbers up to date with segments, points and settings.")
        )

    def _enable_tabs(self, enabled: bool) -> None:
        """Slicer's plot does not hear of changes while it is disabled, so it is given its node anew."""
        was_enabled = self.ui.resultTabs.enabled
        self.ui.resultTabs.enabled = enabled
        if enabled and not was_enabled:
            node = self.ui.plotWidget.mrmlPlotViewNode()
            self.ui.plotWidget.setMRMLPlotViewNode(None)
            self.ui.plotWidget.setMRMLPlotViewNode(node)

    def _show_picture(self, study: Study | None) -> None:
        png = study.bullseye_png if study else b""
        if png == self._picture:
            return
        self._picture = png
        if not png:
            self.ui.bullseye.text = _("Nothing measured yet.")
            return
        pixmap = qt.QPixmap()
        pixmap.loadFromData(png, "PNG")
        fitting = pixmap.scaled(*BULLSEYE_PIXELS, qt.Qt.KeepAspectRatio, qt.Qt.SmoothTransformation)
        self.ui.bullseye.setPixmap(fitting)

    def _on_auto(self, checked: bool) -> None:
        if not self._showing and self.session.study is not None:
            self.session.study.change_state(auto_recompute=checked)
