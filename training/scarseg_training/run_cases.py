"""The cases of a run, divided by patient: the user's data, phantoms, or both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from scarseg_training.config import RunConfig
from scarseg_training.data_record import DataRecord
from scarseg_training.datasets.burdens import burdens_of
from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import Dataset, open_dataset
from scarseg_training.datasets.splits import Split, divide
from ScarSegLogic.errors import ScarSegError

SCARS = frozenset({"scar", "la_scar"})
"""What a heart may lack but a dataset may not: from empty masks alone no network learns to find anything."""


@dataclass(frozen=True)
class CaseList:
    """Cases of one dataset, read when they are needed."""

    dataset: Dataset
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Case]:
        return self.dataset.read_all(self.dataset.named(self.names))


@dataclass(frozen=True)
class RunCases:
    """What a run learns from and is tuned on.

    Attributes:
        split: The data's cases by part; phantoms that are only mixed in are not in it.
        training, validation: Of the data, or of the phantoms where there are no data.
        mixed_in: Phantoms that are learnt from beside the data.
        datasets: Where all of it comes from.
    """

    split: Split
    training: CaseList
    validation: CaseList
    mixed_in: CaseList | None = None

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Where the cases come from, the data first."""
        return (self.training.dataset, *([self.mixed_in.dataset] if self.mixed_in else []))

    @property
    def records(self) -> tuple[DataRecord, ...]:
        """The datasets as the run folder keeps them."""
        return tuple(DataRecord.of(dataset) for dataset in self.datasets)

    def tiers_sentence(self) -> str:
        """Who graded the cases to learn from: a curriculum on automatic tiers is another than one on experts'."""
        lists = (self.training, *([self.mixed_in] if self.mixed_in else []))
        entries = [entry for each in lists for entry in each.dataset.named(each.names)]
        experts = sum(entry.tier_source == "expert" for entry in entries)
        return f"tiers: {experts} by experts, {len(entries) - experts} automatic"

    def learnt_from(self) -> Iterator[Case]:
        """Every training case, the data's first."""
        return chain(self.training, self.mixed_in or ())

    def require(self, needs: Sequence[str], stage: str) -> None:
        """Make sure that a stage finds its masks, before the first epoch.

        Raises:
            ScarSegError: No training case, or no validation case, has all of them, or no training case has any scar to
                learn.
        """
        names = " and ".join(dataset.name for dataset in self.datasets)
        for part, cases in (("training", self.learnt_from()), ("validation", iter(self.validation))):
            if not any(has_masks(case, needs) for case in cases):
                raise ScarSegError(
                    f"stage '{stage}' needs the masks {', '.join(needs)}, which no {part} case of {names} has: give "
                    "other data or another recipe"
                )
        for scar in SCARS & set(needs):
            if not any(has_masks(case, needs) and case.masks[scar].any() for case in self.learnt_from()):
                raise ScarSegError(
                    f"stage '{stage}' learns scar, but in every training case of {names} the mask '{scar}' is empty: "
                    "give data with scar"
                )


def cases_of_run(config: RunConfig, data: Path | str | None = None, *, layout: str | None = None) -> RunCases:
    """Open and divide what a run learns from. Test cases are never read.

    Args:
        config: Says how to divide, and which phantoms are used.
        data: A dataset as ``open_dataset`` takes it; None for the recipe's phantoms alone.
        layout: Of the data, where its files do not tell.

    Raises:
        ScarSegError: The recipe needs data and none were given, or they cannot be opened or divided.
    """
    if data is None and (config.needs_data or config.phantoms is None):
        raise ScarSegError(
            f"the recipe {config.recipe} needs data: give their folder with --data (`scarseg-train list` says which)"
        )
    dataset = open_dataset(config.phantoms if data is None else data, layout=layout)
    split = divide(dataset.entries, _burdens(dataset), config.split)
    mixed_in = None
    if data is not None and config.phantoms is not None and config.real_share is not None:
        phantoms = open_dataset(config.phantoms)
        # Data that are phantoms themselves: those that are validated or tested on must not be learnt from as well.
        given = {entry.case for entry in dataset.entries}
        others = tuple(entry.case for entry in phantoms.entries if entry.case not in given)
        mixed_in = CaseList(phantoms, others) if others else None
    return RunCases(split, CaseList(dataset, split.train), CaseList(dataset, split.validation), mixed_in)


def has_masks(case: Case, needs: Sequence[str]) -> bool:
    """Whether somebody marked all of these structures in a case."""
    return all(name in case.masks for name in needs)


def _burdens(dataset: Dataset) -> dict[str, float | None]:
    """Burdens to stratify by; phantoms are alike enough to be divided at random, and are made only once."""
    return {} if dataset.folder is None else burdens_of(dataset)
