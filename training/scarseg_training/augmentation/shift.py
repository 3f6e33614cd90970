"""Shift within the slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws


@dataclass(frozen=True, eq=False)
class ShiftParameters:
    """voxels: (n, axes)."""

    voxels: Tensor


@dataclass(frozen=True)
class Shift:
    """Shifts within the slice.

    Attributes:
        largest: Largest shift along rows and columns, as a share of the output's side.
    """

    largest: float

    def sample(self, draws: Draws, shape: Sequence[int]) -> ShiftParameters:
        """Draw a shift each, in voxels."""
        voxels = torch.zeros(len(draws), len(shape))
        voxels[:, -2:] = draws.uniform(-self.largest, self.largest, 2) * torch.tensor(shape[-2:])
        return ShiftParameters(voxels)

    @staticmethod
    def apply(points: Tensor, parameters: ShiftParameters) -> Tensor:
        """Shift points (n, *shape, axes)."""
        voxels = parameters.voxels.to(points.device)
        return points + voxels.view(len(voxels), *[1] * (points.ndim - 2), -1)
