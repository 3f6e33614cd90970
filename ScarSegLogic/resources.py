"""Where the files lie that ship with ScarSeg: model packages, protocols, sample studies."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSIDE = _PACKAGE / "Resources"

RESOURCES_FOLDER = _INSIDE if _INSIDE.is_dir() else _PACKAGE.parent / "Resources"
"""Beside ScarSegLogic in the source tree and in Slicer's build and install trees; inside it in a wheel, because a
folder ``Resources`` in site-packages would belong to everybody."""
