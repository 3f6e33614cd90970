"""ScarSegNet's loss, which charges for scar outside the myocardium."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from scarseg_training.losses.soft_dice import soft_dice_loss


def outside_loss(logits: Tensor, myocardium: Tensor) -> Tensor:
    """L_out = mean(sigmoid(z) (1 - M)) over all pixels of the image ([S4], SCIENCE section 4).

    Args:
        logits: (N, C, *spatial).
        myocardium: (N, 1, *spatial) of 0 and 1, the whole wall **including scar** (the published mask excludes it: a
            fault, since it charges for finding scar).
    """
    return (logits.sigmoid() * (1 - myocardium)).mean()


def myocardium_constrained_loss(
    logits: Tensor, targets: Tensor, myocardium: Tensor, *, outside_weight: float = 1.0
) -> Tensor:
    """BCE + Dice + L_out, equal weights ([S4], SCIENCE section 4).

    Args:
        logits, targets: (N, C, *spatial); targets in [0, 1].
        myocardium: As in ``outside_loss``.
        outside_weight: 0 leaves L_out away (the ablation).
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, targets)
    constraint = outside_weight * outside_loss(logits, myocardium)
    return entropy + soft_dice_loss(logits.sigmoid(), targets) + constraint
