"""The wall prior of the left atrium: where about the cavity's surface scar can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.distances import CavityDistances

INNER_MM, OUTER_MM = 3.0, 2.5
"""Depth of the wall into the cavity and out of it ([S1], SCIENCE section 2)."""


def wall_mask(cavity: NDArray[np.bool_], spacing_kji_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    """d_in <= 3.0 mm and d_out <= 2.5 mm of the true cavity's surface (``CavityDistances.wall``); for training only.

    Args:
        cavity: (K, J, I). Without any cavity, or filled by it, there is no surface and no wall.
        spacing_kji_mm: Voxel size.

    Returns:
        (K, J, I) bool.
    """
    if not cavity.any() or cavity.all():
        return np.zeros_like(cavity)
    geometry = Geometry.from_spacing(cavity.shape, spacing_kji_mm)
    distances = CavityDistances.of(cavity, geometry, reach_mm=max(INNER_MM, OUTER_MM))
    return distances.restore(distances.wall(INNER_MM, OUTER_MM))


def wall_weight(wall: Tensor, fraction: float) -> Tensor:
    """W = 1 + alpha(t) M_wall, with alpha = t rising from 0 to 1 over the stage (linear: ours).

    Args:
        wall: (N, 1, *spatial) bool or in [0, 1].
        fraction: t, the share of the stage that is done, 0 to 1.
    """
    return 1 + fraction * wall.float()
