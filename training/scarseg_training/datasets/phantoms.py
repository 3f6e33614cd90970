"""Phantoms as a dataset, made when they are read.

A name says which: ``phantoms:lv:COUNT`` or ``phantoms:la:COUNT``, with options behind another colon, as in
``phantoms:lv:60:labels=observer,tiers=even,first_seed=200000``:

- ``labels``: ``truth`` (default), or ``observer``: what one of the simulated readers drew, another reader from phantom
  to phantom, as labels of clinical data are one person's. The cases keep their names, so that what was trained on a
  reader's labels can be judged on the truth of the same phantoms.
- ``tiers``: ``drawn`` (default) as contrast, noise and scar fall, or ``even``: easy, medium and hard in turn.
- ``first_seed``: of the first phantom; seeds count up from it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import Dataset
from scarseg_training.datasets.entry import CaseEntry
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.phantom.la_config import LAPhantomConfig
from ScarSegLogic.phantom.la_phantom import make_la_phantom
from ScarSegLogic.phantom.tiers import Tier
from ScarSegLogic.volume import LabelMap

PREFIX = "phantoms:"
FIRST_TRAINING_SEED = 100_000
"""Phantom seeds from here on belong to training; tests and benchmarks use smaller ones."""
READERS = 3
"""Simulated readers of every phantom (ours)."""


@dataclass(frozen=True)
class PhantomOptions:
    """What stands behind the count in a dataset's name; see the module."""

    labels: str = "truth"
    tiers: str = "drawn"
    first_seed: int = FIRST_TRAINING_SEED

    def chosen(self) -> list[str]:
        """The options that are not the defaults, as a name holds them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return [f"{key}={value}" for key, value in values.items() if value != getattr(PhantomOptions, key)]


@dataclass(frozen=True)
class LVPhantomReader:
    """Makes the phantom of an entry."""

    options: PhantomOptions

    def read(self, entry: CaseEntry) -> Case:
        """Make a phantom: 0.3 s; the same bytes every time."""
        seed, tier = _seed_and_tier(entry, self.options)
        phantom = make_lv_phantom(LVPhantomConfig(seed=seed, tier=tier, observer_count=READERS))
        labels = phantom.labels if self.options.labels == "truth" else phantom.observers[seed % READERS]
        return Case(
            entry.case,
            entry.patient,
            phantom.image.array,
            _masks(labels),
            phantom.image.geometry.spacing_kji_mm,
            observers=tuple(observer.array >= SCAR for observer in phantom.observers),
            insertions_ji=np.asarray(phantom.insertions_kji, dtype=np.float64),
            tier=phantom.truth.tier.number,
            cohort=entry.cohort,
            phase=entry.phase,
        )


@dataclass(frozen=True)
class LAPhantomReader:
    """Makes the atrial phantom of an entry."""

    options: PhantomOptions

    def read(self, entry: CaseEntry) -> Case:
        """Make a phantom: about 5 s; the same bytes every time. Its tier is that of the entry."""
        seed, tier = _seed_and_tier(entry, self.options)
        drawn = self.options.labels == "observer"
        readers = READERS if drawn else 0
        phantom = make_la_phantom(LAPhantomConfig(seed=seed, tier=tier, observer_count=readers, with_truth=False))
        scar = phantom.observers[seed % READERS].array >= SCAR if drawn else phantom.scar.array > 0
        cavity = phantom.observers[seed % READERS].array == CAVITY if drawn else phantom.cavity.array > 0
        return Case(
            entry.case,
            entry.patient,
            phantom.image.array,
            {"la_cavity": cavity, "la_scar": scar},
            phantom.image.geometry.spacing_kji_mm,
            observers=tuple(observer.array >= SCAR for observer in phantom.observers),
            tier=entry.tier,
            cohort=entry.cohort,
            phase=entry.phase,
        )


READERS_OF_KIND = {"lv": LVPhantomReader, "la": LAPhantomReader}


def phantom_dataset(name: str) -> Dataset:
    """The phantoms of a name such as ``phantoms:lv:60``. Raises ScarSegError for a name that is none."""
    kind, count, options = _parsed(name)
    seeds = range(options.first_seed, options.first_seed + count)
    entries = tuple(
        CaseEntry(
            f"phantom_{seed}",
            f"phantom_{seed}",
            tier=index % len(Tier) if options.tiers == "even" else None,
            tier_source="automatic" if options.tiers == "even" else None,
            cohort="phantoms",
        )
        for index, seed in enumerate(seeds)
    )
    chosen = options.chosen()
    return Dataset(
        f"{count} {kind.upper()} phantoms" + (f" ({', '.join(chosen)})" if chosen else ""),
        None,
        entries,
        READERS_OF_KIND[kind](options),
        "phantoms",
        licence="Apache-2.0",
        phantoms=":".join([f"{PREFIX}{kind}:{count}", *([",".join(chosen)] if chosen else [])]),
    )


def _parsed(name: str) -> tuple[str, int, PhantomOptions]:
    kind, count, *rest = [*name.removeprefix(PREFIX).split(":"), ""][:3] if ":" in name else ["", "", ""]
    if kind not in READERS_OF_KIND or not count.isdecimal() or int(count) < 1:
        raise ScarSegError(
            f"'{name}' names no phantoms: expected phantoms:lv:COUNT or phantoms:la:COUNT, for example phantoms:lv:60"
        )
    values: dict[str, str | int] = {}
    known = {field.name for field in fields(PhantomOptions)}
    for part in filter(None, rest[0].split(",")):
        key, _, value = part.partition("=")
        if key not in known:
            raise ScarSegError(f"'{name}' has the unknown option '{key}': expected {', '.join(sorted(known))}")
        values[key] = value
    _check_choice(name, "labels", values, ("truth", "observer"))
    _check_choice(name, "tiers", values, ("drawn", "even"))
    if "first_seed" in values:
        if not str(values["first_seed"]).isdecimal():
            raise ScarSegError(f"'{name}': first_seed is '{values['first_seed']}', expected a whole number from 0 on")
        values["first_seed"] = int(values["first_seed"])
    return kind, int(count), PhantomOptions(**values)


def _check_choice(name: str, key: str, values: dict[str, str | int], choices: tuple[str, ...]) -> None:
    if key in values and values[key] not in choices:
        raise ScarSegError(f"'{name}': {key} is '{values[key]}', expected {' or '.join(choices)}")


def _seed_and_tier(entry: CaseEntry, options: PhantomOptions) -> tuple[int, Tier | None]:
    even = options.tiers == "even" and entry.tier is not None
    return int(entry.case.removeprefix("phantom_")), list(Tier)[entry.tier] if even else None


def _masks(labels: LabelMap) -> dict[str, np.ndarray]:
    array = labels.array
    return {
        "cavity": array == CAVITY,
        "myocardium": array >= MYOCARDIUM,
        "scar": array >= SCAR,
        "mvo": array == MVO,
    }
