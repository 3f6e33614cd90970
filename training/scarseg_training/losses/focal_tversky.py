"""Focal Tversky loss, and ScarNet's loss built on it."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from scarseg_training.losses.soft_dice import SMOOTHING, soft_dice_loss

MISSED, INVENTED = 0.7, 0.3
"""Alpha and beta: weight of missed and of invented voxels (ScarNet, SCIENCE section 5)."""
FOCUS = 4 / 3
"""Gamma; the loss is (1 - TI)^(1 / gamma) (Abraham 2019; ScarNet gives none)."""
SHARES = (0.5, 0.4, 0.1)
"""Of focal Tversky, Dice and cross-entropy in ScarNet's loss (SCIENCE section 5)."""
SMALLEST_SHARE = 1e-6
"""Keeps the gradient of the root finite for a perfect prediction (ours)."""


def focal_tversky_loss(
    probabilities: Tensor, targets: Tensor, *, missed: float = MISSED, invented: float = INVENTED
) -> Tensor:
    """(1 - TI)^(3/4), TI = TP / (TP + alpha FN + beta FP), soft counts over batch and voxels (Abraham 2019).

    Args:
        probabilities, targets: (N, C, *spatial) in [0, 1]; averaged over channels.
        missed, invented: Alpha and beta.
    """
    axes = (0, *range(2, targets.ndim))
    true_positive = (probabilities * targets).sum(axes)
    false_negative = ((1 - probabilities) * targets).sum(axes)
    false_positive = (probabilities * (1 - targets)).sum(axes)
    wrong = missed * false_negative + invented * false_positive
    # 1 - TI as wrong / all: exact near 0, where the root's slope has no bound and a difference would lose its digits.
    share = wrong / (true_positive + wrong + SMOOTHING)
    return (share + SMALLEST_SHARE).pow(1 / FOCUS).mean()


def scarnet_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """0.5 focal Tversky + 0.4 Dice + 0.1 CE of ScarNet (SCIENCE section 5).

    Args:
        logits, targets: (N, C, *spatial) of independent outputs; targets in [0, 1].
    """
    probabilities = logits.sigmoid()
    tversky, dice, entropy = SHARES
    return (
        tversky * focal_tversky_loss(probabilities, targets)
        + dice * soft_dice_loss(probabilities, targets)
        + entropy * functional.binary_cross_entropy_with_logits(logits, targets)
    )
