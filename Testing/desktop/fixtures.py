"""Pytest fixtures for tests that need the desktop; a `conftest.py` imports what it uses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from Testing.desktop.application import Desktop


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    """The process's desktop with an empty scene; it is started by the first test that asks and lives until the end."""
    running = Desktop.start(quiet=True)
    running.clear()
    yield running
    running.clear()
