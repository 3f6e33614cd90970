"""Keeps widgets and the fields of a request in step, without storms of signals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ctk
import qt

Choices = Sequence[tuple[str, str]]
"""Values with what the user reads."""


class FieldBindings:
    """Each widget shows one field; a user's change is handed on, a shown value is not."""

    def __init__(self, change: Callable[[str, Any], None]) -> None:
        """``change(field, value)`` is called when the user changed a widget."""
        self._change = change
        self._showers: list[Callable[[Any], None]] = []
        self._showing = False

    def combo(self, combo: ctk.ctkComboBox, field: str, choices: Choices, kind: Callable[[str], Any] = str) -> None:
        """Bind a combo box; ``kind`` makes the field's value of the text that stands for it."""
        fill_combo(combo, choices)
        combo.connect("currentIndexChanged(int)", lambda _index: self._edit(field, kind(current_choice(combo))))
        self._showers.append(lambda request: show_choice(combo, str(getattr(request, field))))

    def number(self, widget: qt.QWidget, field: str) -> None:
        """Bind a slider or spin box. A field without a value leaves it as it is."""
        widget.connect("valueChanged(double)", lambda value: self._edit(field, value))

        def show(request: Any) -> None:
            value = getattr(request, field)
            if value is not None and widget.value != value:
                widget.value = value

        self._showers.append(show)

    def check(self, box: qt.QCheckBox, field: str) -> None:
        box.connect("toggled(bool)", lambda checked: self._edit(field, checked))

        def show(request: Any) -> None:
            box.checked = getattr(request, field)

        self._showers.append(show)

    def show(self, request: Any) -> None:
        """Let the widgets follow the request, a dataclass that has every bound field."""
        self._showing = True
        try:
            for show in self._showers:
                show(request)
        finally:
            self._showing = False

    def _edit(self, field: str, value: Any) -> None:
        if not self._showing:
            self._change(field, value)


def fill_combo(combo: ctk.ctkComboBox, choices: Choices) -> None:
    """Replace the items."""
    combo.clear()
    for value, text in choices:
        combo.addItem(text, str(value))


def current_choice(combo: ctk.ctkComboBox) -> str:
    return combo.itemData(combo.currentIndex)


def show_choice(combo: ctk.ctkComboBox, value: str) -> None:
    """Select a value; one that the box lacks (a model elsewhere on the disk) is added under its own name."""
    index = combo.findData(value)
    if index < 0:
        combo.addItem(value, value)
        index = combo.findData(value)
    combo.currentIndex = index
