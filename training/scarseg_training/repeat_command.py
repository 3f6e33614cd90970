"""The commands that repeat a run and its evaluation, as cards and tables show them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from scarseg_training.config import RunConfig
from scarseg_training.data_record import DataRecord
from scarseg_training.datasets.dataset import open_dataset
from scarseg_training.recipes import recipe_named, recipes


def run_command(config: RunConfig, data: Sequence[DataRecord]) -> str:
    """What trains a run again: its options as far as they differ from the recipe's own numbers.

    Args:
        config: Of the run, resolved.
        data: What it learnt from, the data it was given first.
    """
    parts = ["scarseg-train", "run", config.recipe, *_data(config, data), "--out", "RUN", "--seed", str(config.seed)]
    if config.recipe in recipes():
        parts += _differing(config, recipe_named(config.recipe))
    return shlex.join(parts)


def data_word(phantoms: str | None) -> str:
    """What stands behind --data: phantoms are the same everywhere, a folder of patients is the reader's."""
    return phantoms or "DATA"


def _data(config: RunConfig, data: Sequence[DataRecord]) -> list[str]:
    own = open_dataset(config.phantoms).phantoms if config.phantoms is not None else None
    if not data or (data[0].phantoms is not None and data[0].phantoms == own):
        return []
    return ["--data", data_word(data[0].phantoms)]


def _differing(config: RunConfig, recipe: RunConfig) -> list[str]:
    options: list[str] = []
    pairs = list(zip(config.stages, recipe.stages, strict=False))
    if shortened := [stage.epochs for stage, own in pairs if stage.epochs != own.epochs]:
        options += ["--epochs", str(max(shortened))]
    if weights := [stage.initial_weights for stage, own in pairs if stage.initial_weights != own.initial_weights]:
        options += ["--weights", Path(str(weights[0])).name]
    split = config.split
    if split == recipe.split:
        return options
    if split.kind == "kfold":
        return [*options, "--fold", str(split.fold)]
    if split.kind == "leave_cohort_out":
        return [*options, *(word for cohort in split.cohorts for word in ("--cohort", cohort))]
    return [*options, "--split", split.kind]
