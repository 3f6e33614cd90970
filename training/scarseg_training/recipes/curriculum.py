"""Curriculum learning of LV scar [S0] (SCIENCE.md section 1) with three backbones, and the same without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scarseg_training.config import RunConfig, SplitConfig, StageConfig
from scarseg_training.recipes.backbones import BACKBONES, Backbone

STAGE_WEIGHTS = ((0.6, 0.4), (0.75, 0.25), (0.8, 0.2))
"""w_fg and w_bg of stages 1 to 3."""
CUMULATIVE_TIERS = ((0,), (0, 1), (0, 1, 2))
PHANTOMS = "phantoms:lv:60:labels=observer,tiers=even"
"""What the small twins learn from where no data are given: one reader's scar, all tiers alike."""


@dataclass(frozen=True)
class Budget:
    """Length and pace of the three stages, the same with and without a curriculum.

    Attributes:
        epochs: Of each stage, at most.
        samples_per_epoch: Drawn in each, so that the number of updates does not depend on the tiers.
        batch_sizes: Of the stages.
        learning_rates: Of the stages.
        options: Further fields of every ``StageConfig``.
    """

    epochs: tuple[int, int, int]
    samples_per_epoch: int
    batch_sizes: tuple[int, int, int]
    learning_rates: tuple[float, float, float]
    options: Mapping[str, Any]


PAPER = Budget(
    # 1000 epochs lie within the paper's 800 to 1500; a stage ends earlier on a plateau of 100 of the validation score,
    # by which the best weights are chosen as well, not of the loss, whose weights change; gradients are clipped at a
    # norm of 1 (all ours).
    epochs=(300, 300, 400),
    samples_per_epoch=3252,  # 80 % of the paper's 4065 slices
    batch_sizes=(32, 4, 4),
    learning_rates=(1e-4, 1e-4, 1e-4),
    options={"optimizer": "adam", "weight_decay": 1e-10, "patience": 100},
)
SMALL = Budget(
    # From scratch, in two minutes: larger steps that fade, and a batch of 8 instead of 4 (ours).
    epochs=(6, 6, 8),
    samples_per_epoch=320,
    batch_sizes=(32, 8, 8),
    learning_rates=(2e-3, 1e-3, 1e-3),
    options={"optimizer": "adam", "weight_decay": 1e-10, "schedule": "cosine", "ema_decay": 0.98, "validate_every": 2},
)


def _curriculum(backbone: Backbone, budget: Budget) -> tuple[StageConfig, ...]:
    return tuple(
        _stage(backbone, budget, number, weights=weights, tiers=tiers, reintroduce_spikes=number > 0)
        for number, (weights, tiers) in enumerate(zip(STAGE_WEIGHTS, CUMULATIVE_TIERS, strict=True))
    )


def _baseline(backbone: Backbone, budget: Budget) -> tuple[StageConfig, ...]:
    # The weights with which the curriculum ends (ours): both approach the same aim.
    return tuple(_stage(backbone, budget, number, weights=STAGE_WEIGHTS[-1]) for number in range(len(STAGE_WEIGHTS)))


def _stage(
    backbone: Backbone, budget: Budget, number: int, *, weights: tuple[float, float], **options: Any
) -> StageConfig:
    foreground, background = weights
    return StageConfig(
        name=f"stage_{number + 1}",
        task="masked_scar",
        task_config={"loss_config": {"foreground": foreground, "background": background, "focal": 0.5}},
        network=backbone.network,
        network_config=backbone.config,
        starts_from=f"stage_{number}" if number else None,
        epochs=budget.epochs[number],
        samples_per_epoch=budget.samples_per_epoch,
        batch_size=budget.batch_sizes[number],
        learning_rate=budget.learning_rates[number],
        **budget.options,
        **options,
    )


def _recipe(name: str, doc: str, make: Callable[[Backbone, Budget], tuple[StageConfig, ...]]) -> dict[str, Callable]:
    """The paper's recipe and its small twin for every backbone."""
    made: dict[str, Callable[[], RunConfig]] = {}
    for backbone in BACKBONES:
        for small in (False, True):
            recipe = _named(name, backbone, make, small=small)
            recipe.__doc__ = f"{doc} with {backbone.title}{' for one core' if small else ''}."
            made[recipe.__name__] = recipe
    return made


def _named(
    name: str, backbone: Backbone, make: Callable[[Backbone, Budget], tuple[StageConfig, ...]], *, small: bool
) -> Callable[[], RunConfig]:
    def recipe() -> RunConfig:
        return RunConfig(
            recipe=recipe.__name__,
            stages=make(backbone.small if small else backbone, SMALL if small else PAPER),
            phantoms=PHANTOMS if small else None,
            needs_data=not small,
            split=SplitConfig(kind="given" if small else "holdout", fractions=(0.8, 0.2, 0.0)),
            precision="bf16-mixed",
            source="[S0] arXiv 2603.28560; SCIENCE 1, 5",
            cost=backbone.small_cost if small else "one GPU, 1000 epochs of 3252 slices",
        )

    prefix = "" if name == "baseline" and not small else ("small_" if small else "paper_")
    recipe.__name__ = f"{prefix}{name}_{backbone.network}"
    return recipe


RECIPES: Mapping[str, Callable[[], RunConfig]] = {
    **_recipe("curriculum", "Scar from easy to hard", _curriculum),
    **_recipe("baseline", "The curriculum's budget without a curriculum", _baseline),
}
