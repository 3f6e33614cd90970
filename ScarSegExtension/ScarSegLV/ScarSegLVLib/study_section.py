"""Section 1: which volume, which segmentation, whose myocardium."""

from __future__ import annotations

from typing import Any

import slicer

from ScarSegLVLib.readiness import why_not_study
from ScarSegLVLib.session import StudySession
from ScarSegLVLib.study import SEGMENTATION


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
        self.ui.myocardiumSelector.enabled = study is not None and study.segmentation is not None
        self.ui.myocardiumSelector.setCurrentNode(study.segmentation if study else None)
        self.ui.myocardiumSelector.setCurrentSegmentID(study.state.myocardium_segment_id if study else "")
        self._note(why_not_study(study) if study else "")
        self._showing = False

    def show_job(self) -> None:
        """Nothing here depends on what is computed."""

    def _note(self, text: str) -> None:
        self.ui.studyNote.text = text
        self.ui.studyNote.visible = bool(text)

    def _on_segmentation(self, node: slicer.vtkMRMLNode | None) -> None:
        if not self._showing and self.session.study is not None:
            self.session.study.set(SEGMENTATION, node)
            self.session.note_edits()

    def _on_myocardium(self, segment_id: str) -> None:
        if not self._showing and self.session.study is not None:
            self.session.study.change_state(myocardium_segment_id=segment_id or "")
            self.session.note_edits()
