"""Elastic deformation by smoothed noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.gaussian import smooth


@dataclass(frozen=True, eq=False)
class Displacement:
    """Of the chosen samples only.

    Attributes:
        rows: (m,) positions of the samples that are moved.
        voxels: (m, axes, *shape) float32.
    """

    rows: Tensor
    voxels: Tensor

    def move(self, points: Tensor) -> Tensor:
        """Add the displacement of each output voxel to its point (n, *shape, axes)."""
        if not len(self.rows):
            return points
        return points.index_add(0, self.rows.to(points.device), self.voxels.to(points.device).movedim(1, -1))


@dataclass(frozen=True)
class Elastic:
    """White noise smoothed by a Gaussian, scaled so that its longest displacement is the drawn one.

    The sources give smoothing and displacement in voxels and do not say how one limits the other; the scaling is ours.
    (MONAI's ``Rand3DElastic`` scales before it smooths: 6 voxels then become less than a tenth of one.)

    Attributes:
        sigma: Smallest and largest SD of the smoothing, voxels.
        largest: For each axis of the output, smallest and largest of the longest displacement, voxels.
        probability: Of deforming at all.
    """

    sigma: tuple[float, float]
    largest: tuple[tuple[float, float], ...]
    probability: float = 1.0

    def sample(self, draws: Draws, shape: Sequence[int]) -> Displacement:
        """Draw and smooth the field of each chosen sample."""
        chosen = draws.chance(self.probability)
        part = draws.of(chosen)
        sigma = part.uniform(*self.sigma)[:, None].repeat(1, len(shape))
        longest = torch.stack([part.uniform(low, high) for low, high in self.largest], dim=1)
        field = smooth(part.normal(len(shape), *shape), sigma)
        scale = longest / field.abs().flatten(2).amax(2).clamp(min=1e-6)
        return Displacement(chosen.nonzero()[:, 0], field * scale.view(*scale.shape, *[1] * len(shape)))

    @staticmethod
    def apply(points: Tensor, parameters: Displacement) -> Tensor:
        """Displace points (n, *shape, axes)."""
        return parameters.move(points)
