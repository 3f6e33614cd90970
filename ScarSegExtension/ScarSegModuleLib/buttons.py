"""A disabled button says why."""

from __future__ import annotations

import qt


def set_ready(button: qt.QAbstractButton, reason: str, tip: str) -> None:
    """Enable a button with a tip; with a reason against it, disable it and let it say so."""
    button.enabled = not reason
    button.toolTip = reason or tip
