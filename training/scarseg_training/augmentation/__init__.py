"""Random views of canvases: sample parameters from a generator, then warp and shade deterministically."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

from ScarSegLogic.preprocessing.intensity import CLIP_PERCENTILES


@dataclass(frozen=True)
class WarpRanges:
    """Ranges of the spatial augmentation (ours).

    Attributes:
        scale: Isotropic zoom, smallest and largest.
        stretch: Largest anisotropic factor of one axis against the other, as 1 + x.
        shift: Largest shift, as a share of the crop's side.
        elastic_pixels: SD of the smooth displacement, in crop pixels.
    """

    scale: tuple[float, float] = (0.8, 1.25)
    stretch: float = 0.25
    shift: float = 0.08
    elastic_pixels: float = 1.0


def random_grid(count: int, size: int, reach: float, ranges: WarpRanges, generator: Generator) -> Tensor:
    """Sampling grids (count, size, size, 2) for ``grid_sample``: any rotation, mirror, zoom, stretch and shift.

    Args:
        count: Number of samples.
        size: Side of the output in pixels.
        reach: Side of the output over the side of the canvas.
        ranges: How far to go.
        generator: The only source of chance.
    """

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=generator) * (high - low) + low

    angle = uniform(-math.pi, math.pi)
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    zoom = torch.exp(uniform(math.log(ranges.scale[0]), math.log(ranges.scale[1])))
    stretch = torch.exp(uniform(-math.log1p(ranges.stretch), math.log1p(ranges.stretch)) / 2)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    # Stretch acts along the canvas axes, where scanners and resampling stretch, hence after the rotation.
    rows = torch.stack(
        [
            torch.stack([cosine * mirror * zoom * stretch, -sine * zoom * stretch], dim=1),
            torch.stack([sine * mirror * zoom / stretch, cosine * zoom / stretch], dim=1),
        ],
        dim=1,
    )
    shift = torch.stack([uniform(-ranges.shift, ranges.shift), uniform(-ranges.shift, ranges.shift)], dim=1) * 2
    theta = torch.cat([rows, shift[..., None]], dim=2) * reach
    grid = functional.affine_grid(theta, [count, 1, size, size], align_corners=False)
    return grid + smooth_displacement(count, size, ranges.elastic_pixels, generator) * (2 * reach / size)


def smooth_displacement(count: int, size: int, pixels: float, generator: Generator) -> Tensor:
    """A smooth random field (count, size, size, 2) with the given SD in pixels, from a coarse grid of 8 x 8."""
    coarse = torch.randn(count, 2, 8, 8, generator=generator) * pixels
    field = functional.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=True)
    return field.permute(0, 2, 3, 1)


def warp(canvas: Tensor, grid: Tensor) -> Tensor:
    """Sample canvases (N, C, H, W) on a grid, linearly, edges repeated."""
    return functional.grid_sample(canvas, grid, mode="bilinear", padding_mode="border", align_corners=False)


def swap_neighbours(images: Tensor, generator: Generator) -> Tensor:
    """Reverse the slice order of (N, 3, H, W) for a random half: base and apex may lie on either side."""
    chosen = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(chosen[:, None, None, None], images.flip(1), images)


def standardise(images: Tensor) -> Tensor:
    """Zero mean and unit SD of each plane of (N, C, H, W); a constant plane becomes zero."""
    deviation = images.std((2, 3), correction=0, keepdim=True)
    return (images - images.mean((2, 3), keepdim=True)) / torch.where(deviation > 0, deviation, 1.0)


def normalise(images: Tensor) -> Tensor:
    """``preprocessing.intensity.normalise_slices`` on a batch (N, C, H, W); the equality is tested."""
    flat = images.flatten(2)
    quantiles = torch.tensor([percentile / 100 for percentile in CLIP_PERCENTILES])
    low, high = torch.quantile(flat, quantiles, dim=2)[..., None]
    return standardise(torch.minimum(torch.maximum(flat, low), high).view_as(images))


def shade(images: Tensor, generator: Generator) -> Tensor:
    """Contrast, gamma, bias field, blur and noise on z-scored images (N, C, H, W), sample by sample."""
    count, channels, height, width = images.shape

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(shape, generator=generator) * (high - low) + low

    bias = functional.interpolate(
        torch.randn(count, 1, 3, 3, generator=generator) * uniform(0, 0.25, count, 1, 1, 1),
        size=(height, width),
        mode="bicubic",
        align_corners=True,
    )
    gamma = torch.exp(uniform(-0.3, 0.3, count, 1, 1, 1))
    # A monotone curve that keeps zero and works for negative values.
    curved = torch.sign(images) * ((images.abs() + 0.1) ** gamma - 0.1**gamma)
    contrast = uniform(0.75, 1.3, count, channels, 1, 1)
    offset = uniform(-0.2, 0.2, count, channels, 1, 1)
    shaded = (curved * (1 + bias)) * contrast + offset
    blur = uniform(0, 1, count, 1, 1, 1) * (torch.rand(count, 1, 1, 1, generator=generator) < 0.3)
    shaded = shaded + blur * (functional.avg_pool2d(shaded, 3, 1, 1, count_include_pad=False) - shaded)
    noise = uniform(0, 0.15, count, 1, 1, 1) * (torch.rand(count, 1, 1, 1, generator=generator) < 0.5)
    return shaded + noise * torch.randn(shaded.shape, generator=generator)
