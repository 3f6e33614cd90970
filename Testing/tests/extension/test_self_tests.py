"""The module's own self-tests, as Slicer runs them with `--testing`."""

from __future__ import annotations

import sys
import unittest

import pytest


@pytest.mark.slow
def test_the_modules_self_tests_pass(desktop) -> None:
    assert len(desktop.run_self_tests("ScarSegLV")) >= 6
    assert desktop.slot_errors == []


def test_a_self_test_is_skipped_where_a_package_is_missing(desktop, monkeypatch) -> None:
    desktop.open_module("ScarSegLV")
    from ScarSegModuleLib import dependencies

    monkeypatch.setattr(dependencies, "REQUIREMENTS", ("a-package-that-nobody-has>=1",))
    test = sys.modules["ScarSegLV"].ScarSegLVTest("test_edits_are_logged_and_recomputed")
    result = unittest.TestResult()
    test.run(result)
    assert result.wasSuccessful()
    assert [reason for _test, reason in result.skipped] == ["not installed: a-package-that-nobody-has>=1"]
