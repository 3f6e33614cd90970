"""Euclidean distances in mm that are exact up to a reach: what a wall of a few millimetres needs, and no more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def bounded_distance_mm(
    target: NDArray[np.bool_], spacing_kji_mm: tuple[float, float, float], reach_mm: float
) -> NDArray[np.float32]:
    """Distance from every voxel centre to the nearest voxel centre of the target.

    The squared distance separates into the axes (Felzenszwalb & Huttenlocher 2012), and a target within reach is
    within reach along each axis alone. So each axis is a minimum over a few shifted copies, which runs at the speed
    of memory.

    Args:
        target: (K, J, I) bool. Beyond the array there is no target.
        spacing_kji_mm: Distances between voxel centres; the axes are perpendicular.
        reach_mm: Distances up to here are exact; at least 0.

    Returns:
        (K, J, I) float32 mm: 0 in the target. A larger distance than the reach is never shown as a smaller one: it is
        above the reach, or infinite.
    """
    squared = np.where(target, np.float32(0), np.float32(np.inf))
    for axis, spacing_mm in enumerate(spacing_kji_mm):
        squared = _along(np.moveaxis(squared, axis, 0), spacing_mm, reach_mm, np.moveaxis(squared.copy(), axis, 0))
        squared = np.moveaxis(squared, 0, axis)
    return np.sqrt(squared, out=squared)


def _along(
    squared: NDArray[np.float32], spacing_mm: float, reach_mm: float, nearest: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Fill ``nearest``, a copy of ``squared``, with the minimum over the steps along axis 0 within reach."""
    # One step more than the reach: rounding of the spacing must not lose a target that lies at the reach.
    steps = min(int(reach_mm / spacing_mm) + 1, len(squared) - 1)
    shifted = np.empty_like(squared)
    for step in range(1, steps + 1):
        np.add(squared, np.float32((step * spacing_mm) ** 2), out=shifted)
        np.minimum(nearest[step:], shifted[:-step], out=nearest[step:])
        np.minimum(nearest[:-step], shifted[step:], out=nearest[:-step])
    return nearest
