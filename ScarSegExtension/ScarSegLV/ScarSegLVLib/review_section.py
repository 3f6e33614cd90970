"""Section 4: points to confirm, the reader, and slices accepted one by one."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ScarSegLVLib import points, review_log
from ScarSegLVLib.readiness import why_not_study
from ScarSegLVLib.session import StudySession
from ScarSegLVLib.slice_table import SliceTable
from ScarSegLVLib.staleness import why_stale
from ScarSegLVLib.study import REMOTE_POINT, RV_INSERTION_POINT
from ScarSegModuleLib.buttons import set_ready
from ScarSegModuleLib.slice_views import jump_to_slice

ACCEPT_KEY = "Shift+A"


class ReviewSection:
    """Shows what a reader must look at, and takes the reader's word."""

    def __init__(self, ui: Any, session: StudySession) -> None:
        self.ui = ui
        self.session = session
        self.table = SliceTable(ui.sliceTable, self._on_use, self._on_accept, self._on_select)
        self._shortcut: qt.QShortcut | None = None
        ui.acceptSliceButton.text = _("Accept slice and go on ({key})").format(key=ACCEPT_KEY)
        ui.readerLineEdit.connect("editingFinished()", self.take_reader)
        ui.acceptSliceButton.connect("clicked(bool)", self._on_accept_current)
        ui.placeRemoteButton.connect(
            "clicked(bool)", lambda _checked: points.start_placing(session.study, REMOTE_POINT)
        )
        ui.placeRvInsertionButton.connect(
            "clicked(bool)", lambda _checked: points.start_placing(session.study, RV_INSERTION_POINT)
        )
        ui.confirmRemoteButton.connect(
            "clicked(bool)", lambda _checked: session.change(points.confirm_or_propose_remote)
        )
        ui.confirmRvInsertionButton.connect(
            "clicked(bool)", lambda _checked: session.change(points.confirm_rv_insertion)
        )

    def enter(self) -> None:
        """The shortcut lives only while the module is shown."""
        if self._shortcut is None:
            self._shortcut = qt.QShortcut(qt.QKeySequence(ACCEPT_KEY), slicer.util.mainWindow() or self.ui.sliceTable)
            self._shortcut.connect("activated()", self.ui.acceptSliceButton.click)

    def exit(self) -> None:
        # One that was deleted with Slicer's main window, when Slicer quits, is false.
        if self._shortcut:
            self._shortcut.setParent(None)
            self._shortcut.deleteLater()
        self._shortcut = None

    def show(self) -> None:
        study = self.session.study
        blocked = review_log.why_not_accept(study, why_stale(study) if study else "")
        self.table.show(study, blocked)
        self._show_points()
        self._show_reader(blocked)

    def show_job(self) -> None:
        """Nothing here depends on what is computed."""

    def _show_points(self) -> None:
        study, ui = self.session.study, self.ui
        why_not = why_not_study(study)
        ui.remoteState.text = points.remote_text(study) if study else ""
        ui.rvInsertionState.text = points.rv_insertion_text(study) if study else ""
        ui.confirmRemoteButton.text = points.remote_button_text(study) if study else _("Confirm")
        set_ready(
            ui.placeRemoteButton,
            why_not,
            _("Click on normal myocardium in a slice view. A placed point can be dragged."),
        )
        set_ready(ui.placeRvInsertionButton, why_not, _("Click on the anterior insertion of the right ventricle."))
        set_ready(ui.confirmRemoteButton, why_not or points.why_not_remote(study), points.remote_tip())
        set_ready(
            ui.confirmRvInsertionButton,
            why_not or points.why_not_confirm_rv_insertion(study),
            _("The predicted point is right."),
        )

    def _show_reader(self, blocked: str) -> None:
        study, ui = self.session.study, self.ui
        review = study.review if study else review_log.Review()
        ui.readerLineEdit.enabled = study is not None
        ui.readerLineEdit.text = review.reader or ""
        set_ready(
            ui.acceptSliceButton, blocked, _("Accept the slice that is selected in the table and go to the next one.")
        )
        ui.reviewState.text = review_log.state_text(review, study.result if study else None)
        ui.editLogBox.title = _("Edit log ({count})").format(count=len(review.edits))
        ui.editLog.plainText = review_log.log_text(review) or _("No edits.")

    def take_reader(self) -> None:
        """Take over the name in the field; another name opens the slices again."""
        if self.session.study is not None:
            self.session.change(review_log.set_reader, self.ui.readerLineEdit.text)

    def _on_use(self, index: int, used: bool) -> None:
        self.session.change(review_log.set_excluded, index, not used)

    def _on_accept(self, index: int, accepted: bool) -> None:
        self.session.change(review_log.accept if accepted else review_log.take_back, index)

    def _on_accept_current(self, _checked: bool = False) -> None:
        index = review_log.slice_to_accept(self.session.study, self.table.current_slice)
        if index is not None:
            self.session.change(review_log.accept, index)
            self.table.go_to(review_log.next_open_slice(self.session.study, index))

    def _on_select(self, index: int) -> None:
        jump_to_slice(self.session.study.volume, index)
