"""From a trained network to a model package."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import nn

from scarseg_training.recipes import RECIPES, RunConfig
from scarseg_training.samples import SliceSamples
from scarseg_training.tasks import TASKS
from ScarSegLogic.models.manifest import Manifest
from ScarSegLogic.models.package import ModelPackage, save_package
from ScarSegLogic.version import VERSION

OUTPUTS = {
    "lv_anatomy": ("background", "cavity", "healthy_myocardium", "infarct", "rv_insertion"),
    "lv_scar": ("infarct", "mvo"),
}
EMIDEC_LICENCE = "CC-BY-NC-SA-4.0"
EMIDEC_SENTENCE = (
    "EMIDEC (Lalande et al., Data 2020, 5(4):89, CC BY-NC-SA 4.0) as PNG slices without spacing, treated as nominal "
    "1.40625 mm pixels with +-25 % anisotropic scaling, scar-free slices included; and ScarSeg LV phantoms"
)
EMIDEC_NOTICE = (
    "trained on EMIDEC, CC BY-NC-SA 4.0: for research, not for commercial use; attribute Lalande et al., Data 2020"
)


def export_package(
    config: RunConfig, network: nn.Module, training: SliceSamples, validation: SliceSamples, folder: Path
) -> ModelPackage:
    """Write the averaged weights with everything needed to run and to judge them.

    Accuracy is measured by ``make accuracy`` through the product's own pipeline and written into the manifest there.
    """
    real = tuple(sorted({case for case in training.cases if not case.startswith("phantom")}))
    held_out = tuple(sorted({case for case in validation.cases if not case.startswith("phantom")}))
    with torch.inference_mode():
        thresholds = TASKS[config.task].thresholds(network, validation, config.framing)
    manifest = Manifest(
        name=config.recipe.removeprefix("small_"),
        version=VERSION,
        task=config.task,
        network=config.task,
        network_config=dataclasses.asdict(network.config),
        preprocessing=dataclasses.asdict(config.framing),
        thresholds=thresholds,
        labels=OUTPUTS[config.task],
        recipe=dataclasses.asdict(config) | {"command": _command(config), "validation_cases": held_out},
        training_data=EMIDEC_SENTENCE if config.emidec else "ScarSeg LV phantoms alone",
        licence=EMIDEC_LICENCE if config.emidec else "Apache-2.0",
        notice=EMIDEC_NOTICE if config.emidec else "",
        training_cases=real,
        sha256="",
    )
    weights = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
    return save_package(manifest, weights, folder)


def _command(config: RunConfig) -> str:
    data = " --data EMIDEC_PNG" if config.emidec else ""
    recipe = RECIPES.get(config.recipe)
    epochs = "" if recipe is None or recipe().epochs == config.epochs else f" --epochs {config.epochs}"
    return f"scarseg-train run {config.recipe}{data} --out RUN --seed {config.seed}{epochs}"
