"""`qMRMLNodeComboBox` and `qMRMLCheckableNodeComboBox`: choosing nodes of the scene."""
# ruff: noqa: N801, N802, N803, N815

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtGui import QStandardItem
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QSizePolicy, QWidget
from slicer import vtkMRMLScene

from Testing.desktop.ctk_inputs import ctkComboBox
from Testing.desktop.scene_widget import Observations
from Testing.desktop.stored import stored

NODE_ID, ACTION = Qt.UserRole, Qt.UserRole + 1


class qMRMLNodeComboBox(QWidget):
    """A combo box of the scene's nodes of some classes, with entries to create, rename and delete."""

    currentNodeChanged = Signal(object)
    _currentNodeValidChanged = Signal(bool)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeAboutToBeRemoved = Signal(object)
    currentNodeRenamed = Signal(str)
    nodeAboutToBeEdited = Signal(object)
    mrmlSceneChanged = Signal(object)
    cpp_signals: ClassVar[dict[str, str]] = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "_currentNodeValidChanged",
        "currentNodeIDChanged(QString)": "currentNodeIDChanged",
        "nodeActivated(vtkMRMLNode*)": "nodeActivated",
        "nodeAdded(vtkMRMLNode*)": "nodeAdded",
        "nodeAddedByUser(vtkMRMLNode*)": "nodeAddedByUser",
        "nodeAboutToBeRemoved(vtkMRMLNode*)": "nodeAboutToBeRemoved",
        "currentNodeRenamed(QString)": "currentNodeRenamed",
        "nodeAboutToBeEdited(vtkMRMLNode*)": "nodeAboutToBeEdited",
    }

    nodeTypes, setNodeTypes = stored("QStringList", "nodeTypes", [], changed="_refresh")
    hideChildNodeTypes, setHideChildNodeTypes = stored("QStringList", "hideChildNodeTypes", [], changed="_refresh")
    showHidden, setShowHidden = stored(bool, "showHidden", False, changed="_refresh")
    showChildNodeTypes, setShowChildNodeTypes = stored(bool, "showChildNodeTypes", True, changed="_refresh")
    noneEnabled, setNoneEnabled = stored(bool, "noneEnabled", False, changed="_refresh")
    addEnabled, setAddEnabled = stored(bool, "addEnabled", True, changed="_refresh")
    removeEnabled, setRemoveEnabled = stored(bool, "removeEnabled", True, changed="_refresh")
    editEnabled, setEditEnabled = stored(bool, "editEnabled", False, changed="_refresh")
    renameEnabled, setRenameEnabled = stored(bool, "renameEnabled", False, changed="_refresh")
    selectNodeUponCreation, setSelectNodeUponCreation = stored(bool, "selectNodeUponCreation", True)
    noneDisplay, setNoneDisplay = stored(str, "noneDisplay", "None", changed="_refresh")
    baseName, setBaseName = stored(str, "baseName", "")
    interactionNodeSingletonTag, setInteractionNodeSingletonTag = stored(
        str, "interactionNodeSingletonTag", "Singleton"
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = None
        self._shown_id = ""
        self._announced_id = ""
        self._attributes = {}
        self._observations = Observations(self)
        self._node_observations = Observations(self)
        self._box = ctkComboBox(self)
        self._box.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        # Long node names shorten; they must not widen the module panel.
        self._box.setSizeAdjustPolicy(ctkComboBox.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumContentsLength(12)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)
        self._box.activated.connect(self._chosen)
        self.setEnabled(False)

    def mrmlScene(self) -> Any:
        """Return the scene, or None."""
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        """List the nodes of another scene; without one, the box is disabled."""
        if scene is self._scene:
            return
        self._observations.clear()
        self._scene = scene
        for event in (
            vtkMRMLScene.NodeAddedEvent,
            vtkMRMLScene.NodeRemovedEvent,
            vtkMRMLScene.EndBatchProcessEvent,
            vtkMRMLScene.EndCloseEvent,
            vtkMRMLScene.EndImportEvent,
        ):
            self._observations.observe(scene, event, self._refresh)
        self.setEnabled(scene is not None)
        self._refresh()
        self.mrmlSceneChanged.emit(scene)

    def addAttribute(self, nodeType: str, attributeName: str, attributeValue: Any = None) -> None:
        """Show nodes of a class only where they have this attribute (with this value, if one is given)."""
        self._attributes[(nodeType, attributeName)] = None if attributeValue is None else str(attributeValue)
        self._refresh()

    def removeAttribute(self, nodeType: str, attributeName: str) -> None:
        """Undo `addAttribute`."""
        self._attributes.pop((nodeType, attributeName), None)
        self._refresh()

    def nodes(self) -> tuple[Any, ...]:
        """Return the nodes that can be chosen, in the scene's order."""
        if self._scene is None:
            return ()
        every = (self._scene.GetNthNode(index) for index in range(self._scene.GetNumberOfNodes()))
        return tuple(node for node in every if self._offers(node))

    def nodeCount(self) -> int:
        """Return how many nodes can be chosen."""
        return len(self.nodes())

    def nodeFromIndex(self, index: int) -> Any:
        """Return the node at a place in the list, or None."""
        nodes = self.nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def currentNode(self) -> Any:
        """Return the chosen node, or None."""
        return self._scene.GetNodeByID(self._shown_id) if self._scene is not None and self._shown_id else None

    def setCurrentNode(self, node: Any) -> None:
        """Choose a node, or None."""
        self.setCurrentNodeID(node.GetID() if node is not None else "")

    def setCurrentNodeID(self, node_id: str) -> None:
        """Choose a node by its identifier; one that is not offered counts as none."""
        self._shown_id = node_id or ""
        self._refresh()

    currentNodeID = Property(str, lambda self: self._shown_id, setCurrentNodeID)

    def setCurrentNodeIndex(self, index: int) -> None:
        """Choose the node at a place in the list."""
        self.setCurrentNode(self.nodeFromIndex(index))

    def addNode(self, nodeType: str = "") -> Any:
        """Create a node of the (first) class and, unless told otherwise, choose it."""
        node_class = nodeType or self.nodeTypes[0]
        name = self.baseName or self._scene.GetTagByClassName(node_class) or "Node"
        node = self._scene.AddNewNodeByClass(node_class, self._scene.GenerateUniqueName(name))
        node.CreateDefaultDisplayNodes() if hasattr(node, "CreateDefaultDisplayNodes") else None
        for (attribute_class, attribute), value in self._attributes.items():
            if attribute_class == node_class:
                node.SetAttribute(attribute, value or "")
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        """Delete the chosen node from the scene."""
        node = self.currentNode()
        if node is not None:
            self.nodeAboutToBeRemoved.emit(node)
            self._scene.RemoveNode(node)

    def renameCurrentNode(self) -> None:
        """Ask for a new name of the chosen node."""
        node = self.currentNode()
        if node is None:
            return
        name, accepted = QInputDialog.getText(self, "Rename node", "New name:", text=node.GetName())
        if accepted and name:
            node.SetName(name)
            self.currentNodeRenamed.emit(name)

    def editCurrentNode(self) -> None:
        """Ask for the module that edits the chosen node."""
        self.nodeAboutToBeEdited.emit(self.currentNode())

    def _offers(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self.showHidden:
            return False
        for node_class in self.nodeTypes:
            exact = node.GetClassName() == node_class
            if not (exact or (self.showChildNodeTypes and node.IsA(node_class))):
                continue
            hidden = any(node.IsA(child) for child in self.hideChildNodeTypes)
            return not hidden and self._has_attributes(node, node_class)
        return False

    def _has_attributes(self, node: Any, node_class: str) -> bool:
        wanted = {name: value for (of_class, name), value in self._attributes.items() if of_class == node_class}
        found = {name: node.GetAttribute(name) for name in wanted}
        return all(found[name] is not None and value in (None, found[name]) for name, value in wanted.items())

    def _refresh(self) -> None:
        if self._scene is None or self._scene.IsBatchProcessing():
            return
        nodes = self.nodes()
        identifiers = [node.GetID() for node in nodes]
        if self._shown_id not in identifiers:
            self._shown_id = "" if self.noneEnabled or not identifiers else identifiers[0]
        self._node_observations.clear()
        blocked = self._box.blockSignals(True)
        self._box.clear()
        if self.noneEnabled:
            self._box.addItem(self.noneDisplay, "")
        for node in nodes:
            self._node_observations.observe(node, "ModifiedEvent", self._rename_shown)
            self._box.addItem(node.GetName() or "", node.GetID())
        self._box.setDefaultText(f"Select a {self._label()}")
        self._add_actions()
        self._box.setCurrentIndex(self._box.findData(self._shown_id) if self._shown_id or self.noneEnabled else -1)
        self._box.blockSignals(blocked)
        self._announce()

    def _rename_shown(self) -> None:
        for index in range(self._box.count):
            node = self._scene.GetNodeByID(self._box.itemData(index, NODE_ID) or "")
            if node is not None and node.GetName() != self._box.itemText(index):
                self._box.setItemText(index, node.GetName() or "")

    def _label(self) -> str:
        return (self._scene.GetTagByClassName(self.nodeTypes[0]) or "node") if self.nodeTypes else "node"

    def _add_actions(self) -> None:
        label = self._label()
        actions = [
            (self.renameEnabled, f"Rename current {label}", self.renameCurrentNode),
            (self.editEnabled, f"Edit current {label}", self.editCurrentNode),
            (self.addEnabled, f"Create new {label}", self.addNode),
            (self.removeEnabled, f"Delete current {label}", self.removeCurrentNode),
        ]
        if any(enabled for enabled, _, _ in actions):
            self._box.insertSeparator(self._box.count)
        for enabled, text, action in actions:
            if enabled:
                item = QStandardItem(text)
                item.setData(action.__name__, ACTION)
                self._box.model().appendRow(item)

    def _chosen(self, index: int) -> None:
        action = self._box.itemData(index, ACTION)
        if action:
            self._refresh()
            getattr(self, action)()
            return
        self._shown_id = self._box.itemData(index, NODE_ID) or ""
        self._announce()
        self.nodeActivated.emit(self.currentNode())

    def _announce(self) -> None:
        if self._shown_id == self._announced_id:
            return
        self._announced_id = self._shown_id
        node = self.currentNode()
        self.currentNodeChanged.emit(node)
        self._currentNodeValidChanged.emit(node is not None)
        self.currentNodeIDChanged.emit(self._shown_id)
