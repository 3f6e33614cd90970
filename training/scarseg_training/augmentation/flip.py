"""Mirroring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws


@dataclass(frozen=True, eq=False)
class FlipParameters:
    """signs: (n, axes), 1 or -1."""

    signs: Tensor


@dataclass(frozen=True)
class Flip:
    """Mirrors each of some axes.

    Attributes:
        axes: Of the output, counted from its last: -1 is left and right.
        probability: Of mirroring, for each axis.
    """

    axes: tuple[int, ...] = (-1,)
    probability: float = 0.5

    def sample(self, draws: Draws, shape: Sequence[int]) -> FlipParameters:
        """Draw which axes are mirrored."""
        signs = torch.ones(len(draws), len(shape))
        for axis in self.axes:
            signs[:, axis] = torch.where(draws.chance(self.probability), -1.0, 1.0)
        return FlipParameters(signs)

    @staticmethod
    def apply(points: Tensor, parameters: FlipParameters) -> Tensor:
        """Mirror points (n, *shape, axes)."""
        signs = parameters.signs.to(points.device)
        return points * signs.view(len(signs), *[1] * (points.ndim - 2), -1)
