"""Questions that only the user can answer."""

from __future__ import annotations

import slicer


def is_agreed(text: str, title: str) -> bool:
    """Ask with OK and Cancel. Self-tests agree: what Slicer's own function then returns is not what it documents."""
    if slicer.app.testingEnabled():
        return True
    return slicer.util.confirmOkCancelDisplay(text, windowTitle=title)
