"""Undo without a Segment Editor widget: its history belongs to the editor's logic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ScarSegLogic.errors import ScarSegError


def save_state_of(editor_logic: Any) -> Callable[[], None]:
    """What ``write_masks`` calls before it changes anything, for a ``vtkSlicerSegmentEditorLogic``.

    In Slicer pass ``editor_widget.saveStateForUndo`` instead.

    Raises:
        ScarSegError: By the function that is returned, where the editor cannot save the state: nothing is changed then.
    """

    def save_state() -> None:
        if not editor_logic.SaveStateForUndo():
            raise ScarSegError(
                "the Segment Editor could not save a state for undo: choose the segmentation in it first"
            )

    return save_state
