"""Intensity normalisation of a batch, the same as inference's."""

from __future__ import annotations

import torch
from torch import Tensor

from ScarSegLogic.preprocessing.intensity import CLIP_PERCENTILES


def standardise(images: Tensor) -> Tensor:
    """Zero mean and unit SD of each plane of (n, C, J, I); a constant plane becomes zero."""
    deviation = images.std((2, 3), correction=0, keepdim=True)
    return (images - images.mean((2, 3), keepdim=True)) / torch.where(deviation > 0, deviation, 1.0)


def normalise(images: Tensor) -> Tensor:
    """``preprocessing.intensity.normalise_slices`` on a batch (n, C, J, I); the equality is tested."""
    flat = images.flatten(2)
    quantiles = torch.tensor([percentile / 100 for percentile in CLIP_PERCENTILES], device=images.device)
    low, high = torch.quantile(flat, quantiles, dim=2)[..., None]
    return standardise(torch.minimum(torch.maximum(flat, low), high).view_as(images))
