"""Labels softened by a Gaussian, and the loss of the noisy-label paper on them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.gaussian import smooth
from scarseg_training.losses.soft_dice import soft_dice_loss

SIGMA_PIXELS = 2.0
"""SD of the Gaussian on the native grid ([S2], SCIENCE section 3)."""


@dataclass(frozen=True)
class SoftLabelWeights:
    """Weights of the three terms ([S2], SCIENCE section 3)."""

    kl: float = 0.6
    dice: float = 0.2
    cross_entropy: float = 0.2

    @classmethod
    def with_kl(cls, kl: float) -> SoftLabelWeights:
        """A point of the KL weight study: what KL leaves is shared by the other two."""
        return cls(kl, (1 - kl) / 2, (1 - kl) / 2)


def soft_labels(masks: Tensor, sigma_pixels: float = SIGMA_PIXELS) -> Tensor:
    """Binary masks smoothed over their two in-plane axes alone, never over batch, channels or slices.

    A band two pixels wide peaks at 0.38: the decision threshold belongs on validation data, not at one half.

    Args:
        masks: (N, C, J, I) or (N, C, K, J, I), bool or 0 and 1.
        sigma_pixels: SD; 0 leaves them hard. Beyond the image its edge repeats.

    Returns:
        float32 in [0, 1] (the input's type, where it is a float).
    """
    masks = masks if masks.is_floating_point() else masks.float()
    if sigma_pixels == 0:
        return masks
    return smooth(masks, torch.full((len(masks), 2), sigma_pixels)).clamp(0, 1)


def bernoulli_kl(logits: Tensor, soft: Tensor) -> Tensor:
    """KL(Bernoulli(soft label) || Bernoulli(p)), averaged over the pixels; 0 only where p is the soft label.

    Args:
        logits: (N, C, *spatial); the sigmoid is taken here, once.
        soft: (N, C, *spatial) in [0, 1].
    """
    cross_entropy = functional.binary_cross_entropy_with_logits(logits, soft)
    entropy = -(torch.xlogy(soft, soft) + torch.xlogy(1 - soft, 1 - soft)).mean()
    return cross_entropy - entropy


def soft_label_loss(logits: Tensor, soft: Tensor, weights: SoftLabelWeights | None = None) -> Tensor:
    """0.6 KL + 0.2 Dice + 0.2 CE on soft labels ([S2], SCIENCE section 3).

    With hard labels (sigma 0) and a KL weight of 0 it is half of Dice plus cross-entropy, the study's counterpart.

    Args:
        logits, soft: (N, C, *spatial); soft labels from ``soft_labels``.
        weights: Of the terms; the paper's by default.
    """
    weights = weights or SoftLabelWeights()
    return (
        weights.kl * bernoulli_kl(logits, soft)
        + weights.dice * soft_dice_loss(logits.sigmoid(), soft)
        + weights.cross_entropy * functional.binary_cross_entropy_with_logits(logits, soft)
    )
