"""Brightness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.points import per_sample


@dataclass(frozen=True, eq=False)
class BrightnessParameters:
    """offset: (n,), 0 where a sample is left alone."""

    offset: Tensor


@dataclass(frozen=True)
class Brightness:
    """Adds one number to a whole image (MONAI's ``ShiftIntensity``).

    Attributes:
        largest: Largest number, added or taken away, in the image's units.
        probability: Of changing anything.
    """

    largest: float
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> BrightnessParameters:  # noqa: ARG002
        """Draw a number each."""
        return BrightnessParameters(draws.uniform(-self.largest, self.largest) * draws.chance(self.probability))

    @staticmethod
    def apply(images: Tensor, parameters: BrightnessParameters) -> Tensor:
        """Brighter or darker images (n, C, *spatial)."""
        return images + per_sample(parameters.offset, images)
