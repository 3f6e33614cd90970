"""nnU-Net as the baseline: exported to it, trained by it, read back (SCIENCE.md sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scarseg_training.config import RunConfig, SplitConfig, StageConfig


def nnunet_baseline() -> RunConfig:
    """nnU-Net v2, 3D at full resolution, on the run's own split; needs nnU-Net on the PATH."""
    return _recipe("nnunet_baseline", "3d_fullres", "nnUNetTrainer", 1000, "one GPU, nnU-Net's 1000 epochs")


def small_nnunet_baseline() -> RunConfig:
    """nnU-Net v2 in 2D for a single epoch of 250 steps: shows that the way there and back works."""
    return _recipe("small_nnunet_baseline", "2d", "nnUNetTrainer_1epoch", 1, "one epoch of nnU-Net; not measured")


RECIPES: Mapping[str, Callable[[], RunConfig]] = {
    recipe.__name__: recipe for recipe in (nnunet_baseline, small_nnunet_baseline)
}


def _recipe(name: str, configuration: str, trainer: str, epochs: int, cost: str) -> RunConfig:
    # Batch size and patch are nnU-Net's own choice; learning rate and decay are its defaults.
    stage = StageConfig(
        name="nnunet",
        task="nnunet",
        task_config={"configuration": configuration, "trainer": trainer},
        network="nnunet",
        epochs=epochs,
        batch_size=2,
        learning_rate=0.01,
        weight_decay=3e-5,
        schedule="poly",
    )
    return RunConfig(
        recipe=name,
        stages=(stage,),
        split=SplitConfig(fractions=(0.8, 0.2, 0.0)),
        source="Isensee 2021; baseline of [S1], [S2], [S4]",
        cost=cost,
    )
