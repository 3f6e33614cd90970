"""What a run learnt from, kept in its ``split.json``: it is continued on the same data, and named by them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scarseg_training.datasets.dataset import Dataset
from ScarSegLogic.errors import ScarSegError

NOT_DIGESTED = ("burden_percent",)
"""Facts of an entry that `scarseg-train check` adds and that change nothing that is learnt."""


@dataclass(frozen=True)
class DataRecord:
    """A dataset without its files.

    Attributes:
        name, licence, notice: See ``Dataset``.
        digest: SHA-256 of its entries, its layout and its label convention. Where its folder lies is not in it.
        patients: Whether its cases are patients' and not phantoms.
        phantoms: Name by which ``open_dataset`` makes phantoms again; None for data in files.
    """

    name: str
    licence: str
    notice: str
    digest: str
    patients: bool
    phantoms: str | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> DataRecord:
        """The record of a dataset."""
        return cls(
            name=dataset.name,
            licence=dataset.licence,
            notice=dataset.notice,
            digest=digest_of(dataset),
            patients=dataset.folder is not None,
            phantoms=dataset.phantoms,
        )


def digest_of(dataset: Dataset) -> str:
    """The same for the same cases, files, tiers and labels, on every machine."""
    entries = [
        {name: value for name, value in asdict(entry).items() if name not in NOT_DIGESTED} for entry in dataset.entries
    ]
    identity = [dataset.layout, dataset.label_scheme, dataset.phantoms, entries]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def records_of(document: Mapping[str, Any]) -> tuple[DataRecord, ...]:
    """The records in a ``split.json``; none in that of a run that is older than they are.

    Raises:
        ScarSegError: They are not of this version.
    """
    try:
        return tuple(DataRecord(**record) for record in document.get("data", ()))
    except TypeError as error:
        raise ScarSegError(f"the run does not say what it learnt from ({error}): train it again elsewhere") from None


def check_same_data(folder: object, before: Iterable[DataRecord], now: Iterable[DataRecord]) -> None:
    """Refuse to continue a run on data that are not its own. Raises ScarSegError."""
    before, now = tuple(before), tuple(now)
    if before and [record.digest for record in before] != [record.digest for record in now]:
        old, new = (" and ".join(record.name for record in records) for records in (before, now))
        raise ScarSegError(
            f"{folder} was started with other data ({old}) than are given now ({new}); their cases, files, tiers or "
            "labels differ: give its own data or choose another folder"
        )
