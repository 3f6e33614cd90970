"""Cases that are read once, though many runs learn from them: phantoms take longer to make than to learn from."""

from __future__ import annotations

import dataclasses
from functools import cache

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import CaseReader, Dataset
from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.run_cases import CaseList, RunCases


class CaseMemory:
    """A reader that keeps what it has read, as long as the process lives."""

    def __init__(self, reader: CaseReader) -> None:
        self._reader = reader
        self._read: dict[str, tuple[CaseEntry, Case]] = {}

    def read(self, entry: CaseEntry) -> Case:
        """The case of an entry; read anew where the entry is another than before."""
        known = self._read.get(entry.case)
        if known is None or known[0] != entry:
            known = (entry, self._reader.read(entry))
            self._read[entry.case] = known
        return known[1]


def remembered(dataset: Dataset) -> Dataset:
    """The dataset with a memory that all datasets of an equal reader share."""
    return dataclasses.replace(dataset, reader=_memory_of(dataset.reader))


def remembered_cases(cases: RunCases) -> RunCases:
    """The cases of a run with memories."""
    lists = {name: getattr(cases, name) for name in ("training", "validation", "mixed_in")}
    return dataclasses.replace(
        cases,
        **{name: each and CaseList(remembered(each.dataset), each.names) for name, each in lists.items()},
    )


@cache
def _memory_of(reader: CaseReader) -> CaseMemory:
    return CaseMemory(reader)
