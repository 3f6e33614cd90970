"""Where an output looks in its input: points that spatial transforms move, and the one interpolation at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.augmentation.draws import Draws


class SpatialTransform(Protocol):
    """A random change of place. Moving points, not pixels, lets several transforms share one interpolation."""

    def sample(self, draws: Draws, shape: Sequence[int]) -> Any:
        """Draw the parameters of each sample, for an output of (K, J, I) or (J, I) voxels."""
        ...

    def apply(self, points: Tensor, parameters: Any) -> Tensor:
        """Move points (n, *shape, axes); the deterministic twin."""
        ...


def centred_points(count: int, shape: Sequence[int], device: torch.device | str = "cpu") -> Tensor:
    """The voxels of an output, (count, *shape, axes), float32, in voxels from its centre, slow axis first."""
    axes = [torch.arange(size, device=device, dtype=torch.float32) - (size - 1) / 2 for size in shape]
    points = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    return points.expand(count, *points.shape)


def random_points(
    transforms: Sequence[SpatialTransform], draws: Draws, shape: Sequence[int], *, device: torch.device | str = "cpu"
) -> Tensor:
    """Points of an output after every transform in turn, each sample with parameters of its own.

    Args:
        transforms: The first one sees the upright output.
        draws: The chance of each of the n samples.
        shape: Of the output: (K, J, I) or (J, I).
        device: Where the points are computed.

    Returns:
        (n, *shape, axes), in voxels from the centre of the input.
    """
    points = centred_points(len(draws), shape, device)
    for transform in transforms:
        points = transform.apply(points, transform.sample(draws, shape))
    return points


def resample(tensor: Tensor, points: Tensor) -> Tensor:
    """Read a tensor at points, linearly; beyond the edge the edge repeats.

    Args:
        tensor: (n, C, *input); bool masks are interpolated and cut at one half, so that they stay masks.
        points: (n, *output, axes), in voxels from the centre of the input, slow axis first.

    Returns:
        (n, C, *output), of the tensor's dtype.
    """
    sizes = torch.tensor(tensor.shape[2:], device=points.device)
    grid = (points * (2 / sizes)).flip(-1)
    values = tensor if tensor.is_floating_point() else tensor.float()
    read = functional.grid_sample(values, grid.to(values.dtype), padding_mode="border", align_corners=False)
    return read > 0.5 if tensor.dtype == torch.bool else read


def per_sample(values: Tensor, like: Tensor) -> Tensor:
    """Move (n, *rest) to another tensor's device and append axes until it broadcasts against it."""
    return values.to(like.device).view(*values.shape, *[1] * (like.ndim - values.ndim))
