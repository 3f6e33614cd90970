"""One study in the scene: its nodes, its request and what is remembered of it, all kept in one parameter node."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Generic, TypeVar

import slicer

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.parameters import ParameterStore

T = TypeVar("T")
RequestT = TypeVar("RequestT")
StateT = TypeVar("StateT")
StudyT = TypeVar("StudyT", bound="StoredStudy")

VOLUME, SEGMENTATION = "LGEVolume", "Segmentation"
"""Roles of the nodes that every study has."""


class StoredStudy(Generic[RequestT, StateT]):
    """Reads and writes one parameter node. A module derives its own study and names the three class attributes.

    Attributes:
        MODULE_NAME: Of the module whose parameter nodes these are.
        REQUEST_TYPE: The frozen dataclass of what is asked for.
        STATE_TYPE: The frozen dataclass of what is remembered beside it.
        node: The ``vtkMRMLScriptedModuleNode``.
    """

    MODULE_NAME: str
    REQUEST_TYPE: type[RequestT]
    STATE_TYPE: type[StateT]

    def __init__(self, parameter_node: slicer.vtkMRMLScriptedModuleNode) -> None:
        self.node = parameter_node
        self._store = ParameterStore(parameter_node)
        self._read: dict[str, tuple[str, Any]] = {}

    @property
    def scene(self) -> slicer.vtkMRMLScene | None:
        """None once the scene was closed."""
        return self.node.GetScene()

    @property
    def request(self) -> RequestT:
        return self._once(self.REQUEST_TYPE.__name__, lambda: self._store.load(self.REQUEST_TYPE))

    def change_request(self, **changes: object) -> None:
        """Set fields of the request.

        Raises:
            ScarSegError: A value lies outside its range.
        """
        self._store.save(replace(self.request, **changes))

    @property
    def state(self) -> StateT:
        return self._once(self.STATE_TYPE.__name__, lambda: self._store.load(self.STATE_TYPE))

    def change_state(self, **changes: object) -> None:
        self._store.save(replace(self.state, **changes))

    def damage(self) -> str:
        """What in the node cannot be read, as after a change by another program; an empty text where all can."""
        try:
            self.read_all()
        except ScarSegError as error:
            return str(error)
        return ""

    def read_all(self) -> None:
        """Read everything that is kept; a study with further documents reads them too.

        Raises:
            ScarSegError: Something cannot be read.
        """
        _all = self.request, self.state

    def one_change(self) -> AbstractContextManager[None]:
        """Whatever is set within reaches the observers as one Modified event."""
        return self._store.batch()

    def observe(self, callback: Callable[[], None]) -> None:
        """Call back after each change of a value or reference."""
        self._store.observe(callback)

    def release(self) -> None:
        """Let the observers go."""
        self._store.release()

    def get(self, role: str) -> slicer.vtkMRMLNode | None:
        """The node of a role, or None."""
        return self._store.referenced_node(role)

    def set(self, role: str, node: slicer.vtkMRMLNode | None) -> None:
        self._store.set_node(role, node)

    def get_or_add(self, role: str, node_class: str, name: str) -> slicer.vtkMRMLNode:
        """The node of a role; a new one of the class where there is none."""
        node = self.get(role)
        if node is None:
            node = self.scene.AddNewNodeByClass(node_class, name)
            self.set(role, node)
        return node

    @property
    def volume(self) -> slicer.vtkMRMLScalarVolumeNode | None:
        return self.get(VOLUME)

    @property
    def segmentation(self) -> slicer.vtkMRMLSegmentationNode | None:
        return self.get(SEGMENTATION)

    @classmethod
    def all_in(cls: type[StudyT], scene: slicer.vtkMRMLScene) -> list[StudyT]:
        """Every study of the module in the scene, in its order."""
        count = scene.GetNumberOfNodesByClass("vtkMRMLScriptedModuleNode")
        nodes = [scene.GetNthNodeByClass(index, "vtkMRMLScriptedModuleNode") for index in range(count)]
        return [cls(node) for node in nodes if node.GetAttribute("ModuleName") == cls.MODULE_NAME]

    @classmethod
    def of_volume(cls: type[StudyT], scene: slicer.vtkMRMLScene, volume: slicer.vtkMRMLNode | None) -> StudyT | None:
        """The module's study of a volume, or None. Each volume has its own, so studies do not mix."""
        if volume is None:
            return None
        return next((study for study in cls.all_in(scene) if study.volume is volume), None)

    def _once(self, name: str, read: Callable[[], T]) -> T:
        """What ``read()`` gives, asked anew only when the node's text of that name changed: the panel asks often."""
        text = self.node.GetParameter(name)
        if name not in self._read or self._read[name][0] != text:
            self._read[name] = (text, read())
        return self._read[name][1]
