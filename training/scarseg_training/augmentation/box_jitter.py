"""Boxes as a person or a detector would give them: a little off, a little large."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws

REFERENCE_SIDE = 256
"""Side of the slices in which [S2] gives its jitter (SCIENCE section 3)."""


@dataclass(frozen=True, eq=False)
class BoxJitterParameters:
    """In multiples of the image's side, and of the box.

    Attributes:
        shift: (n, boxes, 2) of the centre (x, y), as a share of the image's side.
        growth: (n, boxes) factor of width and height.
    """

    shift: Tensor
    growth: Tensor


@dataclass(frozen=True)
class BoxJitter:
    """Moves the centre of a box and enlarges it ([S2], SCIENCE section 3).

    Attributes:
        largest_shift_pixels: Along x and y, in slices of 256 pixels a side; larger slices shift in proportion.
        growth: Smallest and largest factor of width and height.
    """

    largest_shift_pixels: float = 2.5
    growth: tuple[float, float] = (1.0, 1.3)

    def sample(self, draws: Draws, boxes: int) -> BoxJitterParameters:
        """Draw shift and growth for ``boxes`` boxes a sample."""
        share = self.largest_shift_pixels / REFERENCE_SIDE
        return BoxJitterParameters(draws.uniform(-share, share, boxes, 2), draws.uniform(*self.growth, boxes))

    @staticmethod
    def apply(boxes: Tensor, parameters: BoxJitterParameters, side: int) -> Tensor:
        """Jitter boxes (n, boxes, 4) as x1, y1, x2, y2 in pixels of a square image; the result stays inside it."""
        shift, growth = parameters.shift.to(boxes.device), parameters.growth.to(boxes.device)
        centre = (boxes[..., :2] + boxes[..., 2:]) / 2 + shift * side
        half = (boxes[..., 2:] - boxes[..., :2]) / 2 * growth[..., None]
        return torch.cat([centre - half, centre + half], dim=-1).clamp(0, side)
