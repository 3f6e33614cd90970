"""The convolutions that the detector is made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn

POOLING = 5
"""Side of the pyramid's pooling windows: three in a row see 5, 9 and 13 pixels (YOLOv3-SPP)."""


class Convolution(nn.Sequential):
    """Convolution, batch normalisation, SiLU; a stride of 2 halves an even size."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.SiLU(),
        )


class Residual(nn.Module):
    """Two convolutions beside an identity (He 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(Convolution(channels, channels), Convolution(channels, channels))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        return features + self.convolutions(features)


class CrossStagePartial(nn.Module):
    """Half of the channels pass through residual blocks, half round them; then all are mixed (CSPNet, Wang 2020)."""

    def __init__(self, inputs: int, outputs: int, depth: int) -> None:
        super().__init__()
        half = outputs // 2
        self.through = nn.Sequential(Convolution(inputs, half, kernel=1), *(Residual(half) for _ in range(depth)))
        self.around = Convolution(inputs, half, kernel=1)
        self.mix = Convolution(2 * half, outputs, kernel=1)

    def forward(self, features: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        return self.mix(torch.cat([self.through(features), self.around(features)], dim=1))


class SpatialPyramid(nn.Module):
    """Shows each pixel the strongest answers of ever wider surroundings (He 2015, as in YOLOv3-SPP)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = Convolution(channels, channels // 2, kernel=1)
        self.pool = nn.MaxPool2d(POOLING, stride=1, padding=POOLING // 2)
        self.mix = Convolution(4 * (channels // 2), channels, kernel=1)

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        levels = [self.squeeze(features)]
        for _ in range(3):
            levels.append(self.pool(levels[-1]))
        return self.mix(torch.cat(levels, dim=1))
