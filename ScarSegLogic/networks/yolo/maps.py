"""What the detector says of every point, and the boxes that this means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class DetectionMaps(NamedTuple):
    """The answer of all points, P in number, level after level, fine to coarse.

    Attributes:
        confidence: (N, P) logits of a scar about the point.
        distances: (N, P, 4, bins) logits of each distance to the left, top, right and bottom side being 0, 1, ...
            strides; a distance is the mean of this distribution (Li 2020, Generalized Focal Loss).
        points: (P, 2) x, y of the points in pixels; the centre of the first pixel is 0.5, 0.5.
        strides: (P,) pixels between the points of a level.
    """

    confidence: Tensor
    distances: Tensor
    points: Tensor
    strides: Tensor

    def boxes(self) -> Tensor:
        """float32 (N, P, 4): x1, y1, x2, y2 in pixels."""
        logits = self.distances.float()
        bins = torch.arange(logits.shape[-1], device=logits.device, dtype=logits.dtype)
        lengths = (logits.softmax(-1) * bins).sum(-1) * self.strides[:, None]
        return torch.cat([self.points - lengths[..., :2], self.points + lengths[..., 2:]], dim=-1)


def grid_points(sizes: Sequence[Sequence[int]], strides: Sequence[int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Centres of the cells of each level: points (P, 2) as x, y in pixels, and their strides (P,), float32.

    Args:
        sizes: Height and width of each level in cells.
        strides: Pixels a cell, level by level.
        device: Where the tensors shall lie.
    """
    points, spacings = [], []
    for (height, width), stride in zip(sizes, strides, strict=True):
        rows = (torch.arange(height, device=device, dtype=torch.float32) + 0.5) * stride
        columns = (torch.arange(width, device=device, dtype=torch.float32) + 0.5) * stride
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        points.append(torch.stack([x.flatten(), y.flatten()], dim=1))
        spacings.append(torch.full((height * width,), float(stride), device=device))
    return torch.cat(points), torch.cat(spacings)
