"""Gaussian smoothing along chosen axes, each sample with its own width: a matrix product for every axis."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TRUNCATE = 4.0
"""Widths beyond which the kernel is cut (scipy's default)."""


def gaussian_matrix(size: int, sigma: Tensor) -> Tensor:
    """Smoothing of a row of voxels as matrices (n, size, size); rows sum to 1 and the edge voxels repeat outwards.

    Args:
        size: Voxels along the axis.
        sigma: (n,) SD in voxels; 0 leaves the row as it is.
    """
    radius = max(1, math.ceil(TRUNCATE * float(sigma.max()))) if len(sigma) else 1
    places = torch.arange(-radius, size + radius, device=sigma.device)
    offsets = places[None, :] - torch.arange(size, device=sigma.device)[:, None]
    reach = torch.floor(TRUNCATE * sigma + 0.5)[:, None, None]
    weights = torch.exp(-0.5 * (offsets / sigma[:, None, None].clamp(min=1e-3)) ** 2) * (offsets.abs() <= reach)
    weights = weights / weights.sum(2, keepdim=True)
    matrix = torch.zeros(len(sigma), size, size, device=sigma.device, dtype=weights.dtype)
    return matrix.index_add_(2, places.clamp(0, size - 1), weights)


def smooth(values: Tensor, sigma: Tensor) -> Tensor:
    """Smooth (n, C, *spatial) along its last axes, as many as ``sigma`` has; other axes are not touched.

    A product of matrices instead of a convolution: the widths may differ from sample to sample without a loop, and
    the sides of medical images are short enough for it to be quick on a CPU and on a GPU.

    Args:
        values: Floating point.
        sigma: (n, axes) SD in voxels of the last axes, in their order.
    """
    sigma = sigma.to(values.device, torch.float32)
    for axis in range(sigma.shape[1]):
        place = axis - sigma.shape[1]
        matrix = gaussian_matrix(values.shape[place], sigma[:, axis]).to(values.dtype)
        flat = values.movedim(place, 1).flatten(2)
        values = (matrix @ flat).view(values.movedim(place, 1).shape).movedim(1, place)
    return values
