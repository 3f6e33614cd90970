"""The desktop with the small module that these tests try it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from Testing.desktop.application import Desktop
from Testing.desktop.fixtures import desktop

__all__ = ["desktop"]

PROBE = Path(__file__).with_name("DeskProbe") / "DeskProbe.py"


@pytest.fixture
def probe(desktop: Desktop) -> Any:
    """The opened panel of the module DeskProbe."""
    if desktop.app.moduleManager().module("DeskProbe") is None:
        desktop.load_modules([PROBE])
    widget = desktop.open_module("DeskProbe")
    widget.events.clear()
    return widget
