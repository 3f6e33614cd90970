"""Imports a part of what the modules share without Slicer's desktop, and leaves no trace of it."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from Testing.tests.packaging.configured import REPOSITORY

LIBRARY = "ScarSegModuleLib"


@contextmanager
def imported_part(name: str, **slicer_modules: types.ModuleType) -> Iterator[types.ModuleType]:
    """The module ``ScarSegModuleLib.<name>``, freshly imported, with ``slicer.i18n`` and the given parts of slicer."""
    slicer = importlib.import_module("slicer")
    translation = types.ModuleType("slicer.i18n")
    translation.tr = lambda text: text
    given = {"i18n": translation, **slicer_modules}
    before = _without_library()
    try:
        with (
            mock.patch.dict(sys.modules, {f"slicer.{key}": module for key, module in given.items()}),
            mock.patch.object(sys, "path", [str(REPOSITORY / "ScarSegExtension"), *sys.path]),
            mock.patch.multiple(slicer, create=True, **given),
        ):
            yield importlib.import_module(f"{LIBRARY}.{name}")
    finally:
        _without_library()
        sys.modules.update(before)


def _without_library() -> dict[str, types.ModuleType]:
    """Forget the library's modules and return what was loaded of them."""
    loaded = {key: module for key, module in sys.modules.items() if key.split(".")[0] == LIBRARY}
    for key in loaded:
        del sys.modules[key]
    return loaded
