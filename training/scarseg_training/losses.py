"""Losses of the small LV recipes, pure functions of logits and soft targets."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SMOOTHING = 1.0
"""Added to numerator and denominator of a soft Dice, in pixels, so that an empty target is defined (ours)."""


def soft_dice_loss(probabilities: Tensor, targets: Tensor, mask: Tensor | None = None) -> Tensor:
    """1 - soft Dice, summed over batch and pixels, averaged over channels (Milletari 2016, first powers).

    Args:
        probabilities, targets: (N, C, H, W) in [0, 1].
        mask: (N, 1, H, W) weights, 0 and above; pixels outside count for nothing.
    """
    weight = torch.ones_like(targets[:, :1]) if mask is None else mask
    axes = (0, 2, 3)
    overlap = (probabilities * targets * weight).sum(axes)
    total = ((probabilities + targets) * weight).sum(axes)
    return (1 - (2 * overlap + SMOOTHING) / (total + SMOOTHING)).mean()


def dice_cross_entropy(logits: Tensor, targets: Tensor, weight: Tensor | None = None) -> Tensor:
    """Soft Dice of the classes but background, plus cross-entropy, for exclusive classes (background first).

    Args:
        logits, targets: (N, C, H, W); targets sum to 1 over the classes.
        weight: (N, 1, H, W) weight of each pixel in both terms; None counts every pixel once.
    """
    probabilities = logits.softmax(1)
    entropy = functional.cross_entropy(logits, targets, reduction="none")
    if weight is not None:
        entropy = entropy * weight[:, 0]
    return soft_dice_loss(probabilities[:, 1:], targets[:, 1:], weight) + entropy.mean()


def masked_dice_bce(logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Soft Dice plus binary cross-entropy, both inside a mask only, for independent outputs."""
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    inside = (entropy * mask).sum() / (mask.sum() * logits.shape[1]).clamp(min=1.0)
    return soft_dice_loss(logits.sigmoid(), targets, mask) + inside


def insertion_loss(logits: Tensor, blobs: Tensor, marked: Tensor) -> Tensor:
    """Squared error of the blob map where somebody marked insertions, weighted up where a blob is (ours: x 20).

    Args:
        logits, blobs: (N, H, W).
        marked: (N,) bool.
    """
    error = (logits.sigmoid() - blobs) ** 2 * (1 + 20 * blobs)
    return (error.mean((1, 2)) * marked).sum() / marked.sum().clamp(min=1)
