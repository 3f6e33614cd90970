"""Rotation within the slice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.points import per_sample


@dataclass(frozen=True, eq=False)
class RotationParameters:
    """radians: (n,)."""

    radians: Tensor


@dataclass(frozen=True)
class Rotation:
    """Turns about the slice axis (ours where a source does not say: slices are far apart), on square pixels.

    Attributes:
        degrees: Largest angle, to either side.
        probability: Of turning at all.
    """

    degrees: float
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> RotationParameters:  # noqa: ARG002
        """Draw an angle each, zero where a sample is left alone."""
        angle = draws.uniform(-math.radians(self.degrees), math.radians(self.degrees))
        return RotationParameters(angle * draws.chance(self.probability))

    @staticmethod
    def apply(points: Tensor, parameters: RotationParameters) -> Tensor:
        """Turn points (n, *shape, 2 or 3)."""
        angle = per_sample(parameters.radians, points[..., 0])
        row, column = points[..., -2], points[..., -1]
        turned = [
            torch.sin(angle) * column + torch.cos(angle) * row,
            torch.cos(angle) * column - torch.sin(angle) * row,
        ]
        return torch.cat([points[..., :-2], torch.stack(turned, dim=-1)], dim=-1)
