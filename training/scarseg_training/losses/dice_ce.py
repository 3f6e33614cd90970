"""Dice plus cross-entropy, voxels weighted where a weight is given."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from scarseg_training.losses.soft_dice import soft_dice_loss

DICE_SHARE = 0.5
"""Lambda of lambda Dice + (1 - lambda) CE; [S1] gives none (ours, SCIENCE section 2)."""


def dice_ce_loss(
    logits: Tensor, targets: Tensor, weight: Tensor | None = None, *, dice_share: float = DICE_SHARE
) -> Tensor:
    """lambda Dice + (1 - lambda) CE of independent outputs ([S1], SCIENCE section 2).

    Args:
        logits, targets: (N, C, *spatial); targets in [0, 1].
        weight: (N, 1, *spatial), of every voxel's term in both sums; ``wall.wall_weight`` gives that of [S1]. The paper
            multiplies prediction and target by it, which then are no probabilities any more; we weight the terms.
        dice_share: Lambda, 0 to 1.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    if weight is not None:
        entropy = entropy * weight
    return dice_share * soft_dice_loss(logits.sigmoid(), targets, weight) + (1 - dice_share) * entropy.mean()
