"""``split.json``: which cases a dataset itself keeps for training, validation and testing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from scarseg_training.datasets.entry import CaseEntry
from ScarSegLogic.errors import ScarSegError

NAME = "split.json"
PARTS = ("train", "validation", "test")


def with_split(entries: Sequence[CaseEntry], path: Path) -> list[CaseEntry]:
    """The entries with the part that the file gives them; as they are where there is no file.

    Args:
        entries: The cases found.
        path: JSON: lists of case names under "train", "test" and, where wanted, "validation".

    Raises:
        ScarSegError: The file is not of this form, names a case twice or one that is not there.
    """
    if not path.is_file():
        return list(entries)
    parts = _read(path)
    part_of: dict[str, str] = {}
    for part, names in parts.items():
        for name in names:
            if name in part_of:
                raise ScarSegError(f"{path} has the case {name} in '{part_of[name]}' and again in '{part}': keep one")
            part_of[name] = part
    if missing := sorted(set(part_of) - {entry.case for entry in entries}):
        raise ScarSegError(
            f"{path} names the case {missing[0]} ({len(missing)} such), which its folder lacks: "
            "complete the folder or take the name out"
        )
    return [dataclasses.replace(entry, split=part_of.get(entry.case, entry.split)) for entry in entries]


def _read(path: Path) -> dict[str, list[str]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScarSegError(f"{path} cannot be read as JSON ({error}): write it again") from error
    well_formed = isinstance(document, dict) and all(
        part in PARTS and isinstance(names, list) and all(isinstance(name, str) for name in names)
        for part, names in document.items()
        if part != "schema_version"
    )
    if not well_formed:
        raise ScarSegError(f"{path}: expected lists of case names under {', '.join(PARTS)}")
    return {part: names for part, names in document.items() if part != "schema_version"}
