"""`qMRMLSegmentSelectorWidget`: choosing a segmentation and one of its segments."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Property, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget
from slicer import vtkSegmentation

from Testing.desktop.node_selectors import qMRMLNodeComboBox
from Testing.desktop.scene_widget import Observations, qMRMLWidget
from Testing.desktop.stored import forwarded

SEGMENT_EVENTS = (vtkSegmentation.SegmentAdded, vtkSegmentation.SegmentRemoved, vtkSegmentation.SegmentModified)


class qMRMLSegmentSelectorWidget(qMRMLWidget):
    """A segmentation selector above a combo box of its segments.

    As Slicer's, it remembers the chosen segment while there are none to choose from, and takes the first segment by
    itself, aloud, where the remembered one is missing.
    """

    currentNodeChanged = Signal(object)
    _currentNodeValidChanged = Signal(bool)
    currentSegmentChanged = Signal(str)
    cpp_signals: ClassVar[dict[str, str]] = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "_currentNodeValidChanged",
        "currentSegmentChanged(QString)": "currentSegmentChanged",
    }
    editEnabled, setEditEnabled = forwarded(bool, "_nodes", "editEnabled")
    selectNodeUponCreation, setSelectNodeUponCreation = forwarded(bool, "_nodes", "selectNodeUponCreation")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._multi = False
        self._nodes = qMRMLNodeComboBox(self)
        self._nodes.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._nodes.addEnabled = False
        self._nodes.renameEnabled = True
        self._segments = QComboBox(self)
        self._message = QLabel(self)
        self._observations = Observations(self)
        self._chosen = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._nodes)
        layout.addWidget(self._segments)
        layout.addWidget(self._message)
        self._refresh()
        self._nodes.currentNodeChanged.connect(self._node_changed)
        self._segments.currentIndexChanged.connect(self._index_changed)

    def setNoneEnabled(self, enable: bool) -> None:
        """Let the user choose no segmentation and no segment."""
        self._nodes.setNoneEnabled(enable)
        self._refresh()

    noneEnabled = Property(bool, lambda self: self._nodes.noneEnabled, setNoneEnabled)

    def setMRMLScene(self, scene: Any) -> None:
        """Offer the segmentations of another scene."""
        super().setMRMLScene(scene)
        self._nodes.setMRMLScene(scene)

    def currentNode(self) -> Any:
        """Return the chosen segmentation node, or None."""
        return self._nodes.currentNode()

    def currentNodeID(self) -> str:
        """Return the identifier of the chosen segmentation node."""
        return self._nodes.currentNodeID

    def setCurrentNode(self, node: Any) -> None:
        """Choose a segmentation node."""
        self._nodes.setCurrentNode(node)

    def setCurrentNodeID(self, node_id: str) -> None:
        """Choose a segmentation node by its identifier."""
        self._nodes.setCurrentNodeID(node_id)

    def segmentIDs(self) -> tuple[str, ...]:
        """Return the identifiers of the segments that are offered."""
        node = self.currentNode()
        return tuple(node.GetSegmentation().GetSegmentIDs()) if node is not None else ()

    def currentSegmentID(self) -> str:
        """Return the identifier of the chosen segment, empty for none."""
        return self._chosen

    def setCurrentSegmentID(self, segment_id: str) -> None:
        """Choose a segment by its identifier; one that is not offered changes nothing."""
        index = 0 if not segment_id and self.noneEnabled else self._segments.findData(segment_id)
        if index >= 0:
            self._segments.setCurrentIndex(index)

    def setMultiSelection(self, multi: bool) -> None:
        """Forget the chosen segment. Choosing several is not built here: only switching it on and off again is."""
        self._multi = multi
        if multi:
            self._chosen = ""
        self._refresh()

    multiSelection = Property(bool, lambda self: self._multi, setMultiSelection)

    def setSegmentationNodeSelectorVisible(self, visible: bool) -> None:
        """Show or hide the choice of the segmentation."""
        self._nodes.setVisible(visible)

    segmentationNodeSelectorVisible = Property(
        bool, lambda self: not self._nodes.isHidden(), setSegmentationNodeSelectorVisible
    )

    def _node_changed(self, node: Any) -> None:
        self._observations.clear()
        if node is not None:
            for event in SEGMENT_EVENTS:
                self._observations.observe(node.GetSegmentation(), event, self._refresh)
        self._refresh()
        self.currentNodeChanged.emit(node)
        self._currentNodeValidChanged.emit(node is not None)

    def _refresh(self) -> None:
        blocked = self._segments.blockSignals(True)
        self._segments.clear()
        segment_ids = self.segmentIDs()
        self._segments.setVisible(bool(segment_ids) and not self._multi)
        self._message.setVisible(not segment_ids)
        self._message.setText("No node is selected" if self.currentNode() is None else "No segments in segmentation")
        if segment_ids and not self._multi:
            self._offer(segment_ids)
        self._segments.blockSignals(blocked)
        if segment_ids and not self._multi and self._segments.currentIndex < 0:
            self._segments.setCurrentIndex(1 if self.noneEnabled else 0)

    def _offer(self, segment_ids: tuple[str, ...]) -> None:
        """List the segments and mark the chosen one, silently; none is marked where it is missing."""
        if self.noneEnabled:
            self._segments.addItem("None", "")
        for segment_id in segment_ids:
            self._segments.addItem(self.currentNode().GetSegmentation().GetSegment(segment_id).GetName(), segment_id)
        self._segments.setCurrentIndex(self._segments.findData(self._chosen))

    def _index_changed(self, index: int) -> None:
        if self.currentNode() is not None:
            self._chosen = self._segments.itemData(index) or ""
            self.currentSegmentChanged.emit(self._chosen)
