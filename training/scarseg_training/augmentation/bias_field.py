"""The smooth shading of receive coils."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws

DEGREE = 3
"""Largest total degree of the polynomial (Van Leemput 1999, MONAI's default)."""


@dataclass(frozen=True, eq=False)
class BiasFieldParameters:
    """coefficients: (n, 4, ...), one axis of degrees 0 to 3 for each spatial axis; zero above total degree 3."""

    coefficients: Tensor


@dataclass(frozen=True)
class BiasField:
    """Multiplies an image by the exponential of a Legendre polynomial of its place (MONAI's ``RandBiasField``).

    Attributes:
        coefficient: Smallest and largest coefficient.
        probability: Of changing anything.
    """

    coefficient: tuple[float, float]
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> BiasFieldParameters:
        """Draw the coefficients for images of (C, *spatial)."""
        axes = len(shape) - 1
        degrees = torch.stack(torch.meshgrid(*[torch.arange(DEGREE + 1)] * axes, indexing="ij"))
        drawn = draws.uniform(*self.coefficient, *[DEGREE + 1] * axes) * (degrees.sum(0) <= DEGREE)
        return BiasFieldParameters(drawn * draws.chance(self.probability).view(-1, *[1] * axes))

    @staticmethod
    def apply(images: Tensor, parameters: BiasFieldParameters) -> Tensor:
        """Shaded copies of images (n, C, *spatial)."""
        if not parameters.coefficients.any():
            return images
        field = parameters.coefficients.to(images.device)
        for size in images.shape[2:]:
            # Contract the first remaining degree axis and append its place axis, until places have replaced degrees.
            field = torch.tensordot(field, _legendre(size, images.device), dims=([1], [0]))
        return images * torch.exp(field)[:, None].to(images.dtype)


def _legendre(size: int, device: torch.device) -> Tensor:
    """Legendre polynomials of degree 0 to 3 at ``size`` places from -1 to 1: (4, size)."""
    x = torch.linspace(-1, 1, size, device=device)
    return torch.stack([torch.ones_like(x), x, (3 * x**2 - 1) / 2, (5 * x**3 - 3 * x) / 2])
