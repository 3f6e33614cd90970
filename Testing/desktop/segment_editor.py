"""A declared placeholder for Slicer's Segment Editor: its node, its undo history, no effects.

Edits in tests go through the real `vtkSlicerSegmentEditorLogic`, whose history this widget shares.
"""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import Any, ClassVar

import slicer
from PySide6.QtCore import Property, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from slicer import vtkSlicerSegmentEditorLogic

from Testing.desktop.scene_widget import Observations, qMRMLWidget
from Testing.desktop.segments_table import qMRMLSegmentsTableView
from Testing.desktop.stored import stored

SINGLETON_TAG = "SegmentEditor"
NODE_CLASS = "vtkMRMLSegmentEditorNode"


class qMRMLSegmentEditorWidget(qMRMLWidget):
    """Shows and sets what a segment editor node says; undo and redo are real."""

    currentSegmentIDChanged = Signal(str)
    segmentationNodeChanged = Signal(object)
    sourceVolumeNodeChanged = Signal(object)
    cpp_signals: ClassVar[dict[str, str]] = {
        "currentSegmentIDChanged(QString)": "currentSegmentIDChanged",
        "segmentationNodeChanged(vtkMRMLSegmentationNode*)": "segmentationNodeChanged",
        "sourceVolumeNodeChanged(vtkMRMLVolumeNode*)": "sourceVolumeNodeChanged",
    }
    undoEnabled, setUndoEnabled = stored(bool, "undoEnabled", True)
    readOnly, setReadOnly = stored(bool, "readOnly", False)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._logic = vtkSlicerSegmentEditorLogic()
        self._node = None
        self._observations = Observations(self)
        self._title = QLabel("<i>Segment Editor (placeholder of the desktop stand-in)</i>", self)
        self._source, self._mask = QLabel(self), QLabel(self)
        self._table = qMRMLSegmentsTableView(self)
        self._undo, self._redo = QPushButton("Undo", self), QPushButton("Redo", self)
        self._undo.clicked.connect(self.undo)
        self._redo.clicked.connect(self.redo)
        layout = QVBoxLayout(self)
        layout.addWidget(self._title)
        form = QFormLayout()
        form.addRow("Source volume:", self._source)
        form.addRow("Editable area:", self._mask)
        layout.addLayout(form)
        layout.addWidget(self._table)
        buttons = QHBoxLayout()
        buttons.addWidget(self._undo)
        buttons.addWidget(self._redo)
        layout.addLayout(buttons)

    def setMRMLScene(self, scene: Any) -> None:
        """Set the scene."""
        super().setMRMLScene(scene)
        self._logic.SetMRMLScene(scene)
        self._table.setMRMLScene(scene)

    def mrmlSegmentEditorNode(self) -> Any:
        """Return the node that holds the editor's settings."""
        return self._node

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        """Set the node that holds the editor's settings."""
        self._node = node
        self._logic.SetSegmentEditorNode(node)
        self._observations.clear()
        self._observations.observe(node, "ModifiedEvent", self.updateWidgetFromMRML)
        self.updateWidgetFromMRML()

    def segmentationNode(self) -> Any:
        """Return the segmentation that is edited, or None."""
        return self._node.GetSegmentationNode() if self._node is not None else None

    def segmentationNodeID(self) -> str:
        """Return the identifier of the segmentation that is edited."""
        node = self.segmentationNode()
        return node.GetID() if node is not None else ""

    def setSegmentationNode(self, node: Any) -> None:
        """Set the segmentation that is edited."""
        if self._node is not None and node is not self.segmentationNode():
            self._node.SetAndObserveSegmentationNode(node)
            self.segmentationNodeChanged.emit(node)

    def sourceVolumeNode(self) -> Any:
        """Return the volume that is segmented, or None."""
        return self._node.GetSourceVolumeNode() if self._node is not None else None

    def sourceVolumeNodeID(self) -> str:
        """Return the identifier of the volume that is segmented."""
        node = self.sourceVolumeNode()
        return node.GetID() if node is not None else ""

    def setSourceVolumeNode(self, node: Any) -> None:
        """Set the volume that is segmented."""
        if self._node is not None and node is not self.sourceVolumeNode():
            self._node.SetAndObserveSourceVolumeNode(node)
            self.sourceVolumeNodeChanged.emit(node)

    def currentSegmentID(self) -> str:
        """Return the identifier of the segment that is edited."""
        return (self._node.GetSelectedSegmentID() or "") if self._node is not None else ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        """Set the segment that is edited."""
        if segment_id != self.currentSegmentID():
            self._node.SetSelectedSegmentID(segment_id)
            self.currentSegmentIDChanged.emit(segment_id)

    def activeEffect(self) -> None:
        """Return None: the placeholder has no effects."""

    def setActiveEffect(self, effect: Any) -> None:
        """Take None only: the placeholder has no effects."""
        if effect is not None:
            raise NotImplementedError("The Segment Editor of the desktop stand-in has no effects.")

    def setMaximumNumberOfUndoStates(self, count: int) -> None:
        """Set how many states the history keeps."""
        self._logic.SetMaximumNumberOfUndoStates(count)

    maximumNumberOfUndoStates = Property(
        int, lambda self: self._logic.GetMaximumNumberOfUndoStates(), setMaximumNumberOfUndoStates
    )

    def saveStateForUndo(self) -> None:
        """Save one state of the segmentation in the history."""
        self._logic.SaveStateForUndo()

    def undo(self) -> None:
        """Go back one state."""
        self._logic.Undo()

    def redo(self) -> None:
        """Go forward one state."""
        self._logic.Redo()

    def installKeyboardShortcuts(self, parent: QWidget | None = None) -> None:
        """Do nothing: the placeholder has no effects to switch between."""

    def uninstallKeyboardShortcuts(self) -> None:
        """Do nothing: there are no shortcuts."""

    def setupViewObservations(self) -> None:
        """Do nothing: no effect watches the views."""

    def removeViewObservations(self) -> None:
        """Do nothing: no effect watches the views."""

    def updateWidgetFromMRML(self) -> None:
        """Show what the node says."""
        self._table.setSegmentationNode(self.segmentationNode())
        self._table.setSelectedSegmentIDs([self.currentSegmentID()])
        source = self.sourceVolumeNode()
        self._source.setText(source.GetName() if source is not None else "–")
        self._mask.setText(self._mask_in_words())

    def _mask_in_words(self) -> str:
        if self._node is None or self._node.GetMaskMode() == slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere:
            return "everywhere"
        segmentation, segment_id = self.segmentationNode(), self._node.GetMaskSegmentID()
        segment = segmentation.GetSegmentation().GetSegment(segment_id) if segmentation and segment_id else None
        return f"inside {segment.GetName()}" if segment else f"mode {self._node.GetMaskMode()}"


class SegmentEditorWidget(qMRMLWidget):
    """The panel of the Segment Editor module; in Slicer a scripted module whose Python widget has these members."""

    def __init__(self) -> None:
        super().__init__()
        self._editor = qMRMLSegmentEditorWidget(self)
        self._parameter_set_node = None
        layout = QVBoxLayout(self)
        layout.addWidget(self._editor)
        self._editor.setMaximumNumberOfUndoStates(10)
        self.selectParameterNode()
        self._editor.setMRMLScene(slicer.mrmlScene)

    @property
    def editor(self) -> qMRMLSegmentEditorWidget:
        """The editor widget."""
        return self._editor

    @property
    def parameterSetNode(self) -> Any:
        """The editor node that the module uses."""
        return self._parameter_set_node

    def selectParameterNode(self) -> None:
        """Use the scene's editor node; make one where there is none."""
        node = slicer.mrmlScene.GetSingletonNode(SINGLETON_TAG, NODE_CLASS)
        if node is None:
            node = slicer.mrmlScene.CreateNodeByClass(NODE_CLASS)
            node.UnRegister(None)
            node.SetSingletonTag(SINGLETON_TAG)
            node = slicer.mrmlScene.AddNode(node)
        if node is not self._parameter_set_node:
            self._parameter_set_node = node
            self._editor.setMRMLSegmentEditorNode(node)

    def self(self) -> SegmentEditorWidget:
        """Return the Python widget, as `qSlicerScriptedLoadableModuleWidget.self()` does."""
        return self

    def enter(self) -> None:
        """Show what the node says now."""
        self.selectParameterNode()
        self._editor.updateWidgetFromMRML()

    def exit(self) -> None:
        """Do nothing: there is no effect to leave."""
