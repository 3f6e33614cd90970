"""One shading for z-scored slices: bias, gamma, contrast, blur and noise (ours, of the shipped LV recipes)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.augmentation.draws import Draws

BIAS_POINTS = 3
"""Control points of the bias field along each side."""
LARGEST_BIAS_SD, LARGEST_LOG_GAMMA, LARGEST_OFFSET, LARGEST_NOISE_SD = 0.25, 0.3, 0.2, 0.15
CONTRAST = (0.75, 1.3)
BLUR_PROBABILITY, NOISE_PROBABILITY = 0.3, 0.5
GAMMA_FLOOR = 0.1
"""Keeps the slope of the gamma curve finite at zero."""


@dataclass(frozen=True, eq=False)
class ShadingParameters:
    """First axis the n samples.

    Attributes:
        bias: (n, 1, 3, 3) control points of the relative bias.
        gamma: (n, 1, 1, 1).
        contrast, offset: (n, C, 1, 1).
        blur: (n, 1, 1, 1) share of the 3 x 3 mean.
        noise: (n, C, J, I).
    """

    bias: Tensor
    gamma: Tensor
    contrast: Tensor
    offset: Tensor
    blur: Tensor
    noise: Tensor


@dataclass(frozen=True)
class Shading:
    """Changes intensities as coils, sequences and window levels do."""

    def sample(self, draws: Draws, shape: Sequence[int]) -> ShadingParameters:
        """Draw everything for images of (C, J, I)."""
        channels, single = shape[0], (1, 1, 1)
        bias = draws.normal(1, BIAS_POINTS, BIAS_POINTS) * draws.uniform(0, LARGEST_BIAS_SD, *single)
        gamma = torch.exp(draws.uniform(-LARGEST_LOG_GAMMA, LARGEST_LOG_GAMMA, *single))
        contrast = draws.uniform(*CONTRAST, channels, 1, 1)
        offset = draws.uniform(-LARGEST_OFFSET, LARGEST_OFFSET, channels, 1, 1)
        blur = draws.uniform(0, 1, *single) * draws.chance(BLUR_PROBABILITY).view(-1, 1, 1, 1)
        level = draws.uniform(0, LARGEST_NOISE_SD)
        noisy = draws.chance(NOISE_PROBABILITY)
        noise = torch.zeros(len(draws), *shape)
        noise[noisy] = draws.of(noisy).normal(*shape) * level[noisy].view(-1, 1, 1, 1)
        return ShadingParameters(bias, gamma, contrast, offset, blur, noise)

    @staticmethod
    def apply(images: Tensor, parameters: ShadingParameters) -> Tensor:
        """Shaded copies of z-scored slices (n, C, J, I)."""
        bias, gamma, contrast, offset, blur, noise = (each.to(images.device) for each in vars(parameters).values())
        field = functional.interpolate(bias, size=images.shape[2:], mode="bicubic", align_corners=True)
        # A monotone curve that keeps zero and works for negative values.
        curved = torch.sign(images) * ((images.abs() + GAMMA_FLOOR) ** gamma - GAMMA_FLOOR**gamma)
        shaded = (curved * (1 + field)) * contrast + offset
        blurred = functional.avg_pool2d(shaded, 3, 1, 1, count_include_pad=False)
        return shaded + blur * (blurred - shaded) + noise
