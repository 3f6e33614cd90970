"""Makes PySide6 behave as PythonQt does inside Slicer, for the whole process.

Qt properties become attributes, signals connect by their C++ signature, and a name that an object lacks cannot be set.
The rules were read in PythonQt's sources (`PythonQtInstanceWrapper`, `PythonQtStdDecorators`, `PythonQtSignalTarget`).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import shiboken6
from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from Testing.desktop.connections import ScriptSignal, connect, disconnect
from Testing.desktop.immortal import make_singletons_immortal

_QT_MODULES = (QtCore, QtGui, QtWidgets, QtUiTools)
_OWN_PACKAGE = __package__
_UI_LOADER = f"{__package__}.ui_loader"
_NO_PROPERTY_OF_QT5 = frozenset({"screen"})
_applied = False
# Once `__setattr__` of a C++ class is replaced, Python refuses to call the replaced one; this is what it came down to.
_set_python_attribute = ctypes.pythonapi.PyObject_GenericSetAttr
_set_python_attribute.argtypes = [ctypes.py_object, ctypes.py_object, ctypes.py_object]
_set_python_attribute.restype = ctypes.c_int


def apply() -> None:
    """Switch PySide6 over; a second call changes nothing."""
    global _applied
    if _applied:
        return
    _applied = True
    make_singletons_immortal()
    for qobject_class in _qobject_classes():
        _offer_properties(qobject_class)
        qobject_class.__setattr__ = _strict_setattr
    QtCore.QObject.name = QtCore.QObject.__dict__["objectName"]
    QtCore.QObject.className = lambda self: self.metaObject().className()
    _original_getattribute = QtCore.QObject.__getattribute__

    def getattribute(self: QtCore.QObject, name: str) -> Any:
        if name == "connect":
            return lambda *arguments: connect(self, *arguments)
        if name == "disconnect":
            return lambda *arguments: disconnect(self, *arguments)
        value = _original_getattribute(self, name)
        return ScriptSignal(self, name, value) if type(value) is QtCore.SignalInstance else value

    QtCore.QObject.__getattribute__ = getattribute


def _qobject_classes() -> Iterator[type]:
    """Yield every class of Qt that is a QObject, bases before the classes derived from them."""
    # dir(), not vars(): PySide makes its classes when they are first asked for.
    members = (getattr(module, name) for module in _QT_MODULES for name in dir(module))
    found = {value for value in members if isinstance(value, type) and issubclass(value, QtCore.QObject)}
    yield from sorted(found, key=lambda qobject_class: (len(qobject_class.__mro__), qobject_class.__name__))


def _offer_properties(qobject_class: type) -> None:
    """Replace a class's getter methods of Qt properties, inherited ones too, by attributes of the same name."""
    meta = qobject_class.staticMetaObject
    for index in range(meta.propertyCount()):
        name = meta.property(index).name()
        is_own = index >= meta.propertyOffset() or name in qobject_class.__dict__
        if is_own and name not in _NO_PROPERTY_OF_QT5:
            setattr(qobject_class, name, _attribute(qobject_class, name, meta.property(index).isWritable()))


class _ScriptProperty(property):
    """A Qt property; asked of the class, the method it hides: `QTimer.singleShot` is a property and a function."""

    hidden_method: Any = None

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self.hidden_method if instance is None else super().__get__(instance, owner)


def _attribute(qobject_class: type, name: str, writable: bool) -> _ScriptProperty:
    title = name[0].upper() + name[1:]
    reader = _method(qobject_class, f"is{title}", name, f"has{title}")
    writer = _method(qobject_class, f"set{title}")

    def read(self: QtCore.QObject) -> Any:
        return reader(self) if reader else self.property(name)

    def write(self: QtCore.QObject, value: Any) -> None:
        if not writable:
            raise AttributeError(f"Property '{name}' of {self.className()} object is not writable")
        if writer:
            writer(self, value)
        elif not self.setProperty(name, value):
            raise AttributeError(f"Property '{name}' of {self.className()} object does not accept {value!r}")

    attribute = _ScriptProperty(read, write)
    attribute.hidden_method = getattr(qobject_class, name, None)
    return attribute


def _method(qobject_class: type, *names: str) -> Callable[..., Any] | None:
    for name in names:
        method = _declared(qobject_class, name)
        if callable(method) and type(method) is not QtCore.Signal:
            return method
    return None


def _strict_setattr(self: QtCore.QObject, name: str, value: Any) -> None:
    """Set a Qt property; refuse what the C++ object lacks, as PythonQt does.

    Classes derived in Python by a module may hold attributes of their own, there as here.
    """
    declared = _declared(type(self), name)
    if type(declared) is QtCore.Property:
        if declared.fset is None:
            raise AttributeError(f"Property '{name}' of {type(self).__name__} object is not writable")
        declared.fset(self, value)
        return
    is_declared = type(declared) in (_ScriptProperty, property)
    # PySide keeps a bound signal in the object once it was asked for.
    is_bound_signal = type(value) is QtCore.SignalInstance
    is_ours = name.startswith("_") and _caller().startswith(_OWN_PACKAGE)
    if is_declared or is_bound_signal or is_ours:
        _set_python_attribute(self, name, value)
    elif _caller() == _UI_LOADER:
        return  # PySide's loader offers the children of a form as attributes; PythonQt's does not.
    elif _stands_for_cpp(type(self)):
        raise AttributeError(
            f"Attribute '{name}' does not exist and can not be created on {type(self).__name__} object"
        )
    else:
        _set_python_attribute(self, name, value)


def _declared(qobject_class: type, name: str) -> Any:
    return next((base.__dict__[name] for base in qobject_class.__mro__ if name in base.__dict__), None)


def _caller() -> str:
    return str(sys._getframe(2).f_globals.get("__name__", ""))


def _stands_for_cpp(qobject_class: type) -> bool:
    module = qobject_class.__module__
    return module.startswith(("PySide6", _OWN_PACKAGE))


def is_alive(qobject: QtCore.QObject) -> bool:
    """Say whether the C++ object behind a Python name still exists."""
    return shiboken6.isValid(qobject)


def flat_module(name: str, members: dict[str, Any], complaint: str) -> ModuleType:
    """Make an importable module that names what is missing.

    Args:
        name: name under which it is imported.
        members: what it holds.
        complaint: sentence ending of the AttributeError for a missing name.
    """
    module = ModuleType(name)
    vars(module).update(members)

    def missing(attribute: str) -> Any:
        raise AttributeError(f"module '{name}' has no attribute '{attribute}': {complaint}")

    module.__getattr__ = missing
    sys.modules[name] = module
    return module
