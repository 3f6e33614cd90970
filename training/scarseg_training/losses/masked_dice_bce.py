"""Dice and cross-entropy inside a mask, the loss of the shipped LV scar network (ours)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from scarseg_training.losses.soft_dice import soft_dice_loss


def masked_dice_bce(logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Soft Dice plus binary cross-entropy, both inside a mask only, for independent outputs.

    Args:
        logits, targets: (N, C, H, W); targets in [0, 1].
        mask: (N, 1, H, W) of 0 and 1. An empty mask costs nothing.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    inside = (entropy * mask).sum() / (mask.sum() * logits.shape[1]).clamp(min=1.0)
    return soft_dice_loss(logits.sigmoid(), targets, mask) + inside
