"""Elastic deformation by a coarse grid of control points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from scarseg_training.augmentation.draws import Draws

CONTROL_POINTS = 8
"""Control points along each side (ours)."""


@dataclass(frozen=True, eq=False)
class ControlPointParameters:
    """Of the chosen samples only.

    Attributes:
        rows: (m,) positions of the samples that are deformed.
        points: (m, 2, 8, 8) displacement of the control points, output pixels.
    """

    rows: Tensor
    points: Tensor

    def displacement(self, shape: Sequence[int], device: torch.device) -> Tensor:
        """The bicubic surface in pixels, (m, 2, J, I), computed on a device."""
        return functional.interpolate(self.points.to(device), size=tuple(shape), mode="bicubic", align_corners=True)


@dataclass(frozen=True)
class ControlPointElastic:
    """A bicubic surface through 8 x 8 random displacements over a slice (ours): wide bends for few draws.

    Attributes:
        sd_pixels: SD of the displacement of a control point, output pixels.
        probability: Of deforming at all.
    """

    sd_pixels: float
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> ControlPointParameters:  # noqa: ARG002
        """Draw the control points of each chosen sample."""
        chosen = draws.chance(self.probability)
        points = draws.of(chosen).normal(2, CONTROL_POINTS, CONTROL_POINTS) * self.sd_pixels
        return ControlPointParameters(chosen.nonzero()[:, 0], points)

    @staticmethod
    def apply(points: Tensor, parameters: ControlPointParameters) -> Tensor:
        """Displace points (n, J, I, 2)."""
        if not len(parameters.rows):
            return points
        field = parameters.displacement(points.shape[1:3], points.device)
        return points.index_add(0, parameters.rows.to(points.device), field.movedim(1, -1))
