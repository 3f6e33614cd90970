"""Runs the modules' own self-tests inside Slicer and ends it with 0 or 1.

    Slicer --no-splash --testing --python-script Testing/run_in_slicer.py

Modules that Slicer does not know yet are loaded from the source tree. The same test classes run on the desktop stand-in
(`make test`) and by CTest.
"""

from __future__ import annotations

import sys
import traceback
import unittest
from collections.abc import Iterable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]


def module_files() -> tuple[Path, ...]:
    """Return the files of ScarSeg's modules in the source tree."""
    return tuple(sorted(path for path in REPOSITORY.glob("ScarSegExtension/*/*.py") if path.stem == path.parent.name))


def load_modules(files: Iterable[Path]) -> None:
    """Load the modules that Slicer does not know yet.

    Raises:
        RuntimeError: Slicer could not load one.
    """
    import qt
    import slicer

    factory = slicer.app.moduleManager().factoryManager()
    missing = [path for path in files if not factory.isLoaded(path.stem)]
    for path in missing:
        factory.registerModule(qt.QFileInfo(str(path)))
    if missing and not factory.loadModules([path.stem for path in missing]):
        raise RuntimeError(f"Slicer could not load {', '.join(path.stem for path in missing)}; see its log.")


def run_tests(module_name: str) -> list[str]:
    """Run every self-test of a module, each after `setUp`; one failure does not keep the others from running.

    Returns:
        the tests that failed, as "Module.test".
    """
    test_class = getattr(sys.modules[module_name], f"{module_name}Test")
    failed = []
    names = test_class().moduleTestNames
    if not names:
        print(f"{module_name}Test has no test.")
        return [f"{module_name}.no test"]
    test_class.setUpClass()
    for name in names:
        label = f"{module_name}.{name}"
        outcome = _run_one(test_class(), name)
        print(f"{label}: {outcome}", flush=True)
        if outcome == "FAILED":
            failed.append(label)
    test_class.tearDownClass()
    return failed


def _run_one(test: Any, name: str) -> str:
    test.messageDelay = 0
    try:
        test.setUp()
        try:
            getattr(test, name)()
        finally:
            test.tearDown()
            test.doCleanups()
    except unittest.SkipTest as reason:
        return f"skipped ({reason})"
    except Exception:
        traceback.print_exc()
        return "FAILED"
    return "passed"


def main() -> None:
    """Run the self-tests of every module and end Slicer."""
    import slicer.util

    code = slicer.util.EXIT_FAILURE
    try:
        if str(REPOSITORY) not in sys.path:
            sys.path.insert(0, str(REPOSITORY))
        files = module_files()
        load_modules(files)
        failed = [label for path in files for label in run_tests(path.stem)]
        print(f"{len(failed)} self-tests failed: {', '.join(failed)}" if failed else "All self-tests passed.")
        code = slicer.util.EXIT_FAILURE if failed else slicer.util.EXIT_SUCCESS
    except Exception:
        traceback.print_exc()
    slicer.util.exit(code)


if __name__ == "__main__":
    main()
