"""The loss of the curriculum paper: Dice of scar and of healthy wall, weighted, plus focal loss, inside the wall."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from scarseg_training.losses.focal import ALPHA, GAMMA, focal_loss
from scarseg_training.losses.soft_dice import soft_dice


@dataclass(frozen=True)
class RegionWeights:
    """Weights of one stage ([S0], SCIENCE section 1); the recipe of the curriculum gives those of each.

    Attributes:
        foreground: w_fg, weight of the scar's Dice.
        background: w_bg, weight of the healthy wall's Dice; the two sum to 1.
        focal: beta, weight of the focal loss.
        alpha, gamma: Of the focal loss.
    """

    foreground: float = 0.6
    background: float = 0.4
    focal: float = 0.5
    alpha: float = ALPHA
    gamma: float = GAMMA


def region_weighted_dice_loss(logits: Tensor, targets: Tensor, mask: Tensor, weights: RegionWeights) -> Tensor:
    """1 - (w_fg Dice_fg + w_bg Dice_bg), both soft, over the voxels inside a mask alone.

    Args:
        logits, targets: (N, C, *spatial); targets in [0, 1].
        mask: (N, 1, *spatial) of 0 and 1, the whole myocardium. An empty mask costs nothing.
        weights: Of the stage.
    """
    probabilities = logits.sigmoid()
    foreground = soft_dice(probabilities, targets, mask)
    background = soft_dice(1 - probabilities, 1 - targets, mask)
    return (1 - (weights.foreground * foreground + weights.background * background)).mean()


def curriculum_loss(logits: Tensor, targets: Tensor, mask: Tensor, weights: RegionWeights) -> Tensor:
    """L_wDice + beta L_F of [S0] (SCIENCE section 1); arguments as in ``region_weighted_dice_loss``.

    The paper's regulariser is the optimiser's weight decay.
    """
    focal = focal_loss(logits, targets, mask, alpha=weights.alpha, gamma=weights.gamma)
    return region_weighted_dice_loss(logits, targets, mask, weights) + weights.focal * focal
