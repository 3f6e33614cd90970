"""Frozen dataclasses from JSON, strictly: what is missing, unknown or of another type is refused by its place."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from ScarSegLogic.errors import ScarSegError

T = TypeVar("T")


def dataclass_from_json(cls: type[T], document: Any, place: str) -> T:
    """Build a dataclass from the dictionary of its fields.

    Fields may be ``bool``, ``int``, ``float``, ``str``, a ``StrEnum``, another such dataclass, a tuple or a dictionary
    of these, or None where the type says so.

    Args:
        cls: A dataclass whose type hints are of these kinds.
        document: What JSON gave.
        place: What the message calls the document, for example ``request``.

    Raises:
        ScarSegError: A key is missing or unknown, a value has another type, or the dataclass refuses its values.
    """
    hints = _hints(cls)
    mapping = object_with_keys(document, hints, place)
    return cls(**{name: value_from_json(hint, mapping[name], f"{place}.{name}") for name, hint in hints.items()})


def value_from_json(hint: Any, value: Any, place: str) -> Any:
    """One value of the type ``hint``. Raises ScarSegError."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in arguments:
            return None
        (hint,) = (argument for argument in arguments if argument is not type(None))
        return value_from_json(hint, value, place)
    if origin is tuple:
        return _tuple(arguments, value, place)
    if origin is dict:
        return _dictionary(arguments, value, place)
    if is_dataclass(hint):
        return dataclass_from_json(hint, value, place)
    return _plain(hint, value, place)


def object_with_keys(document: Any, keys: typing.Iterable[str], place: str) -> Mapping[str, Any]:
    """The document as it is, if it is a dictionary with just these keys. Raises ScarSegError."""
    if not isinstance(document, Mapping):
        raise ScarSegError(f"{place} is {_shown(document)}: expected a JSON object")
    expected = set(keys)
    if unknown := sorted(map(str, set(document) - expected)):
        raise ScarSegError(f"{place} holds the unknown entries {unknown}: it was written by another ScarSeg version")
    if missing := sorted(expected - set(document)):
        raise ScarSegError(f"{place} lacks the entries {missing}: it is incomplete or of another ScarSeg version")
    return document


def check_schema_version(document: Any, expected: int, place: str) -> None:
    """Raises ScarSegError unless the document is a dictionary of this ``schema_version``."""
    found = document.get("schema_version") if isinstance(document, Mapping) else None
    if found != expected or isinstance(found, bool):
        raise ScarSegError(
            f"{place} has the schema_version {_shown(found)}, this ScarSeg reads {expected}: "
            "it needs another ScarSeg version"
        )


def _plain(hint: Any, value: Any, place: str) -> Any:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if value not in list(hint):
            raise ScarSegError(f"{place} is {_shown(value)}: expected one of {', '.join(hint)}")
        return hint(value)
    # In Python a bool is an int too; in JSON it is not.
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if hint in (bool, int, str) and type(value) is hint:
        return value
    raise ScarSegError(f"{place} is {_shown(value)}: expected {_KINDS[hint]}")


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def _tuple(hints: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ScarSegError(f"{place} is {_shown(value)}: expected a list")
    if hints[-1] is Ellipsis:
        hints = (hints[0],) * len(value)
    if len(value) != len(hints):
        raise ScarSegError(f"{place} has {len(value)} values: expected {len(hints)}")
    return tuple(
        value_from_json(hint, item, f"{place}.{index}")
        for index, (hint, item) in enumerate(zip(hints, value, strict=True))
    )


def _dictionary(hints: tuple[Any, ...], value: Any, place: str) -> dict[Any, Any]:
    """JSON's keys are texts: whole numbers are read back from them."""
    if not isinstance(value, Mapping):
        raise ScarSegError(f"{place} is {_shown(value)}: expected a JSON object")
    key_hint, item_hint = hints
    items = {}
    for key, item in value.items():
        if key_hint is int and not str(key).isdecimal():
            raise ScarSegError(f"{place} holds the key {_shown(key)}: expected whole numbers")
        items[key_hint(key)] = value_from_json(item_hint, item, f"{place}.{key}")
    return items


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


@cache
def _hints(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}
