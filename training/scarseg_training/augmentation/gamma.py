"""Gamma curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.points import per_sample

SMALLEST_RANGE = 1e-7
"""Added to the range, so that a constant image is defined (MONAI's ``AdjustContrast``)."""


@dataclass(frozen=True, eq=False)
class GammaParameters:
    """gamma: (n,), 1 where a sample is left alone."""

    gamma: Tensor


@dataclass(frozen=True)
class Gamma:
    """A power of the intensities between an image's own minimum and maximum, as MONAI's ``AdjustContrast`` takes it.

    Attributes:
        gamma: Smallest and largest power.
        probability: Of changing anything.
    """

    gamma: tuple[float, float]
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> GammaParameters:  # noqa: ARG002
        """Draw a power each."""
        return GammaParameters(torch.where(draws.chance(self.probability), draws.uniform(*self.gamma), 1.0))

    @staticmethod
    def apply(images: Tensor, parameters: GammaParameters) -> Tensor:
        """Bend images (n, C, *spatial); all channels of a sample together, their minimum and maximum stay."""
        axes = tuple(range(1, images.ndim))
        low, high = images.amin(axes, keepdim=True), images.amax(axes, keepdim=True)
        share = (images - low) / (high - low + SMALLEST_RANGE)
        return share ** per_sample(parameters.gamma, images) * (high - low) + low
