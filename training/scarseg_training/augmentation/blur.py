"""Gaussian blur."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.gaussian import smooth


@dataclass(frozen=True, eq=False)
class BlurParameters:
    """Of the chosen samples only.

    Attributes:
        rows: (m,) positions of the samples that are blurred.
        sigma: (m, axes) SD in voxels.
    """

    rows: Tensor
    sigma: Tensor


@dataclass(frozen=True)
class GaussianBlur:
    """Blurs every spatial axis.

    Attributes:
        sigma: Smallest and largest SD, in voxels, drawn for each axis.
        probability: Of blurring at all.
    """

    sigma: tuple[float, float]
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> BlurParameters:
        """Draw the SD for images of (C, *spatial)."""
        chosen = draws.chance(self.probability)
        return BlurParameters(chosen.nonzero()[:, 0], draws.of(chosen).uniform(*self.sigma, len(shape) - 1))

    @staticmethod
    def apply(images: Tensor, parameters: BlurParameters) -> Tensor:
        """Blurred copies of images (n, C, *spatial)."""
        rows = parameters.rows.to(images.device)
        return images.index_copy(0, rows, smooth(images[rows], parameters.sigma)) if len(rows) else images
