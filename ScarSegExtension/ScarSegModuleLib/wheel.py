"""The mouse wheel over a panel."""

from __future__ import annotations

import ctk
import qt
import slicer


def ignore_the_wheel(form: qt.QWidget) -> None:
    """Scrolling the panel must not change a setting by accident."""
    for combo in slicer.util.findChildren(form, className="ctkComboBox"):
        combo.scrollWheelEffect = ctk.ctkComboBox.NeverScroll
