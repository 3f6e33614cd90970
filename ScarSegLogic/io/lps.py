"""The one conversion between the LPS of ITK and DICOM and the RAS of Slicer."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray

from ScarSegLogic.geometry import Geometry

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Left to right and posterior to anterior; it is its own inverse."""


def geometry_from_lps(
    shape_kji: tuple[int, int, int], directions_lps: ArrayLike, spacing_ijk_mm: ArrayLike, origin_lps_mm: ArrayLike
) -> Geometry:
    """Build a grid from what ITK and DICOM give.

    Args:
        shape_kji: Slices, rows, columns.
        directions_lps: (3, 3) unit vectors of the i, j and k axes in LPS, as columns.
        spacing_ijk_mm: Spacing in ITK's order (i, j, k).
        origin_lps_mm: LPS of the centre of the first voxel.
    """
    ijk_to_lps = np.eye(4)
    ijk_to_lps[:3, :3] = np.asarray(directions_lps, dtype=np.float64) * np.asarray(spacing_ijk_mm, dtype=np.float64)
    ijk_to_lps[:3, 3] = origin_lps_mm
    return Geometry(shape_kji, LPS_TO_RAS @ ijk_to_lps)


def image_from_array(array: NDArray, geometry: Geometry) -> sitk.Image:
    """Copy a (K, J, I) array and its grid into an ITK image."""
    ijk_to_lps = LPS_TO_RAS @ geometry.ijk_to_ras
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing(geometry.spacing_kji_mm[::-1])
    image.SetOrigin(ijk_to_lps[:3, 3].tolist())
    image.SetDirection((ijk_to_lps[:3, :3] / np.linalg.norm(ijk_to_lps[:3, :3], axis=0)).ravel().tolist())
    return image
