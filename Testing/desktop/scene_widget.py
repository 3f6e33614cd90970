"""`qMRMLWidget`: a widget that knows the MRML scene, and the observation of VTK objects that widgets need."""
# ruff: noqa: N801, N802, N815

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget


class qMRMLWidget(QWidget):
    """Base of Slicer's widgets that show something of the scene."""

    mrmlSceneChanged = Signal(object)
    cpp_signals: ClassVar[dict[str, str]] = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = None

    def mrmlScene(self) -> Any:
        """Return the scene, or None."""
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        """Show another scene."""
        if scene is self._scene:
            return
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)


class Observations:
    """Observers of VTK objects that end with the Qt object that owns them."""

    def __init__(self, owner: QObject) -> None:
        self._owner = weakref.ref(owner)
        self._tags: list[tuple[Any, int]] = []

    def observe(self, subject: Any, event: Any, callback: Callable[[], None]) -> None:
        """Call `callback` on every `event` of `subject` (no subject: nothing to observe)."""
        if subject is not None:
            self._tags.append((subject, subject.AddObserver(event, self._guarded(callback))))

    def clear(self) -> None:
        """End every observation."""
        for subject, tag in self._tags:
            subject.RemoveObserver(tag)
        self._tags.clear()

    def _guarded(self, callback: Callable[[], None]) -> Callable[[Any, str], None]:
        reference = weakref.WeakMethod(callback)

        def call(_subject: Any, _event: str) -> None:
            owner, method = self._owner(), reference()
            if owner is None or method is None or not shiboken6.isValid(owner):
                self.clear()
                return
            method()

        return call
