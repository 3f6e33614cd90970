"""Several datasets as one, so that a network learns from some cohorts and is tested on others.

    {"schema_version": 1, "kind": "scarseg_dataset", "name": "all", "parts": ["emidec", "../myosaiq", "phantoms:lv:60"]}

Parts are folders, ``dataset.json`` files or phantoms; paths are relative to the file. Each keeps its own layout and
convention. Cases and patients get their part's name in front, because "patient1" of two challenges are two people.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import CaseReader, Dataset
from scarseg_training.datasets.entry import CaseEntry
from ScarSegLogic.errors import ScarSegError

SEPARATOR = "-"


@dataclass(frozen=True)
class JoinedReader:
    """Reads each case by the reader of its part.

    Attributes:
        readers: Name and reader of every part.
    """

    readers: tuple[tuple[str, CaseReader], ...]

    def read(self, entry: CaseEntry) -> Case:
        """The case under its name in the whole. Raises ScarSegError naming the case."""
        part, reader = next(
            (part, reader) for part, reader in self.readers if entry.case.startswith(f"{part}{SEPARATOR}")
        )
        prefix = f"{part}{SEPARATOR}"
        inner = dataclasses.replace(
            entry, case=entry.case.removeprefix(prefix), patient=entry.patient.removeprefix(prefix)
        )
        return dataclasses.replace(reader.read(inner), case=entry.case, patient=entry.patient)


def joined(name: str, parts: Sequence[Dataset]) -> Dataset:
    """One dataset of several.

    Args:
        name: Of the whole.
        parts: With names of their own.

    Raises:
        ScarSegError: There are none, or a part's name begins like another's.
    """
    if not parts:
        raise ScarSegError(f"the dataset {name} has no parts: name folders under 'parts'")
    prefixes = [f"{part.name}{SEPARATOR}" for part in parts]
    for number, prefix in enumerate(prefixes):
        if any(other.startswith(prefix) for index, other in enumerate(prefixes) if index != number):
            raise ScarSegError(
                f"two parts of {name} are called alike ({', '.join(part.name for part in parts)}), so their cases "
                "cannot be told apart: rename a folder"
            )
    entries = tuple(
        dataclasses.replace(entry, case=prefix + entry.case, patient=prefix + entry.patient)
        for prefix, part in zip(prefixes, parts, strict=True)
        for entry in part.entries
    )
    return Dataset(
        name,
        next((part.folder for part in parts if part.folder is not None), None),
        entries,
        JoinedReader(tuple((part.name, part.reader) for part in parts)),
        "joined",
        licence="; ".join(dict.fromkeys(part.licence for part in parts)),
        notice="; ".join(dict.fromkeys(part.notice for part in parts if part.notice)),
    )
