"""The resolved config of a run: plain frozen dataclasses, written to ``config.json`` and read back from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ScarSegLogic.errors import ScarSegError

RUN_SCHEMA_VERSION = 2
"""Of ``config.json``, ``split.json`` and each line of ``metrics.jsonl`` and ``spikes.jsonl``."""

SplitKind = Literal["given", "holdout", "kfold", "leave_cohort_out", "chronic_to_acute"]


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    """One stage of a run: what is learnt, by which network, from where it starts and for how long.

    Attributes:
        name: Of its weights file; unique in the run.
        task, task_config: Name and fields for ``tasks.build``; the loss weights of the stage are among them.
        network, network_config: Name and fields for ``networks.build``.
        starts_from: An earlier stage whose best weights this one starts from; None starts from scratch.
        inherits: Prefix of parameter names in this network -> prefix in that one; the empty prefix is everything.
        initial_weights: A published weight file of the user's, read by the network's ``load_published``.
        epochs: At most.
        samples_per_epoch: None shows every sample once, shuffled. A number draws with replacement, which is the same
            number of updates whatever the samples.
        batch_size: Over all processes.
        optimizer: ``adam`` or ``adamw``.
        learning_rate: Its peak, where a schedule moves it.
        weight_decay: Of the optimiser.
        learning_rate_scale: Factor by prefix of parameter names; the longest prefix that fits counts.
        frozen: Prefixes of parameters (and buffers) that do not change.
        schedule, schedule_config: Name and options for ``schedules.build``.
        tiers: Difficulty tiers the stage sees; None sees all samples, graded or not.
        reintroduce_spikes: Draw the rows twice whose loss spiked at the end of the stage before.
        spike_sd: Distance of such a spike from the mean of its tier, in SD.
        validate_every: Epochs between validations; the last epoch is always validated.
        patience: Epochs without a better validation score before the stage ends; None uses the whole quota.
        min_delta: What counts as better.
        gradient_clip_norm: Largest norm of the gradient; None does not clip.
        ema_decay: Of the averaged weights, which then are the ones that count; None averages nothing.
    """

    name: str
    task: str
    network: str
    epochs: int
    batch_size: int
    learning_rate: float
    task_config: Mapping[str, Any] = field(default_factory=dict)
    network_config: Mapping[str, Any] = field(default_factory=dict)
    starts_from: str | None = None
    inherits: Mapping[str, str] = field(default_factory=lambda: {"": ""})
    initial_weights: str | None = None
    samples_per_epoch: int | None = None
    optimizer: str = "adamw"
    weight_decay: float = 0.0
    learning_rate_scale: Mapping[str, float] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()
    schedule: str = "constant"
    schedule_config: Mapping[str, Any] = field(default_factory=dict)
    tiers: tuple[int, ...] | None = None
    reintroduce_spikes: bool = False
    spike_sd: float = 2.0
    validate_every: int = 1
    patience: int | None = None
    min_delta: float = 0.0
    gradient_clip_norm: float | None = 1.0
    ema_decay: float | None = None


@dataclass(frozen=True, kw_only=True)
class SplitConfig:
    """How cases are divided, always whole patients; see ``datasets.splits``.

    Attributes:
        kind: ``given`` takes the data's own split (and holds out validation cases where it names none).
        fractions: Training, validation and test share of ``holdout``; of what is not test for ``given``.
        folds, fold: Of ``kfold``; the fold counts from 0.
        cohorts: Held out for testing by ``leave_cohort_out``.
    """

    kind: SplitKind = "given"
    fractions: tuple[float, float, float] = (0.8, 0.2, 0.0)
    folds: int = 5
    fold: int = 0
    cohorts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """A run, resolved: whoever has it, the data and the code can repeat it.

    Attributes:
        recipe: Its name.
        stages: In order; the last one's network is the result.
        phantoms: Phantoms as ``open_dataset`` names them (``phantoms:lv:120``), mixed with the data, or learnt from
            alone where no data are given; None uses none.
        needs_data: Whether it refuses to start without data of the user's.
        split: How the data are divided. Phantoms are divided likewise.
        real_share: Share of real slices among what is drawn where phantoms are mixed in; None draws all alike.
        precision: Lightning Fabric's name of the arithmetic.
        seed: Of everything random.
        source: The paper and section it follows, or "ours".
        cost: Expected, in words.
    """

    recipe: str
    stages: tuple[StageConfig, ...]
    phantoms: str | None = None
    needs_data: bool = True
    split: SplitConfig = field(default_factory=SplitConfig)
    real_share: float | None = None
    precision: str = "32-true"
    seed: int = 0
    source: str = "ours"
    cost: str = ""

    def stage_named(self, name: str) -> StageConfig:
        """Look a stage up.

        Raises:
            ScarSegError: There is none of this name.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        known = ", ".join(stage.name for stage in self.stages)
        raise ScarSegError(f"the run {self.recipe} has no stage '{name}': expected one of {known}")


def config_document(config: RunConfig) -> dict[str, Any]:
    """The config as JSON holds it: tuples are lists, and the schema version is named."""
    return {"schema_version": RUN_SCHEMA_VERSION} | _as_json(dataclasses.asdict(config))


def config_of_document(document: Mapping[str, Any]) -> RunConfig:
    """Read ``config_document`` back.

    Raises:
        ScarSegError: Another schema version, or fields that this version does not know.
    """
    fields = {name: _as_tuples(value) for name, value in document.items() if name != "schema_version"}
    if document.get("schema_version") != RUN_SCHEMA_VERSION:
        raise ScarSegError(
            f"the run's config has schema version {document.get('schema_version')}, expected {RUN_SCHEMA_VERSION}: "
            "read it with the ScarSeg version that wrote it"
        )
    try:
        stages = tuple(StageConfig(**stage) for stage in fields.pop("stages"))
        return RunConfig(**fields | {"stages": stages, "split": SplitConfig(**fields.pop("split"))})
    except (KeyError, TypeError) as error:
        raise ScarSegError(f"the run's config is not one of this ScarSeg version ({error}): train again") from None


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _as_json(item) for name, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list | tuple) else value


def _as_tuples(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_tuples(item) for name, item in value.items()}
    return tuple(_as_tuples(item) for item in value) if isinstance(value, list | tuple) else value
