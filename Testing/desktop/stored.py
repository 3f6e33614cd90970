"""Qt properties of the stand-in's widgets, kept in the Python object."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore


def stored(cpp_type: Any, name: str, default: Any, *, changed: str | None = None) -> tuple[QtCore.Property, Any]:
    """Return a Qt property and its setter method.

    Args:
        cpp_type: type as Qt's meta-object system takes it.
        name: name of the property; its value is kept in `_<name>`.
        default: value before the first write.
        changed: method called, without arguments, after the value changed.
    """
    attribute = f"_{name}"

    def read(self: Any) -> Any:
        return self.__dict__.get(attribute, default)

    def write(self: Any, value: Any) -> None:
        if read(self) == value:
            return
        setattr(self, attribute, value)
        if changed:
            getattr(self, changed)()

    return QtCore.Property(cpp_type, read, write), write


def forwarded(cpp_type: Any, part: str, name: str) -> tuple[QtCore.Property, Any]:
    """Return a Qt property, and its setter, that is the property `name` of the child widget in attribute `part`."""

    def read(self: Any) -> Any:
        return getattr(getattr(self, part), name)

    def write(self: Any, value: Any) -> None:
        setattr(getattr(self, part), name, value)

    return QtCore.Property(cpp_type, read, write), write
