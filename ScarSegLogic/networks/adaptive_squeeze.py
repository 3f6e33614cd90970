"""Squeeze-excitation with an adaptive channel descriptor (ASE, [S4]), and with the mean it replaces (Hu 2018)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

ASE_TEMPERATURE = 0.1
"""tau of the gate between maximum and mean (the published code of [S4])."""

SQUEEZE_REDUCTION = 16
"""Reduction of the squeeze-excitation (Hu 2018; [S4])."""


class AdaptivePool(nn.Module):
    """One number a channel, between the maximum and the mean of its strongest pixels; sparse scar survives it.

    With v the top-k of a channel: z = g max(v) + (1 - g) mean(v), g = sigmoid((s - sigmoid(theta)) / tau). [S4] writes
    s = min(v); its code divides by max(v). Ours: s = max(min(v), 0) / max(v), within [0, 1] as the threshold is, and 0
    for a channel that answers nowhere.
    """

    def __init__(self, top_share: float, initial_theta: float) -> None:
        super().__init__()
        self.top_share = top_share
        self.theta = nn.Parameter(torch.tensor(initial_theta))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C)."""
        pixels = features.flatten(2).to(torch.promote_types(features.dtype, torch.float32))
        strongest = pixels.topk(max(1, int(self.top_share * pixels.shape[2])), dim=2).values
        maximum, minimum = strongest[..., 0], strongest[..., -1]
        evenness = minimum.clamp(min=0) / maximum.clamp(min=1e-6)
        gate = torch.sigmoid((evenness - self.theta.sigmoid()) / ASE_TEMPERATURE)
        return (gate * maximum + (1 - gate) * strongest.mean(2)).to(features.dtype)


class MeanPool(nn.Module):
    """The mean of each channel: the descriptor of the original squeeze-excitation (Hu 2018)."""

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C)."""
        return features.mean((2, 3))


class SqueezeExcitation(nn.Module):
    """Weighs each channel by what a small network makes of all channels' descriptors (Hu 2018)."""

    def __init__(self, channels: int, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool
        squeezed = max(1, channels // SQUEEZE_REDUCTION)
        self.squeeze = nn.Linear(channels, squeezed, bias=False)
        self.excite = nn.Linear(squeezed, channels, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        weights = self.excite(functional.relu(self.squeeze(self.pool(features)))).sigmoid()
        return features * weights[:, :, None, None]
