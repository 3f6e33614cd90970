"""The adapter layer of SAM-Med2D (Cheng 2023, figure 4): channel attention, then a spatial bottleneck."""

from __future__ import annotations

from torch import Tensor, nn

CHANNEL_BOTTLENECK = 4  # width over hidden width of the channel attention, as in SAM-Med2D


class Adapter(nn.Module):
    """(N, H, W, C) -> (N, H, W, C), beside the feed-forward layer of a transformer block; H and W even.

    A new adapter gives zeros, so that it leaves the pretrained network as it was (ours: SAM-Med2D starts its
    normalisation at one and disturbs every block).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = width // CHANNEL_BOTTLENECK
        self.norm = nn.LayerNorm(width)
        self.channel = nn.Sequential(
            nn.Linear(width, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, width, bias=False), nn.Sigmoid()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1, bias=False),
            nn.ReLU(),
            nn.ConvTranspose2d(width, width, kernel_size=4, stride=2, padding=1, bias=False),
            nn.ReLU(),
        )
        nn.init.zeros_(self.norm.weight)

    def forward(self, tokens: Tensor) -> Tensor:
        weighted = self.channel(tokens.mean(dim=(1, 2), keepdim=True)) * tokens
        spatial = self.spatial(weighted.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.norm(tokens + spatial)
