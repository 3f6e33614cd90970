"""Magnification, the same or different along the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws


@dataclass(frozen=True, eq=False)
class ScaleParameters:
    """factors: (n, axes), how many input voxels an output voxel steps."""

    factors: Tensor

    def move(self, points: Tensor) -> Tensor:
        """Scale points (n, *shape, axes) about the centre."""
        factors = self.factors.to(points.device)
        return points * factors.view(len(factors), *[1] * (points.ndim - 2), -1)


@dataclass(frozen=True)
class Zoom:
    """Steps further or less far in every axis.

    Attributes:
        step: Smallest and largest step in input voxels; 2 shows twice the field, at half the size.
        probability: Of zooming at all.
    """

    step: tuple[float, float]
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> ScaleParameters:
        """Draw a factor each, uniform in its logarithm, so that larger and smaller are as likely."""
        factor = torch.exp(draws.uniform(math.log(self.step[0]), math.log(self.step[1])))
        factor = torch.where(draws.chance(self.probability), factor, 1.0)
        return ScaleParameters(factor[:, None].repeat(1, len(shape)))

    @staticmethod
    def apply(points: Tensor, parameters: ScaleParameters) -> Tensor:
        """Scale points (n, *shape, axes)."""
        return parameters.move(points)


@dataclass(frozen=True)
class Stretch:
    """Stretches columns against rows, as resampling and scanners do; the area stays.

    Attributes:
        largest: Largest ratio of the two steps, as 1 + x.
    """

    largest: float

    def sample(self, draws: Draws, shape: Sequence[int]) -> ScaleParameters:
        """Draw a ratio each, uniform in its logarithm."""
        half = torch.exp(draws.uniform(-math.log1p(self.largest), math.log1p(self.largest)) / 2)
        factors = torch.ones(len(draws), len(shape))
        factors[:, -1], factors[:, -2] = half, 1 / half
        return ScaleParameters(factors)

    @staticmethod
    def apply(points: Tensor, parameters: ScaleParameters) -> Tensor:
        """Scale points (n, *shape, axes)."""
        return parameters.move(points)
