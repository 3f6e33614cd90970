"""Listening to nodes, and letting them go again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Observations:
    """The observers that one owner has put on nodes.

    VTK keeps a callback, and with it the widget it belongs to, alive as long as the node lives: whoever observes must
    release. A paused owner hears nothing; what happened meanwhile is not told later.
    """

    def __init__(self) -> None:
        self._observers: list[tuple[Any, int]] = []
        self._paused = 0

    def observe(self, node: Any, event: int | str, callback: Callable[..., None]) -> None:
        """Call ``callback(caller, event)`` on each event, with the call data third where it asks for them.

        ``vtk.calldata_type`` on the callback works as with ``AddObserver``. None as node is ignored.
        """
        if node is None:
            return

        def heard(*arguments: Any) -> None:
            if not self._paused:
                callback(*arguments)

        if hasattr(callback, "CallDataType"):
            heard.CallDataType = callback.CallDataType
        self._observers.append((node, node.AddObserver(event, heard)))

    def release(self, node: Any = None) -> None:
        """Stop listening to one node, or to all."""
        kept = []
        for observed, tag in self._observers:
            if node is None or observed is node:
                observed.RemoveObserver(tag)
            else:
                kept.append((observed, tag))
        self._observers = kept

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hear nothing inside the ``with`` block; blocks may be nested."""
        self._paused += 1
        try:
            yield
        finally:
            self._paused -= 1

    def __len__(self) -> int:
        return len(self._observers)
