"""`qMRMLSegmentsTableView`: the segments of a segmentation, with their colour and visibility."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Property, QItemSelection, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from Testing.desktop.scene_widget import Observations, qMRMLWidget
from Testing.desktop.segment_selector import SEGMENT_EVENTS
from Testing.desktop.stored import stored

VISIBLE, COLOUR, NAME = range(3)


class qMRMLSegmentsTableView(qMRMLWidget):
    """A table of segments; here visibility can be switched and segments selected."""

    selectionChanged = Signal(QItemSelection, QItemSelection)
    cpp_signals: ClassVar[dict[str, str]] = {"selectionChanged(QItemSelection,QItemSelection)": "selectionChanged"}
    readOnly, setReadOnly = stored(bool, "readOnly", False)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node = None
        self._hidden_ids = []
        self._observations = Observations(self)
        # The display node learns of a new segment after we do, and calls it an error to be asked before.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._refresh)
        self._table = QTableWidget(0, 3, self)
        self._table.setHorizontalHeaderLabels(["Visible", "Color", "Name"])
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.setSelectionBehavior(QAbstractItemView.SelectRows)
        self._table.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self._table.setMinimumHeight(130)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)
        self._table.itemChanged.connect(self._visibility_changed)
        self._table.selectionModel().selectionChanged.connect(self.selectionChanged.emit)

    def segmentationNode(self) -> Any:
        """Return the segmentation node, or None."""
        return self._node

    def setSegmentationNode(self, node: Any) -> None:
        """Show the segments of a node, or nothing."""
        if node is self._node:
            return
        self._observations.clear()
        self._node = node
        if node is not None:
            for event in SEGMENT_EVENTS:
                self._observations.observe(node.GetSegmentation(), event, self._refresh_soon)
            self._observations.observe(node.GetDisplayNode(), "ModifiedEvent", self._refresh_soon)
        self._refresh()

    def setHideSegments(self, segment_ids: list[str]) -> None:
        """Leave segments out of the table."""
        self._hidden_ids = list(segment_ids)
        self._refresh()

    def displayedSegmentIDs(self) -> tuple[str, ...]:
        """Return the identifiers of the segments in the table, from the top."""
        every = self._node.GetSegmentation().GetSegmentIDs() if self._node is not None else ()
        return tuple(segment_id for segment_id in every if segment_id not in self._hidden_ids)

    segmentCount = Property(int, lambda self: len(self.displayedSegmentIDs()))

    def selectedSegmentIDs(self) -> tuple[str, ...]:
        """Return the identifiers of the selected segments."""
        rows = sorted({index.row() for index in self._table.selectionModel().selectedRows(NAME)})
        return tuple(self._table.item(row, NAME).data(Qt.UserRole) for row in rows)

    def setSelectedSegmentIDs(self, segment_ids: list[str]) -> None:
        """Select segments."""
        self._table.clearSelection()
        for row, segment_id in enumerate(self.displayedSegmentIDs()):
            if segment_id in segment_ids:
                self._table.selectRow(row)

    def clearSelection(self) -> None:
        """Select nothing."""
        self._table.clearSelection()

    def tableWidget(self) -> QTableWidget:
        """Return the table."""
        return self._table

    def setHeaderVisible(self, visible: bool) -> None:
        """Show or hide the header."""
        self._table.horizontalHeader().setVisible(visible)

    headerVisible = Property(bool, lambda self: not self._table.horizontalHeader().isHidden(), setHeaderVisible)

    def _refresh_soon(self) -> None:
        self._timer.start()

    def _refresh(self) -> None:
        selected = self.selectedSegmentIDs()
        blocked = self._table.blockSignals(True)
        segment_ids = self.displayedSegmentIDs()
        self._table.setRowCount(len(segment_ids))
        display = self._node.GetDisplayNode() if self._node is not None else None
        visible_ids = display.GetVisibleSegmentIDs() if display is not None else ()
        for row, segment_id in enumerate(segment_ids):
            segment = self._node.GetSegmentation().GetSegment(segment_id)
            visible, colour, name = QTableWidgetItem(), QTableWidgetItem(), QTableWidgetItem(segment.GetName())
            visible.setCheckState(Qt.Checked if segment_id in visible_ids else Qt.Unchecked)
            colour.setBackground(QColor.fromRgbF(*segment.GetColor()))
            name.setData(Qt.UserRole, segment_id)
            for column, item in ((VISIBLE, visible), (COLOUR, colour), (NAME, name)):
                self._table.setItem(row, column, item)
        self._table.blockSignals(blocked)
        self._table.resizeColumnsToContents()
        self.setSelectedSegmentIDs(selected)

    def _visibility_changed(self, item: QTableWidgetItem) -> None:
        if item.column() == VISIBLE and self._node.GetDisplayNode() is not None:
            segment_id = self._table.item(item.row(), NAME).data(Qt.UserRole)
            self._node.GetDisplayNode().SetSegmentVisibility(segment_id, item.checkState() == Qt.Checked)
