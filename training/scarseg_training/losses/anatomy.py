"""The loss of the shipped LV anatomy network's classes (ours)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.losses.soft_dice import soft_dice_loss


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
