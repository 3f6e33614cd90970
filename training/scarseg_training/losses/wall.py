"""The wall prior of the left atrium: where about the cavity's surface scar can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

INNER_MM, OUTER_MM = 3.0, 2.5
"""Depth of the wall into the cavity and out of it ([S1], SCIENCE section 2)."""
TOLERANCE_MM = 1e-3
"""Of distances on the border (SCIENCE section 7)."""


def wall_mask(cavity: NDArray[np.bool_], spacing_kji_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    """d_in <= 3.0 mm and d_out <= 2.5 mm of the true cavity's surface; for training only.

    Distances are between voxel centres, from a voxel to the nearest one on the other side of the surface.

    Args:
        cavity: (K, J, I). Without any cavity, or filled by it, there is no surface and no wall.
        spacing_kji_mm: Voxel size.

    Returns:
        (K, J, I) bool.
    """
    if not cavity.any() or cavity.all():
        return np.zeros_like(cavity)
    inside = ndimage.distance_transform_edt(cavity, sampling=spacing_kji_mm)
    outside = ndimage.distance_transform_edt(~cavity, sampling=spacing_kji_mm)
    return (inside <= INNER_MM + TOLERANCE_MM) & (outside <= OUTER_MM + TOLERANCE_MM)


def wall_weight(wall: Tensor, fraction: float) -> Tensor:
    """W = 1 + alpha(t) M_wall, with alpha = t rising from 0 to 1 over the stage (linear: ours).

    Args:
        wall: (N, 1, *spatial) bool or in [0, 1].
        fraction: t, the share of the stage that is done, 0 to 1.
    """
    return 1 + fraction * wall.float()
