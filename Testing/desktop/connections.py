"""PythonQt's `connect` and `disconnect`: by C++ signature, tolerant of slots that take fewer arguments."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

import shiboken6
from PySide6 import QtCore

CO_VARARGS = 0x04


@dataclass(frozen=True)
class _Connection:
    callable: Callable[..., Any]
    adaptor: Callable[..., Any]
    bound_signal: Any


_connections: dict[tuple[int, str], list[_Connection]] = {}


class ScriptSignal:
    """A signal as PythonQt shows it: an attribute with `connect` and `disconnect`, called to emit."""

    def __init__(self, sender: QtCore.QObject, name: str, bound_signal: Any) -> None:
        self._sender = sender
        self._name = name
        self._bound_signal = bound_signal

    def connect(self, callable_: Callable[..., Any]) -> bool:
        """Call `callable_` whenever the signal is emitted."""
        if not callable(callable_):
            raise TypeError(f"connect() of signal '{self._name}' needs a callable, got {callable_!r}")
        return _connect(self._sender, _first_signature(self._sender, self._name), self._bound_signal, callable_)

    def disconnect(self, callable_: Callable[..., Any] | None = None) -> bool:
        """Stop calling `callable_`, or every callable."""
        return _disconnect(self._sender, _first_signature(self._sender, self._name), callable_)

    def emit(self, *arguments: Any) -> None:
        """Emit the signal."""
        self._bound_signal.emit(*arguments)

    __call__ = emit


def connect(sender: QtCore.QObject, signal: str, *target: Any) -> bool:
    """Connect a signal, named by its C++ signature, to a callable or to another object's slot.

    Returns:
        False, with a printed line, when the sender has no such signal; as PythonQt does.
    """
    signature = _normalized(signal)
    bound_signal = _bound_signal(sender, signature)
    if bound_signal is None:
        print(
            f"PythonQt: QObject::connect() signal '{signal}' does not exist on {sender.className()}",
            file=sys.stderr,
            flush=True,
        )
        return False
    receiver = _receiver(*target)
    return _connect(sender, signature, bound_signal, receiver)


def disconnect(sender: QtCore.QObject, signal: str, *target: Any) -> bool:
    """Undo `connect`; without a target, every connection of that signal."""
    return _disconnect(sender, _normalized(signal), _receiver(*target) if target else None)


def _receiver(*target: Any) -> Callable[..., Any]:
    if len(target) == 2 and isinstance(target[0], QtCore.QObject):
        qobject, slot = target
        return getattr(qobject, str(slot).partition("(")[0])
    if len(target) != 1 or not callable(target[0]):
        raise TypeError(
            f"connect() takes a signal and a callable, or a signal, a receiver and its slot; got {target!r}"
        )
    return target[0]


def _normalized(signal: str) -> str:
    return bytes(QtCore.QMetaObject.normalizedSignature(signal)).decode() if "(" in signal else signal


def _declared_signals(sender: QtCore.QObject) -> dict[str, str]:
    """Return what the stand-in's classes declare: C++ signature -> name of the PySide signal."""
    return {
        signature: name
        for base in reversed(type(sender).__mro__)
        for signature, name in base.__dict__.get("cpp_signals", {}).items()
    }


def _bound_signal(sender: QtCore.QObject, signature: str) -> Any | None:
    declared = _declared_signals(sender)
    name = signature.partition("(")[0]
    if signature in declared:
        name = declared[signature]
    elif name in declared.values() or sender.metaObject().indexOfSignal(signature) < 0:
        return None
    signal = _raw_signal(sender, name)
    types = re.findall(r"\((.*)\)", signature)[0] if signature not in declared else ""
    try:
        return signal[types] if types else signal
    except (IndexError, KeyError, TypeError):
        return signal


def _raw_signal(sender: QtCore.QObject, name: str) -> Any:
    value = getattr(sender, name)
    return value._bound_signal if isinstance(value, ScriptSignal) else value


def _first_signature(sender: QtCore.QObject, name: str) -> str:
    """Return the signature that the attribute `name` stands for: the first one that the class declares."""
    for signature, declared in _declared_signals(sender).items():
        if declared == name:
            return signature
    meta = sender.metaObject()
    for index in range(meta.methodCount()):
        method = meta.method(index)
        if bytes(method.name()).decode() == name and method.methodType() == QtCore.QMetaMethod.Signal:
            return bytes(method.methodSignature()).decode()
    raise AttributeError(f"{sender.className()} has no signal '{name}'")


def _connect(sender: QtCore.QObject, signature: str, bound_signal: Any, receiver: Callable[..., Any]) -> bool:
    key = (shiboken6.getCppPointer(sender)[0], signature)
    if key not in _connections:
        _connections[key] = []
        _raw_signal(sender, "destroyed").connect(lambda *_, key=key: _connections.pop(key, None))
    adaptor = _adaptor(receiver, _argument_count(signature))
    bound_signal.connect(adaptor)
    _connections[key].append(_Connection(receiver, adaptor, bound_signal))
    return True


def _disconnect(sender: QtCore.QObject, signature: str, receiver: Callable[..., Any] | None) -> bool:
    connections = _connections.get((shiboken6.getCppPointer(sender)[0], signature), [])
    ended = [connection for connection in connections if receiver is None or connection.callable == receiver]
    for connection in ended:
        connection.bound_signal.disconnect(connection.adaptor)
        connections.remove(connection)
    return bool(ended)


def _argument_count(signature: str) -> int:
    arguments = signature.partition("(")[2].rpartition(")")[0]
    return 0 if not arguments else 1 + re.sub(r"<[^<>]*>", "", arguments).count(",")


def _adaptor(receiver: Callable[..., Any], offered: int) -> Callable[..., Any]:
    """Wrap a slot: drop surplus arguments as PythonQt does, print what it raises, keep the loop running."""
    accepted = min(offered, _accepted_count(receiver))

    def call(*arguments: Any) -> None:
        try:
            receiver(*arguments[:accepted])
        except Exception:
            sys.excepthook(*sys.exc_info())

    # PySide reads the number of arguments from the slot's signature, so each count has a function of its own.
    return (
        lambda: call(),
        lambda a: call(a),
        lambda a, b: call(a, b),
        lambda a, b, c: call(a, b, c),
        lambda a, b, c, d: call(a, b, c, d),
    )[offered]


def _accepted_count(receiver: Callable[..., Any]) -> float:
    """Count the positional arguments of a Python function or method; anything else takes all that come."""
    function = receiver.__func__ if isinstance(receiver, MethodType) else receiver
    if not isinstance(function, FunctionType) or function.__code__.co_flags & CO_VARARGS:
        return float("inf")
    return function.__code__.co_argcount - isinstance(receiver, MethodType)
