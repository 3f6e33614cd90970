"""The networks that ScarSeg ships: anatomy and scar of the left ventricle (ours)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scarseg_training.config import RunConfig, SplitConfig, StageConfig


def small_lv_anatomy_emidec() -> RunConfig:
    """Cavity, myocardium with infarct, and RV insertions from EMIDEC's train cases and phantoms."""
    return _emidec("small_lv_anatomy_emidec", "lv_anatomy", 160, "with small_lv_scar_emidec 80 min of one core")


def small_lv_scar_emidec() -> RunConfig:
    """Infarct and MVO from EMIDEC's train cases and phantoms."""
    return _emidec("small_lv_scar_emidec", "lv_scar", 100, "with small_lv_anatomy_emidec 80 min of one core")


def small_lv_anatomy_phantom() -> RunConfig:
    """The anatomy network from phantoms alone."""
    return _phantom("small_lv_anatomy_phantom", "lv_anatomy", 20, "20 epochs of 640 slices; not measured")


def small_lv_scar_phantom() -> RunConfig:
    """The scar network from phantoms alone."""
    return _phantom("small_lv_scar_phantom", "lv_scar", 30, "about 8 min of one core")


RECIPES: Mapping[str, Callable[[], RunConfig]] = {
    recipe.__name__: recipe
    for recipe in (
        small_lv_anatomy_emidec,
        small_lv_scar_emidec,
        small_lv_anatomy_phantom,
        small_lv_scar_phantom,
    )
}


def _emidec(recipe: str, task: str, epochs: int, cost: str) -> RunConfig:
    # Of the train cases one in eleven is validated on; four of five slices that are drawn are real.
    return RunConfig(
        recipe=recipe,
        stages=(_stage(task, epochs),),
        phantoms="phantoms:lv:60",
        split=SplitConfig(fractions=(0.91, 0.09, 0.0)),
        real_share=0.8,
        precision="bf16-mixed",
        cost=cost,
    )


def _phantom(recipe: str, task: str, epochs: int, cost: str) -> RunConfig:
    return RunConfig(
        recipe=recipe,
        stages=(_stage(task, epochs),),
        phantoms="phantoms:lv:120",
        needs_data=False,
        split=SplitConfig(fractions=(0.91, 0.09, 0.0)),
        precision="bf16-mixed",
        cost=cost,
    )


def _stage(task: str, epochs: int) -> StageConfig:
    return StageConfig(
        name=task,
        task=task,
        network=task,
        epochs=epochs,
        samples_per_epoch=640,
        batch_size=16,
        learning_rate=2e-3,
        weight_decay=1e-3,
        schedule="one_cycle",
        validate_every=5,
        ema_decay=0.995,
    )
