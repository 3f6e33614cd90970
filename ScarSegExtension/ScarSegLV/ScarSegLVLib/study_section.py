"""Section 1: which volume, which segmentation, whose myocardium."""

from __future__ import annotations

from typing import Any

import slicer

from ScarSegLVLib.readiness import own_myocardium, why_not_study
from ScarSegLVLib.session import StudySession
from ScarSegModuleLib.stored_study import SEGMENTATION


class StudySection:
    """Shows the study's nodes and hands the user's choices on."""

    def __init__(self, ui: Any, session: StudySession) -> None:
        self.ui = ui
        self.session = session
        self._showing = False
        ui.segmentationSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._on_segmentation)
        ui.myocardiumSelector.connect("currentSegmentChanged(QString)", self._on_myocardium)

    def show(self) -> None:
        self._showing = True
        study = self.session.study
        self.ui.volumeSelector.setCurrentNode(study.volume if study else None)
        self.ui.segmentationSelector.enabled = study is not None
        self.ui.segmentationSelector.setCurrentNode(study.segmentation if study else None)
        self._show_myocardium()
        self._note(why_not_study(study) if study else "")
        self._showing = False

    def show_job(self) -> None:
        """Nothing here depends on what is computed."""

    def _show_myocardium(self) -> None:
        study, selector = self.session.study, self.ui.myocardiumSelector
        chosen = study.state.myocardium_segment_id if study and own_myocardium(study) else ""
        selector.enabled = study is not None and study.segmentation is not None
        selector.setCurrentNode(study.segmentation if study else None)
        selector.setCurrentSegmentID(chosen)
        if not chosen and selector.currentSegmentID():
            # While it has no segments, Slicer's selector keeps the segment of before; once some come, it misses that
            # one and takes the first. Choosing several makes it forget.
            selector.multiSelection = True
            selector.multiSelection = False

    def _note(self, text: str) -> None:
        self.ui.studyNote.text = text
        self.ui.studyNote.visible = bool(text)

    def _on_segmentation(self, node: slicer.vtkMRMLNode | None) -> None:
        if not self._showing and self.session.study is not None:
            self.session.study.set(SEGMENTATION, node)
            self.session.note_edits()

    def _on_myocardium(self, segment_id: str) -> None:
        if not self._showing and self.session.study is not None:
            self.session.study.change_state(myocardium_segment_id=self._chosen(segment_id))
            self.session.note_edits()

    def _chosen(self, segment_id: str) -> str:
        """None where the user's own segment is gone: Slicer's selector then takes the first, unasked."""
        study = self.session.study
        is_gone = study.state.myocardium_segment_id and not own_myocardium(study)
        return "" if is_gone else segment_id or ""
