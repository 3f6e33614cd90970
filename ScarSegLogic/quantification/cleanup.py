"""Tidying a scar mask: closing, small islands, largest scar only. Never outside the myocardium."""

from __future__ import annotations

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry


def clean_scar(
    scar: NDArray[np.bool_],
    myocardium: NDArray[np.bool_],
    geometry: Geometry,
    *,
    minimum_component_mm2: float = 0.0,
    closing_radius_mm: float = 0.0,
    largest_component_only: bool = False,
) -> NDArray[np.bool_]:
    """Close, drop small islands, keep the largest, in this order, and cut to the myocardium.

    Args:
        scar: (K, J, I) bool.
        myocardium: (K, J, I) bool, whole wall.
        geometry: Grid of both.
        minimum_component_mm2: In-plane components (8-connected) of a smaller area in their slice are dropped.
        closing_radius_mm: In-plane radius of the closing; below half a pixel nothing happens.
        largest_component_only: Keep the largest 3D component (26-connected) alone.

    Returns:
        (K, J, I) bool, a new array. Empty in, empty out.
    """
    cleaned = scar & myocardium
    if closing_radius_mm > 0 and cleaned.any():
        cleaned = close_in_plane(cleaned, geometry, closing_radius_mm) & myocardium
    if minimum_component_mm2 > 0 and cleaned.any():
        cleaned = drop_small_islands(cleaned, geometry.pixel_area_mm2, minimum_component_mm2)
    if largest_component_only and cleaned.any():
        cleaned = cc3d.largest_k(cleaned, k=1, connectivity=26) > 0
    return cleaned


def label_in_plane(mask: NDArray[np.bool_], *, diagonal: bool = True) -> tuple[NDArray[np.int32], int]:
    """Number the 2D components of every slice, unique over the stack.

    Args:
        mask: (K, J, I) bool.
        diagonal: Whether pixels that touch by a corner belong together (8-connected), else 4-connected.

    Returns:
        (K, J, I) int32 labels, 0 outside, and the highest label.
    """
    structure = np.zeros((3, 3, 3), dtype=bool)
    structure[1] = ndimage.generate_binary_structure(2, 2 if diagonal else 1)
    return ndimage.label(mask, structure, output=np.int32)


def drop_small_islands(mask: NDArray[np.bool_], pixel_area_mm2: float, minimum_mm2: float) -> NDArray[np.bool_]:
    """Remove in-plane components whose area in their slice is below ``minimum_mm2``."""
    labels, _ = label_in_plane(mask)
    # The tolerance keeps an island of exactly the minimum, whatever the rounding of the spacing.
    large = np.bincount(labels.ravel()) * pixel_area_mm2 >= minimum_mm2 * (1 - 1e-6)
    large[0] = False
    return large[labels]


def drop_small_volumes(mask: NDArray[np.bool_], voxel_volume_ml: float, minimum_mm3: float) -> NDArray[np.bool_]:
    """Remove 3D components (26-connected) of a volume below ``minimum_mm3``; a new array."""
    if minimum_mm3 <= 0 or not mask.any():
        return mask.copy()
    labels = cc3d.connected_components(mask, connectivity=26)
    # The tolerance keeps an island of exactly the minimum, whatever the rounding of the spacing.
    large = np.bincount(labels.ravel()) * (voxel_volume_ml * 1000) >= minimum_mm3 * (1 - 1e-6)
    large[0] = False
    return large[labels]


def close_in_plane(mask: NDArray[np.bool_], geometry: Geometry, radius_mm: float) -> NDArray[np.bool_]:
    """Morphological closing of every slice by a disc given in mm, right on anisotropic and sheared pixels."""
    disc = _disc(geometry, radius_mm)
    rim = max(disc.shape) // 2
    padded = np.pad(mask, ((0, 0), (rim, rim), (rim, rim)))
    closed = ndimage.binary_closing(padded, disc[np.newaxis])
    return closed[:, rim : rim + mask.shape[1], rim : rim + mask.shape[2]]


def _disc(geometry: Geometry, radius_mm: float) -> NDArray[np.bool_]:
    """Pixels whose centre lies within the radius, as an odd-sized structuring element."""
    axis_i, axis_j = geometry.ijk_to_ras[:3, 0], geometry.ijk_to_ras[:3, 1]
    reach = int(np.ceil(radius_mm / min(geometry.spacing_kji_mm[1:])))
    offsets = np.arange(-reach, reach + 1)
    steps = offsets[:, None, None] * axis_j + offsets[None, :, None] * axis_i
    return np.linalg.norm(steps, axis=-1) <= radius_mm
