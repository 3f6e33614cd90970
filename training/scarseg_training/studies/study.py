"""What a study is: variants of recipes, seeds, data, and who is compared with whom."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scarseg_training.config import RunConfig, StageConfig
from scarseg_training.recipes import recipe_named

if TYPE_CHECKING:
    from scarseg_training.evaluation.evaluation import Predict
    from scarseg_training.run import Run


@dataclass(frozen=True)
class Arm:
    """One method of a study: a recipe with some numbers changed.

    Attributes:
        name: In tables and folders; unique in the study.
        recipe: Name of the recipe.
        task, network: Changes of the fields of every stage's task and network.
        label_noise: Share of the training cases whose scar label is corrupted, see ``datasets.label_noise``.
    """

    name: str
    recipe: str
    task: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    label_noise: float = 0.0

    def config(self, seed: int) -> RunConfig:
        """The run of one seed."""
        config = recipe_named(self.recipe)
        stages = tuple(self._changed(stage) for stage in config.stages)
        return dataclasses.replace(config, stages=stages, seed=seed)

    def _changed(self, stage: StageConfig) -> StageConfig:
        return dataclasses.replace(
            stage,
            task_config={**stage.task_config, **self.task},
            network_config={**stage.network_config, **self.network},
        )


@dataclass(frozen=True)
class Study:
    """A question, and the runs that answer it.

    Attributes:
        name: For the command line.
        title, question: For the report.
        arms: What is trained.
        baselines: What each method is compared with, by name.
        trained_on: Data as ``open_dataset`` names them; None for the folder given with --data.
        judged_on: Data of which all cases are judged on; None for the test cases of the folder given with --data.
        data: What --data should be, in words; empty where none is needed.
        conditions: From a trained run to ways of predicting by name, each judged as a method of its own; None judges
            the arm as it is.
    """

    name: str
    title: str
    question: str
    arms: tuple[Arm, ...]
    baselines: Mapping[str, str] = field(default_factory=dict)
    trained_on: str | None = None
    judged_on: str | None = None
    data: str = ""
    conditions: Callable[[Run], Mapping[str, Predict]] | None = None

    @property
    def needs_data(self) -> bool:
        """Whether it needs a folder of the user's."""
        return self.trained_on is None or self.judged_on is None
