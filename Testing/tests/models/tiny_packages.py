"""Model packages with random weights, small enough to make in every test."""

from __future__ import annotations

from pathlib import Path

from ScarSegLogic import networks
from ScarSegLogic.models.manifest import Manifest
from ScarSegLogic.models.package import ModelPackage, save_package

CONFIGS = {
    "lv_anatomy": {"localiser_channels": [4, 8], "segmenter_channels": [4, 8]},
    "lv_scar": {"channels": [4, 8]},
    "la_cavity": {"localiser_channels": [2, 4], "segmenter_channels": [2, 4]},
}
PREPROCESSING = {"crop_size": 32, "heart_margin": 1.75, "localiser_size": 32, "localiser_field_of_view_mm": 360.0}
LA_CAVITY_GRIDS = {
    "localiser_spacing_mm": 6.0,
    "localiser_shape_kji": [16, 24, 24],
    "crop_spacing_mm": 2.0,
    "crop_shape_kji": [32, 32, 32],
}
LA_SCAR_GRID = {"spacing_kji_mm": [2.0, 2.0, 2.0], "shape_kji": [32, 32, 32], "patch_kji": [32, 32, 32]}
PREPROCESSING_OF_TASK = {"la_cavity": LA_CAVITY_GRIDS, "la_scar": LA_SCAR_GRID}
LABELS_OF_TASK = {"la_cavity": ("la_cavity",), "la_scar": ("la_scar",)}
THRESHOLDS = {
    "lv_anatomy": {"left_ventricle": 0.5},
    "lv_scar": {"infarct": 0.5, "mvo": 0.5},
    "la_cavity": {"la_cavity": 0.5, "localiser": 0.5},
    "la_scar": {"la_scar": 0.5},
}


def a_manifest(task: str = "lv_scar", **changes: object) -> Manifest:
    """A complete manifest; ``changes`` replace its fields."""
    fields = {
        "name": f"tiny_{task}",
        "version": "0",
        "task": task,
        "network": task,
        "network_config": CONFIGS.get(task, {}),
        "preprocessing": PREPROCESSING_OF_TASK.get(task, PREPROCESSING),
        "thresholds": THRESHOLDS[task],
        "labels": LABELS_OF_TASK.get(task, ("infarct", "mvo")),
        "recipe": {"seed": 0},
        "training_data": "nothing",
        "licence": "Apache-2.0",
        "sha256": "",
    }
    return Manifest(**(fields | changes))


def random_network(task: str, seed: int = 0):
    """The tiny network of a task with random weights, in evaluation mode."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return networks.build(task, **CONFIGS[task]).eval()


def save_network(task: str, module, folder: Path, **changes: object) -> ModelPackage:
    """A package of a task with the weights of a network module."""
    weights = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
    return save_package(a_manifest(task, **changes), weights, folder)
