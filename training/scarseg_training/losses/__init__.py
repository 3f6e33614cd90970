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


def anatomy_loss(logits: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of the exclusive classes, plus soft Dice of cavity, whole myocardium and infarct.

    Args:
        logits, targets: (N, 4, H, W): background, cavity, healthy myocardium, infarct; targets sum to 1.
        weight: (N, 1, H, W) weight of each pixel in both terms.
    """
    entropy = functional.cross_entropy(logits, targets, reduction="none") * weight[:, 0]
    return soft_dice_loss(_regions(logits.softmax(1)), _regions(targets), weight) + entropy.mean()


def _regions(classes: Tensor) -> Tensor:
    whole_myocardium = classes[:, 2:4].sum(1, keepdim=True)
    return torch.cat([classes[:, 1:2], whole_myocardium, classes[:, 3:4]], dim=1)


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
