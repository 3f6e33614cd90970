"""Elastic deformation by a coarse grid of control points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.elastic import Displacement

CONTROL_POINTS = 8
"""Control points along each side (ours)."""


@dataclass(frozen=True)
class ControlPointElastic:
    """A bicubic surface through 8 x 8 random displacements over a slice (ours): wide bends for few draws.

    Attributes:
        sd_pixels: SD of the displacement of a control point, output pixels.
        probability: Of deforming at all.
    """

    sd_pixels: float
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> Displacement:
        """Draw the field of each chosen sample for an output of (J, I)."""
        chosen = draws.chance(self.probability)
        coarse = draws.of(chosen).normal(2, CONTROL_POINTS, CONTROL_POINTS) * self.sd_pixels
        field = functional.interpolate(coarse, size=tuple(shape), mode="bicubic", align_corners=True)
        return Displacement(chosen.nonzero()[:, 0], field)

    @staticmethod
    def apply(points: Tensor, parameters: Displacement) -> Tensor:
        """Displace points (n, J, I, 2)."""
        return parameters.move(points)
