"""What a module remembers, in its parameter node: values as JSON, nodes as node references, through save and reload."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.observation import Observations
from ScarSegLogic.quantification.strict_json import check_schema_version, dataclass_from_json

SCHEMA_VERSION = 1
"""Of every dataclass that is kept; a change of fields that older scenes lack raises it."""

T = TypeVar("T")


class ParameterStore:
    """A ``vtkMRMLScriptedModuleNode`` that keeps dataclasses, JSON documents and references to nodes.

    The node follows the widgets by ``save`` and ``set_node``, the widgets follow the node by ``observe``. There are no
    storms: writing what is already there does nothing, several writes inside ``batch`` ring once, and observers ring
    only when a value or a reference really changed.
    """

    def __init__(self, parameter_node: Any) -> None:
        self.node = parameter_node
        self._observations = Observations()

    def load(self, cls: type[T], default: T | None = None) -> T:
        """The dataclass that was saved, else ``default``, else ``cls()``.

        Raises:
            ScarSegError: The stored values are of another version, incomplete or out of range.
        """
        document = self._document(cls.__name__)
        if document is None:
            return cls() if default is None else default
        check_schema_version(document, SCHEMA_VERSION, self._place(cls.__name__))
        entries = {key: value for key, value in document.items() if key != "schema_version"}
        return dataclass_from_json(cls, entries, self._place(cls.__name__))

    def save(self, value: Any) -> None:
        """Keep a dataclass of plain values, enumerations of texts, tuples and further dataclasses under its class name.

        Raises:
            ScarSegError: A number is not finite.
        """
        if not is_dataclass(value) or isinstance(value, type):
            raise TypeError(f"expected a dataclass instance, got {type(value).__name__}")
        if any(field.name == "schema_version" for field in fields(value)):
            raise TypeError(f"{type(value).__name__} must not have a field schema_version: the store writes its own")
        self._write(type(value).__name__, {"schema_version": SCHEMA_VERSION, **asdict(value)})

    def load_document(self, name: str) -> dict[str, Any] | None:
        """A JSON document that ``save_document`` kept, or None. Raises ScarSegError where it is no JSON."""
        return self._document(name)

    def save_document(self, name: str, document: Mapping[str, Any]) -> None:
        """Keep a JSON document that carries its own ``schema_version``, for example a result or a review.

        Raises:
            ScarSegError: A number in it is not finite.
        """
        if "schema_version" not in document:
            raise ValueError(f"the document '{name}' has no schema_version")
        self._write(name, document)

    def remove(self, name: str) -> None:
        """Forget a document, or a dataclass by its class name."""
        self.node.UnsetParameter(name)

    def referenced_node(self, role: str) -> Any | None:
        """The node of a role, or None: never set, or removed from the scene."""
        return self.node.GetNodeReference(role)

    def set_node(self, role: str, node: Any | None) -> None:
        """Refer to a node of the same scene by its role; None clears it."""
        self.node.SetNodeReferenceID(role, node.GetID() if node is not None else None)

    def observe(self, callback: Callable[[], None]) -> None:
        """Call back once after each change of a value or reference, whoever made it, also a removed node.

        A callback that writes in turn, as a widget does that corrects a value, rings again only if that changed
        something.
        """
        seen = self._snapshot()

        def on_modified(_caller: Any, _event: Any) -> None:
            nonlocal seen
            now = self._snapshot()
            if now != seen:
                seen = now
                callback()

        self._observations.observe(self.node, "ModifiedEvent", on_modified)

    def release(self) -> None:
        """Let all observers go; call it when the module is closed or takes another parameter node."""
        self._observations.release()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Several changes, one call of each observer at the end of the ``with`` block."""
        was_modifying = self.node.StartModify()
        try:
            yield
        finally:
            self.node.EndModify(was_modifying)

    def _document(self, name: str) -> dict[str, Any] | None:
        text = self.node.GetParameter(name)
        if not text:
            return None
        try:
            document = json.loads(text)
        except ValueError as error:
            raise ScarSegError(f"{self._place(name)} is not readable: reset the module's parameters") from error
        if not isinstance(document, dict):
            raise ScarSegError(f"{self._place(name)} is not a JSON object: reset the module's parameters")
        return document

    def _write(self, name: str, document: Mapping[str, Any]) -> None:
        try:
            text = json.dumps(document, allow_nan=False)
        except ValueError as error:
            raise ScarSegError(f"{self._place(name)} holds a number that is not finite: correct it first") from error
        self.node.SetParameter(name, text)

    def _place(self, name: str) -> str:
        return f"the entry {name} of the scene's '{self.node.GetName() or 'parameter node'}'"

    def _snapshot(self) -> tuple[Any, ...]:
        node = self.node
        values = {name: node.GetParameter(name) for name in node.GetParameterNames()}
        roles: list[str] = []
        node.GetNodeReferenceRoles(roles)
        references = {role: node.GetNodeReferenceID(role) for role in roles}
        return values, {role: node_id for role, node_id in references.items() if node_id}
