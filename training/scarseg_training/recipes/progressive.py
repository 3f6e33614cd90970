"""Progressive learning of LA scar [S1] (SCIENCE.md section 2), its ablations, and their small twins.

Stage I learns the cavity; stage II, from its encoder and decoder, cavity and scar; stage III scar alone. Ablations by
the paper's names: I+II; B1 = III; B2 = I+III; B3 = II from scratch; B4 = II from scratch + III.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scarseg_training.config import RunConfig, SplitConfig, StageConfig

EARLY_ENCODER = ("encoder.swin.patch_embed.", "encoder.swin.layers1.", "encoder.swin.layers2.")
"""Patch embedding and first two Swin stages, frozen in stage III (ours); as ``networks.swin_unetr`` names them."""
SLOW = 0.1
"""Learning rate of what stage II inherits, over that of the new decoder (ours)."""
SHARED = {"encoder.": "encoder.", "trunk.": "trunk."}
CAVITY_WEIGHT = 0.3
"""Of stage II; the scar has the other 0.7."""


@dataclass(frozen=True)
class Scale:
    """What differs between the paper's size and its twin.

    Attributes:
        task: Fields of the tasks: the grid.
        network: Fields of the network's config.
        options: Fields of every ``StageConfig``.
        split: Of the run.
        cost: In words.
    """

    task: Mapping[str, Any]
    network: Mapping[str, Any]
    options: Mapping[str, Any]
    split: SplitConfig
    cost: str


PAPER = Scale(
    task={},
    network={"feature_size": 48, "forked_levels": 2},
    options={
        "epochs": 250,
        "batch_size": 1,
        "learning_rate": 1e-4,
        "weight_decay": 1e-5,  # AdamW's; the paper gives none, nor a clipping of gradients, here at 1 (ours)
        "patience": 30,
        "min_delta": 1e-4,
        "validate_every": 5,  # whole volumes take longer than an epoch of patches (ours)
    },
    split=SplitConfig(kind="kfold", folds=5),
    cost="one GPU, up to 250 epochs a stage, 5 folds (--fold)",
)
SMALL = Scale(
    # 64 x 102 x 128 mm hold every atrium of la2018 in one patch of the smallest possible grid (ours).
    task={"spacing_kji_mm": (2.0, 1.6, 2.0), "shape_kji": (32, 64, 64), "patch_kji": (32, 64, 64)},
    network={"feature_size": 12, "forked_levels": 2, "window": 4},
    options={
        "epochs": 6,
        "samples_per_epoch": 24,
        "batch_size": 1,
        "learning_rate": 1e-3,
        "weight_decay": 1e-5,
        "schedule": "one_cycle",
        "validate_every": 3,
    },
    split=SplitConfig(kind="given", fractions=(0.8, 0.2, 0.0)),
    cost="2 min of one core a stage",
)


def _stage_1(scale: Scale) -> StageConfig:
    return StageConfig(
        name="stage_1",
        task="la_cavity",
        task_config=scale.task,
        network="swin_unetr",
        network_config={**scale.network, "decoders": ("cavity",)},
        **scale.options,
    )


def _stage_2(scale: Scale, *, after: str | None) -> StageConfig:
    stage = StageConfig(
        name="stage_2",
        task="la_scar",
        task_config={**scale.task, "cavity_weight": CAVITY_WEIGHT, "wall_weighted": True},
        network="swin_unetr",
        network_config={**scale.network, "decoders": ("cavity", "scar")},
        **scale.options,
    )
    if after is None:
        return stage
    inherited = SHARED | {"cavity_decoder.": "cavity_decoder."}
    return replace(stage, starts_from=after, inherits=inherited, learning_rate_scale=dict.fromkeys(inherited, SLOW))


def _stage_3(scale: Scale, *, after: str | None) -> StageConfig:
    stage = StageConfig(
        name="stage_3",
        task="la_scar",
        task_config={**scale.task, "cavity_weight": 0.0, "wall_weighted": False},
        network="swin_unetr",
        network_config={**scale.network, "decoders": ("scar",)},
        **scale.options,
    )
    if after is None:
        return stage  # an early encoder that never learnt is not frozen
    decoder = {"scar_decoder.": "scar_decoder."} if after == "stage_2" else {}
    return replace(stage, starts_from=after, inherits=SHARED | decoder, frozen=EARLY_ENCODER)


def full_stages(scale: Scale) -> tuple[StageConfig, ...]:
    """Stages I, II and III."""
    return _stage_1(scale), _stage_2(scale, after="stage_1"), _stage_3(scale, after="stage_2")


def _i_ii(scale: Scale) -> tuple[StageConfig, ...]:
    return _stage_1(scale), _stage_2(scale, after="stage_1")


def _b1(scale: Scale) -> tuple[StageConfig, ...]:
    return (_stage_3(scale, after=None),)


def _b2(scale: Scale) -> tuple[StageConfig, ...]:
    return _stage_1(scale), _stage_3(scale, after="stage_1")


def _b3(scale: Scale) -> tuple[StageConfig, ...]:
    return (_stage_2(scale, after=None),)


def _b4(scale: Scale) -> tuple[StageConfig, ...]:
    return _stage_2(scale, after=None), _stage_3(scale, after="stage_2")


def _cavity(scale: Scale) -> tuple[StageConfig, ...]:
    return (_stage_1(scale),)


_STAGES = {
    ("paper_progressive_la", "small_progressive_la"): (full_stages, "LA scar in stages I, II and III"),
    ("progressive_la_i_ii", "small_progressive_la_i_ii"): (_i_ii, "LA scar in stages I and II, without III"),
    ("progressive_la_b1", "small_progressive_la_b1"): (_b1, "LA scar in stage III alone"),
    ("progressive_la_b2", "small_progressive_la_b2"): (_b2, "LA scar in stages I and III"),
    ("progressive_la_b3", "small_progressive_la_b3"): (_b3, "LA scar in stage II from scratch"),
    ("progressive_la_b4", "small_progressive_la_b4"): (_b4, "LA scar in stage II from scratch, then III"),
    ("paper_la_cavity", "small_la_cavity"): (_cavity, "LA cavity: stage I alone"),
}


def _recipe(
    name: str, make: Callable[[Scale], tuple[StageConfig, ...]], doc: str, scale: Scale
) -> Callable[[], RunConfig]:
    def recipe() -> RunConfig:
        return RunConfig(
            recipe=name,
            stages=make(scale),
            split=scale.split,
            precision="bf16-mixed",
            source="[S1] Zhang, LAScarQS; SCIENCE 2",
            cost=scale.cost,
        )

    recipe.__name__, recipe.__doc__ = name, doc
    return recipe


RECIPES: Mapping[str, Callable[[], RunConfig]] = {
    name: _recipe(name, make, f"{doc}{'' if scale is PAPER else ', for one core'}.", scale)
    for names, (make, doc) in _STAGES.items()
    for name, scale in zip(names, (PAPER, SMALL), strict=True)
}
