"""The module's own self-tests, as Slicer runs them with `--testing`."""

from __future__ import annotations

import pytest


@pytest.mark.slow
def test_the_modules_self_tests_pass(desktop) -> None:
    assert len(desktop.run_self_tests("ScarSegLV")) >= 6
    assert desktop.slot_errors == []
