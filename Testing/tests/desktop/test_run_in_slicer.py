"""The script that runs the self-tests inside Slicer, tried on the stand-in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from Testing import run_in_slicer
from Testing.desktop.application import Desktop

TESTS = """
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleTest

class {name}(ScriptedLoadableModule):
    pass

class {name}Test(ScriptedLoadableModuleTest):
    def test_a_failure(self):
        assert self.prepared == 2
    def test_b_pass(self):
        assert self.prepared == 1
    def test_c_skip(self):
        self.skipTest("torch is not installed")
    def setUp(self):
        self.prepared = 1
"""


@pytest.fixture
def module_file(tmp_path: Path) -> Iterator[Path]:
    """A module whose three self-tests fail, pass and skip, on a path with a space."""
    path = tmp_path / "with space" / "Outcomes.py"
    path.parent.mkdir()
    path.write_text(TESTS.format(name="Outcomes"), encoding="utf-8")
    yield path
    sys.path[:] = [entry for entry in sys.path if entry != str(path.parent)]


def test_every_self_test_runs_and_failures_are_counted(
    desktop: Desktop, module_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in_slicer.load_modules([module_file])
    with desktop.testing():
        assert run_in_slicer.run_tests("Outcomes") == ["Outcomes.test_a_failure"]
    printed = capsys.readouterr()
    assert "Outcomes.test_b_pass: passed" in printed.out
    assert "Outcomes.test_c_skip: skipped (torch is not installed)" in printed.out
    assert "AssertionError" in printed.err


@pytest.mark.parametrize(("failed", "code"), [([], 0), (["ScarSegLV.test_x"], 1)])
def test_slicer_ends_with_the_outcome(
    desktop: Desktop,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    failed: list[str],
    code: int,
) -> None:
    import slicer.util

    codes: list[Any] = []
    monkeypatch.setattr(slicer.util, "exit", codes.append)
    monkeypatch.setattr(run_in_slicer, "run_tests", lambda name: failed if name == "ScarSegLV" else [])
    run_in_slicer.main()
    assert codes == [code]


def test_an_unexpected_error_ends_slicer_with_failure(
    desktop: Desktop,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import slicer.util

    codes: list[Any] = []
    monkeypatch.setattr(slicer.util, "exit", codes.append)
    monkeypatch.setattr(run_in_slicer, "module_files", lambda: (Path("/nowhere/Absent.py"),))
    run_in_slicer.main()
    assert codes == [1]


def test_scarseg_lv_is_among_the_modules() -> None:
    assert "ScarSegLV" in [path.stem for path in run_in_slicer.module_files()]
