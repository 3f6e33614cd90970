"""``tiers.csv``: how difficult experts found cases or slices; what the grading module exports.

Columns, in any order, with a header line:

- ``case``: name of the case.
- ``slice``: index of the slice, counted from 0; empty, or the column left out, where the grade is the study's.
- ``tier``: 0, 1 or 2, or easy, medium, hard.
- ``reader``: who graded; may be left out. Each reader's last line of a case or slice counts.

Other columns are ignored. Several readers: the median of their tiers, the harder one of a tie (ours). A study of which
only slices were graded has the median of its slices.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from scarseg_training.datasets.entry import CaseEntry
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.phantom.tiers import Tier

NAME = "tiers.csv"
Grades = dict[tuple[str, int | None], dict[str, int]]
"""Tier by case and slice (None: the study), then by reader."""


def with_tiers(entries: Sequence[CaseEntry], path: Path) -> list[CaseEntry]:
    """The entries with the tiers of a file; as they are where there is no file.

    Raises:
        ScarSegError: A line names a case that is not there, or holds no tier; the sentence names the line.
    """
    if not path.is_file():
        return list(entries)
    grades = read_grades(path)
    if missing := sorted({case for case, _ in grades} - {entry.case for entry in entries}):
        raise ScarSegError(f"{path} grades the case {missing[0]} ({len(missing)} such), which the dataset lacks")
    return [_graded(entry, grades) for entry in entries]


def read_grades(path: Path) -> Grades:
    """Every grade of the file. Raises ScarSegError naming the line that is wrong."""
    grades: Grades = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        if rows.fieldnames is None or not {"case", "tier"} <= set(rows.fieldnames):
            raise ScarSegError(f"{path} has the columns {rows.fieldnames}: expected case, tier and, where known, "
                               "slice and reader")  # fmt: skip
        for row in rows:
            place = f"{path}, line {rows.line_num}"
            key = ((row["case"] or "").strip(), _slice(row.get("slice"), place))
            grades.setdefault(key, {})[(row.get("reader") or "").strip()] = _tier(row["tier"], place)
    return grades


def _graded(entry: CaseEntry, grades: Grades) -> CaseEntry:
    study = grades.get((entry.case, None), {})
    slices = {index: _median(readers.values()) for (case, index), readers in grades.items()
              if case == entry.case and index is not None}  # fmt: skip
    if not study and not slices:
        return entry
    slice_tiers = tuple(slices.get(index) for index in range(max(slices) + 1)) if slices else None
    tier = _median(study.values() if study else slices.values())
    return dataclasses.replace(entry, tier=tier, tier_source="expert", slice_tiers=slice_tiers)


def _median(tiers: Iterable[int]) -> int:
    ordered = sorted(tiers)
    return ordered[len(ordered) // 2]


def _tier(text: str | None, place: str) -> int:
    value = (text or "").strip().lower()
    names = {str(tier): tier.number for tier in Tier} | {str(tier.number): tier.number for tier in Tier}
    if value not in names:
        raise ScarSegError(f"{place}: the tier is '{text}', expected 0, 1, 2 or easy, medium, hard")
    return names[value]


def _slice(text: str | None, place: str) -> int | None:
    value = (text or "").strip()
    if value and not value.isdecimal():
        raise ScarSegError(f"{place}: the slice is '{text}', expected a whole number from 0 on, or nothing")
    return int(value) if value else None
