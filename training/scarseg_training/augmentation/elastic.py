"""Elastic deformation by smoothed noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.gaussian import smooth


@dataclass(frozen=True, eq=False)
class ElasticParameters:
    """Of the chosen samples only.

    Attributes:
        rows: (m,) positions of the samples that are deformed.
        noise: (m, axes, *shape) standard normal.
        sigma: (m,) SD of the smoothing, voxels.
        longest: (m, axes) of the longest displacement along each axis, voxels.
    """

    rows: Tensor
    noise: Tensor
    sigma: Tensor
    longest: Tensor

    def displacement(self, device: torch.device) -> Tensor:
        """The smoothed field in voxels, (m, axes, *shape), computed on a device."""
        noise, longest = self.noise.to(device), self.longest.to(device)
        axes = noise.shape[1]
        field = smooth(noise, self.sigma[:, None].expand(-1, axes))
        scale = longest / field.abs().flatten(2).amax(2).clamp(min=1e-6)
        return field * scale.view(*scale.shape, *[1] * axes)


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

    def sample(self, draws: Draws, shape: Sequence[int]) -> ElasticParameters:
        """Draw the noise and how it is smoothed and scaled, for each chosen sample."""
        chosen = draws.chance(self.probability)
        part = draws.of(chosen)
        sigma = part.uniform(*self.sigma)
        longest = torch.stack([part.uniform(low, high) for low, high in self.largest], dim=1)
        return ElasticParameters(chosen.nonzero()[:, 0], part.normal(len(shape), *shape), sigma, longest)

    @staticmethod
    def apply(points: Tensor, parameters: ElasticParameters) -> Tensor:
        """Displace points (n, *shape, axes)."""
        if not len(parameters.rows):
            return points
        field = parameters.displacement(points.device)
        return points.index_add(0, parameters.rows.to(points.device), field.movedim(1, -1))
