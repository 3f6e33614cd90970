"""Widget files are thin: no arrays, no threads, no long files or slots; what computes lies in ScarSegLogic."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

EXTENSION = Path(__file__).resolve().parents[3] / "ScarSegExtension"
MODULES = sorted(path for path in EXTENSION.glob("*/*.py") if path.stem == path.parent.name)
FILES = sorted([*MODULES, *EXTENSION.glob("*/*Lib/*.py"), *EXTENSION.glob("ScarSegModuleLib/*.py")])
WIDGETS = [
    path
    for path in FILES
    if path.stem.endswith("_section")
    or path in MODULES
    or path.stem in ("panel", "session", "bindings", "buttons", "slice_table", "job_runner", "delay")
]
SLOT_LINES = 5


def imported(path: Path) -> set[str]:
    """Top names of everything that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", WIDGETS, ids=lambda path: path.stem)
def test_widgets_know_no_arrays_and_no_networks(path: Path) -> None:
    assert imported(path) & {"numpy", "scipy", "torch", "monai", "SimpleITK", "vtk"} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_file_is_long_or_uses_threads_or_imp(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300
    assert imported(path) & {"threading", "imp", "multiprocessing", "concurrent"} == set()


@pytest.mark.parametrize("path", WIDGETS, ids=lambda path: path.stem)
def test_a_slot_is_at_most_five_lines(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("_on_", "on_")):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= SLOT_LINES, f"{path.name}: {node.name} has {lines} lines"
