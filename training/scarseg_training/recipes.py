"""Every run by name: a recipe is a function that returns a frozen config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scarseg_training.samples import Framing
from ScarSegLogic.errors import ScarSegError

FIRST_TRAINING_SEED = 100_000
"""Phantom seeds from here on belong to training; tests and benchmarks use smaller ones."""


@dataclass(frozen=True)
class RunConfig:
    """A training run, resolved.

    Attributes:
        recipe: Its name.
        task: ``lv_anatomy`` or ``lv_scar``; also the network's name.
        emidec: Whether EMIDEC's train cases are used.
        phantoms: How many phantoms are made.
        validation_every: Each this many-th EMIDEC case (or phantom, without EMIDEC) is held out for validation.
        epochs, samples_per_epoch, batch_size: Length of the run; each epoch draws with replacement.
        emidec_share: Share of the draws that are EMIDEC slices, where both are used.
        learning_rate: Peak of a one-cycle schedule.
        weight_decay: Of AdamW.
        ema_decay: Of the averaged weights that are exported.
        precision: Lightning Fabric's name of the arithmetic.
        seed: Of everything random.
        framing: Crop geometry.
        network_config: Fields of the network's config.
    """

    recipe: str
    task: str
    emidec: bool
    phantoms: int
    epochs: int = 60
    samples_per_epoch: int = 640
    batch_size: int = 16
    emidec_share: float = 0.8
    validation_every: int = 11
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    ema_decay: float = 0.995
    precision: str = "bf16-mixed"
    seed: int = 0
    framing: Framing = field(default_factory=Framing)
    network_config: Mapping[str, Any] = field(default_factory=dict)


def small_lv_anatomy_emidec() -> RunConfig:
    """Cavity, myocardium with infarct, and RV insertions from EMIDEC's train cases and phantoms."""
    return RunConfig("small_lv_anatomy_emidec", task="lv_anatomy", emidec=True, phantoms=60, epochs=160)


def small_lv_scar_emidec() -> RunConfig:
    """Infarct and MVO from EMIDEC's train cases and phantoms."""
    return RunConfig("small_lv_scar_emidec", task="lv_scar", emidec=True, phantoms=60, epochs=100)


def small_lv_anatomy_phantom() -> RunConfig:
    """The anatomy network from phantoms alone."""
    return RunConfig("small_lv_anatomy_phantom", task="lv_anatomy", emidec=False, phantoms=120, epochs=20)


def small_lv_scar_phantom() -> RunConfig:
    """The scar network from phantoms alone."""
    return RunConfig("small_lv_scar_phantom", task="lv_scar", emidec=False, phantoms=120, epochs=30)


RECIPES: dict[str, Callable[[], RunConfig]] = {
    recipe.__name__: recipe
    for recipe in (
        small_lv_anatomy_emidec,
        small_lv_scar_emidec,
        small_lv_anatomy_phantom,
        small_lv_scar_phantom,
    )
}


def recipe_named(name: str) -> RunConfig:
    """Look a recipe up. Raises ScarSegError with the known names."""
    if name not in RECIPES:
        raise ScarSegError(f"unknown recipe '{name}': expected one of {', '.join(RECIPES)}")
    return RECIPES[name]()
