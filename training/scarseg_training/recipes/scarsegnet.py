"""ScarSegNet [S4] (SCIENCE.md section 4), its ablations, and their small twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scarseg_training.config import RunConfig, SplitConfig, StageConfig

SMALL_NETWORK = {"depths": (2, 2, 2, 2), "widths": (16, 32, 64, 128), "decoder": (64, 32, 16, 16), "layer_scale": 0.1}
"""``ScarSegNetConfig.small()``, written out so that listing the recipes loads no torch; a test holds them together."""
PHANTOMS = "phantoms:lv:60"


def _stage(*, small: bool, network: Mapping[str, Any], outside_weight: float) -> StageConfig:
    if small:
        pace = {
            "epochs": 20,
            "samples_per_epoch": 320,
            "learning_rate": 2e-3,
            "schedule": "one_cycle",
            "validate_every": 4,
            "ema_decay": 0.98,
        }
    else:
        pace = {
            "epochs": 100,
            "learning_rate": 2e-4,
            "schedule": "warm_restarts",
            "schedule_config": {"first_epochs": 10},
        }
    return StageConfig(
        name="scar",
        task="scarsegnet",
        task_config={"loss_config": {"outside_weight": outside_weight}} | ({"crop_size": 96} if small else {}),
        network="scarsegnet",
        network_config={**(SMALL_NETWORK if small else {}), **network},
        batch_size=16,
        weight_decay=5e-5,
        gradient_clip_norm=1.0,
        **pace,
    )


def _recipe(
    name: str, doc: str, *, small: bool, network: Mapping[str, Any], outside_weight: float = 1.0
) -> Callable[[], RunConfig]:
    def recipe() -> RunConfig:
        return RunConfig(
            recipe=name,
            stages=(_stage(small=small, network=network, outside_weight=outside_weight),),
            phantoms=PHANTOMS if small else None,
            needs_data=not small,
            split=SplitConfig(kind="given" if small else "holdout", fractions=(0.8, 0.2, 0.0)),
            precision="bf16-mixed",
            source="[S4] ScarSegNet; SCIENCE 4",
            cost="2 min of one core" if small else "one GPU, 100 epochs",
        )

    recipe.__name__, recipe.__doc__ = name, f"{doc}{', for one core' if small else ''}."
    return recipe


_VARIANTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "scarsegnet": ("ScarSegNet: LV scar with a price on scar outside the myocardium", {"network": {}}),
    "scarsegnet_without_ase": ("ScarSegNet with plain squeeze-excitation", {"network": {"ase": False}}),
    "scarsegnet_without_cag": ("ScarSegNet with plain attention gates", {"network": {"cag": False}}),
    "scarsegnet_without_l_out": ("ScarSegNet without L_out", {"network": {}, "outside_weight": 0.0}),
}

RECIPES: Mapping[str, Callable[[], RunConfig]] = {
    recipe_name: _recipe(recipe_name, doc, small=small, **options)
    for name, (doc, options) in _VARIANTS.items()
    for small, recipe_name in ((False, f"paper_{name}" if name == "scarsegnet" else name), (True, f"small_{name}"))
}
