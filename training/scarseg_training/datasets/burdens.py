"""The scar burden of every case, by which splits are stratified."""

from __future__ import annotations

from collections.abc import Iterable

from scarseg_training.datasets.dataset import Dataset
from scarseg_training.datasets.entry import CaseEntry


def burdens_of(dataset: Dataset, entries: Iterable[CaseEntry] | None = None) -> dict[str, float | None]:
    """Scar burden in percent by case; None where no scar was marked.

    What ``dataset.json`` holds is taken from there; only cases without are read. The dataset's own test cases are
    never read for it: no split draws them.

    Raises:
        ScarSegError: A case cannot be read; the sentence names it.
    """
    burdens: dict[str, float | None] = {}
    for entry in dataset.entries if entries is None else entries:
        if entry.burden_percent is not None or entry.split == "test":
            burdens[entry.case] = entry.burden_percent
        else:
            burdens[entry.case] = dataset.read(entry).scar_burden_percent
    return burdens
