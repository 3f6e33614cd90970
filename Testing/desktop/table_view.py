"""`qMRMLTableView`: a table node as a Qt table."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QTableView, QWidget

from Testing.desktop.scene_widget import Observations
from Testing.desktop.stored import stored

NUMERIC_PLACES = 3


class qMRMLTableModel(QAbstractTableModel):
    """The cells of a table node."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._node = None

    def mrmlTableNode(self) -> Any:
        """Return the table node, or None."""
        return self._node

    def setMRMLTableNode(self, node: Any) -> None:
        """Show another table node."""
        self.beginResetModel()
        self._node = node
        self.endResetModel()

    def updateModelFromMRML(self) -> None:
        """Read the table node again."""
        self.beginResetModel()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """Return the number of rows."""
        return self._node.GetNumberOfRows() if self._node is not None and not (parent and parent.isValid()) else 0

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """Return the number of columns."""
        return self._node.GetNumberOfColumns() if self._node is not None and not (parent and parent.isValid()) else 0

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.DisplayRole) -> Any:
        """Return the text of a cell; numbers stand right."""
        value = self._node.GetTable().GetValue(index.row(), index.column())
        if role in (Qt.DisplayRole, Qt.EditRole):
            return value.ToString()
        if role == Qt.TextAlignmentRole and value.IsNumeric():
            return Qt.AlignRight | Qt.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole) -> Any:
        """Return a column's name, or a row's number."""
        if role != Qt.DisplayRole:
            return None
        return self._node.GetColumnName(section) if orientation == Qt.Horizontal else str(section + 1)


class qMRMLTableView(QTableView):
    """Shows a table node; read only in the stand-in."""

    mrmlSceneChanged = Signal(object)
    cpp_signals: ClassVar[dict[str, str]] = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}
    transposed, setTransposed = stored(bool, "transposed", False)
    firstRowLocked, setFirstRowLocked = stored(bool, "firstRowLocked", False)
    firstColumnLocked, setFirstColumnLocked = stored(bool, "firstColumnLocked", False)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = None
        self._observations = Observations(self)
        self._table_model = qMRMLTableModel(self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self._table_model)
        self.setModel(self._proxy)
        self.horizontalHeader().setStretchLastSection(False)

    def mrmlScene(self) -> Any:
        """Return the scene, or None."""
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        """Set the scene."""
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)

    def tableModel(self) -> qMRMLTableModel:
        """Return the model of the cells."""
        return self._table_model

    def sortFilterProxyModel(self) -> QSortFilterProxyModel:
        """Return the model between the cells and the view."""
        return self._proxy

    def mrmlTableNode(self) -> Any:
        """Return the table node, or None."""
        return self._table_model.mrmlTableNode()

    def setMRMLTableNode(self, node: Any) -> None:
        """Show a table node, or nothing."""
        self._observations.clear()
        self._observations.observe(node, "ModifiedEvent", self._table_model.updateModelFromMRML)
        self._table_model.setMRMLTableNode(node)
