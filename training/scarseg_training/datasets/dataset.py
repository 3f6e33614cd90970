"""A dataset: what it holds, under which terms, and how its cases are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.entry import CaseEntry, SplitName
from ScarSegLogic.errors import ScarSegError


class CaseReader(Protocol):
    """How an entry becomes a case."""

    def read(self, entry: CaseEntry) -> Case:
        """Read or make the case. Raises ScarSegError naming it."""
        ...


@dataclass(frozen=True)
class Dataset:
    """Labelled studies.

    Attributes:
        name: What runs and reports call it.
        folder: Where it lies; None for phantoms.
        entries: Its cases, each name once.
        reader: Reads them.
        layout: How its files are named, see ``layouts``; "phantoms" where there are none.
        label_scheme: Convention of its label maps; None where it has single masks.
        licence: SPDX name or a sentence.
        notice: What a model trained on it must say; empty where nothing.
        phantoms: The name by which ``open_dataset`` makes its phantoms again; None for data of patients.
    """

    name: str
    folder: Path | None
    entries: tuple[CaseEntry, ...]
    reader: CaseReader
    layout: str
    label_scheme: str | None = None
    licence: str = "unknown"
    notice: str = ""
    phantoms: str | None = None

    def __post_init__(self) -> None:
        names = [entry.case for entry in self.entries]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ScarSegError(f"the dataset {self.name} holds the cases {', '.join(twice[:5])} more than once: rename")

    def read(self, entry: CaseEntry) -> Case:
        """Read one case. Raises ScarSegError naming the case."""
        return self.reader.read(entry)

    def read_all(self, entries: Iterable[CaseEntry] | None = None) -> Iterator[Case]:
        """Read cases one after the other; all of them by default."""
        return (self.read(entry) for entry in (self.entries if entries is None else entries))

    def of_split(self, split: SplitName) -> tuple[CaseEntry, ...]:
        """The entries that the dataset itself gives to a part."""
        return tuple(entry for entry in self.entries if entry.split == split)

    def named(self, names: Iterable[str]) -> tuple[CaseEntry, ...]:
        """The entries of these cases, in their order. Raises ScarSegError for a name that is not there."""
        by_name = {entry.case: entry for entry in self.entries}
        wanted = list(names)
        if missing := [name for name in wanted if name not in by_name]:
            raise ScarSegError(f"the dataset {self.name} has no case {', '.join(missing[:5])}: it has {len(by_name)}")
        return tuple(by_name[name] for name in wanted)


def open_dataset(
    data: Path | str, *, layout: str | None = None, labels: str | None = None, with_excluded: bool = False
) -> Dataset:
    """Open a dataset without reading its images.

    Args:
        data: A folder, a ``dataset.json``, or ``phantoms:lv:COUNT`` for phantoms made on the fly (see ``phantoms``).
        layout: The folder's layout by name, where its files do not tell.
        labels: The convention of its label maps, where it is not the layout's. With either, a folder is searched anew,
            whatever its ``dataset.json`` says.
        with_excluded: Also the cases that an earlier check left out.

    Raises:
        ScarSegError: There is no such folder, it is of no known layout or of several, its ``dataset.json`` is wrong, or
            a layout or labels were named for what is no folder.
    """
    from scarseg_training.datasets import dataset_json, phantoms
    from scarseg_training.datasets.layouts import open_folder

    path = Path(data)
    made = str(data).startswith(phantoms.PREFIX)
    if (made or path.is_file()) and (layout is not None or labels is not None):
        raise ScarSegError(
            f"{data} says itself how it is laid out and labelled: name a layout or labels of folders only"
        )
    if made:
        return phantoms.phantom_dataset(str(data))
    if path.is_file():
        return dataset_json.read_dataset(path, with_excluded=with_excluded)
    if not path.is_dir():
        raise ScarSegError(f"{path}: there is no such folder: give a dataset's folder, its dataset.json or phantoms")
    if layout is None and labels is None and dataset_json.is_dataset_json(path / dataset_json.NAME):
        return dataset_json.read_dataset(path / dataset_json.NAME, with_excluded=with_excluded)
    return open_folder(path, layout=layout, labels=labels)
