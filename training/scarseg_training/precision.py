"""The arithmetic of a run on the device that is there."""

from __future__ import annotations

import torch

from scarseg_training.config import RunConfig

VOLUME_NETWORKS = ("swin_unetr",)
"""Networks of 3D convolutions."""


def precision_here(config: RunConfig) -> str:
    """Lightning Fabric's name of the arithmetic: the run's own, but float32 for volumes on a CPU.

    On a CPU, oneDNN's bfloat16 weight gradient of 3x3x3 kernels holds foreign memory where maps are two slices deep
    (PyTorch 2.13), as 1/16 of a small patch is: not finite in some updates, wrong in others.
    """
    on_cpu = not (torch.cuda.is_available() or torch.backends.mps.is_available())
    volumes = any(stage.network in VOLUME_NETWORKS for stage in config.stages)
    return "32-true" if on_cpu and volumes else config.precision
