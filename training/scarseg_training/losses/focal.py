"""Focal loss."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

ALPHA, GAMMA = 0.25, 2.0
"""Weight of the scar and exponent of the focus ([S0], SCIENCE section 1; Lin 2017)."""


def focal_loss(logits: Tensor, targets: Tensor, mask: Tensor, *, alpha: float = ALPHA, gamma: float = GAMMA) -> Tensor:
    """-a Y (1 - P)^g log P - (1 - a) (1 - Y) P^g log(1 - P), averaged inside a mask ([S0]; the averaging is ours).

    Args:
        logits, targets: (N, C, *spatial); targets in [0, 1].
        mask: (N, 1, *spatial) of 0 and 1. An empty mask costs nothing.
        alpha: Weight of the foreground against the background, 0 to 1.
        gamma: 0 is the cross-entropy weighted by alpha.
    """
    probabilities = logits.sigmoid()
    foreground = -alpha * targets * (1 - probabilities) ** gamma * functional.logsigmoid(logits)
    background = -(1 - alpha) * (1 - targets) * probabilities**gamma * functional.logsigmoid(-logits)
    return ((foreground + background) * mask).sum() / (mask.sum() * logits.shape[1]).clamp(min=1.0)
