"""Soft Dice, the term most of the sources' losses share."""

from __future__ import annotations

import torch
from torch import Tensor

SMOOTHING = 1.0
"""Added to numerator and denominator of a soft Dice, in voxels, so that an empty target is defined (ours)."""


def soft_dice(probabilities: Tensor, targets: Tensor, weight: Tensor | None = None) -> Tensor:
    """Soft Dice of each channel, summed over batch and voxels (Milletari 2016, first powers).

    Args:
        probabilities, targets: (N, C, *spatial) in [0, 1].
        weight: (N, 1, *spatial), 0 and above; voxels of weight 0 count for nothing.

    Returns:
        (C,) in (0, 1]. Where prediction and target are empty it is 1.
    """
    if weight is None:
        weight = torch.ones_like(targets[:, :1])
    axes = (0, *range(2, targets.ndim))
    overlap = (probabilities * targets * weight).sum(axes)
    total = ((probabilities + targets) * weight).sum(axes)
    return (2 * overlap + SMOOTHING) / (total + SMOOTHING)


def soft_dice_loss(probabilities: Tensor, targets: Tensor, weight: Tensor | None = None) -> Tensor:
    """1 - soft Dice, averaged over channels; arguments as in ``soft_dice``."""
    return (1 - soft_dice(probabilities, targets, weight)).mean()
