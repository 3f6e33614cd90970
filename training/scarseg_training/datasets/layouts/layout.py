"""What a layout is: how a folder names its files, what their values mean and on which terms they come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scarseg_training.datasets.entry import CaseEntry


@dataclass(frozen=True)
class Layout:
    """One way datasets lie on disk.

    Attributes:
        name: By which it is chosen, and the cohort of its cases.
        files: How its files are named, for people.
        find: Finds its cases in a folder; none where the folder is of another layout.
        label_scheme: Convention of its label maps; None where its masks are single.
        nominal_spacing_kji_mm: Of pictures, which carry no spacing.
        licence, notice: Terms, see ``Dataset``.
    """

    name: str
    files: str
    find: Callable[[Path], list[CaseEntry]]
    label_scheme: str | None = None
    nominal_spacing_kji_mm: tuple[float, float, float] | None = None
    licence: str = "unknown"
    notice: str = ""


def matching(folder: Path, pattern: str, glob: str) -> Iterator[tuple[re.Match[str], Path]]:
    """The paths below a folder whose name matches a regular expression as a whole, sorted; hidden ones left out.

    Args:
        folder: Searched with all folders in it.
        pattern: Of the name, without its folder.
        glob: Cheaper than the pattern and wider: what to look at.
    """
    for path in sorted(folder.rglob(glob)):
        match = re.fullmatch(pattern, path.name)
        if match and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield match, path


def relative(path: Path, folder: Path) -> tuple[str, ...]:
    """A path as an entry's ``files`` hold it: from the dataset's folder, with forward slashes."""
    return (path.relative_to(folder).as_posix(),)
