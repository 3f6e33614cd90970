"""Noise: Gaussian, and Rician as in magnitude images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws


@dataclass(frozen=True, eq=False)
class NoiseParameters:
    """Of the chosen samples only.

    Attributes:
        rows: (m,) positions of the samples that get noise.
        fields: (m, parts, C, *spatial): one part for Gaussian, real and imaginary for Rician noise.
    """

    rows: Tensor
    fields: Tensor


@dataclass(frozen=True)
class GaussianNoise:
    """Adds independent normal noise to every voxel.

    Attributes:
        sd: Smallest and largest SD, in the image's units.
        probability: Of adding any.
    """

    sd: tuple[float, float]
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> NoiseParameters:
        """Draw the noise of images of (C, *spatial)."""
        return _noise(draws, (1, *shape), self.sd, self.probability)

    @staticmethod
    def apply(images: Tensor, parameters: NoiseParameters) -> Tensor:
        """Noisy copies of images (n, C, *spatial)."""
        rows, fields = parameters.rows.to(images.device), parameters.fields.to(images.device)
        return images.index_add(0, rows, fields[:, 0]) if len(rows) else images


@dataclass(frozen=True)
class RicianNoise:
    """The noise of a magnitude image: the length of a complex signal with normal noise (Gudbjartsson 1995).

    Attributes:
        sd: Smallest and largest SD of each part, in the image's units.
        probability: Of adding any.
    """

    sd: tuple[float, float]
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> NoiseParameters:
        """Draw both parts of the noise of images of (C, *spatial)."""
        return _noise(draws, (2, *shape), self.sd, self.probability)

    @staticmethod
    def apply(images: Tensor, parameters: NoiseParameters) -> Tensor:
        """Noisy copies of magnitude images (n, C, *spatial), 0 and above: |x + n1 + i n2|."""
        if not len(parameters.rows):
            return images
        rows, fields = parameters.rows.to(images.device), parameters.fields.to(images.device)
        noisy = torch.hypot(images[rows] + fields[:, 0], fields[:, 1])
        return images.index_copy(0, rows, noisy)


def _noise(draws: Draws, shape: tuple[int, ...], sd: tuple[float, float], probability: float) -> NoiseParameters:
    chosen = draws.chance(probability)
    part = draws.of(chosen)
    level = part.uniform(*sd)
    return NoiseParameters(chosen.nonzero()[:, 0], part.normal(*shape) * level.view(-1, *[1] * len(shape)))
