"""The networks of the left atrium that ScarSeg ships (ours)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from scarseg_training.config import RunConfig, SplitConfig, StageConfig
from scarseg_training.recipes.progressive import SMALL, full_stages

LONGER = replace(SMALL, options={**SMALL.options, "epochs": 12, "samples_per_epoch": 32})
"""The twin of the paper's recipe with more than twice its updates (ours)."""


def small_la_cavity_la2018() -> RunConfig:
    """The cavity in two steps, from la2018's train cases and LA phantoms."""
    return RunConfig(
        recipe="small_la_cavity_la2018",
        # The second stage goes on from the weights of the first, at a rising and falling rate once more.
        stages=(_cavity_stage("la_cavity", epochs=16), _cavity_stage("la_cavity_on", epochs=20, after="la_cavity")),
        phantoms="phantoms:la:16",
        # Of 30 train cases four are validated on; four of five volumes that are drawn are real.
        split=SplitConfig(fractions=(0.87, 0.13, 0.0)),
        real_share=0.8,
        cost="25 min of one core",
    )


def small_la_scar_phantom() -> RunConfig:
    """Scar of the atrial wall by progressive learning, from LA phantoms alone: no real scar labels are at hand."""
    return RunConfig(
        recipe="small_la_scar_phantom",
        stages=full_stages(LONGER),
        phantoms="phantoms:la:32",
        needs_data=False,
        split=SplitConfig(fractions=(0.8, 0.2, 0.0)),
        source="[S1] Zhang, LAScarQS; SCIENCE 2",
        cost="20 min of one core",
    )


RECIPES: Mapping[str, Callable[[], RunConfig]] = {
    recipe.__name__: recipe for recipe in (small_la_cavity_la2018, small_la_scar_phantom)
}


def _cavity_stage(name: str, *, epochs: int, after: str | None = None) -> StageConfig:
    # In float32: the weight gradients of 3 x 3 x 3 convolutions are wrong in bf16 on a processor.
    return StageConfig(
        name=name,
        task="la_two_steps",
        starts_from=after,
        network="la_cavity",
        epochs=epochs,
        samples_per_epoch=40,
        batch_size=1,
        learning_rate=2e-3,
        weight_decay=1e-3,
        schedule="one_cycle",
        validate_every=3,
        ema_decay=0.98,
    )
