"""The cavity's surface as points with normals and areas: what thickness is measured from, without a mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.wall.distances import CavityDistances

SMOOTHING_MM = 1.5
"""SD of the Gaussian that takes the steps of the voxels out of the normals (ours)."""


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """One point for each face between a cavity voxel and one outside.

    Attributes:
        points_ras: (n, 3) RAS mm, middles of the faces.
        normals_ras: (n, 3) unit vectors out of the cavity.
        areas_mm2: (n,) what each stands for: the face seen along the normal, so that the sum is the area of the smooth
            surface and not that of its steps.
        cavity_kji: (n, 3) index of the cavity voxel on the whole grid.
    """

    points_ras: NDArray[np.float64]
    normals_ras: NDArray[np.float64]
    areas_mm2: NDArray[np.float64]
    cavity_kji: NDArray[np.intp]


def surface_points(distances: CavityDistances) -> SurfacePoints:
    """The surface of a cavity; faces on the border of the volume are none of it.

    Args:
        distances: About the cavity, with a reach of at least 5 mm.
    """
    grid, cavity = distances.box_geometry, distances.cavity
    spacing = np.array(grid.spacing_kji_mm)
    limit_mm = min(distances.reach_mm, 3 * SMOOTHING_MM)
    smooth_mm = ndimage.gaussian_filter(np.clip(distances.signed_mm, -limit_mm, limit_mm), SMOOTHING_MM / spacing)
    slopes = np.gradient(smooth_mm, *spacing)
    # The grid's axes are perpendicular: unit vectors along K, J and I turn slopes into RAS.
    axes_ras = grid.directions[:, ::-1].T
    parts = []
    for axis in range(3):
        for side in (1, -1):
            outside = np.ones_like(cavity)
            here, there = [slice(None)] * 3, [slice(None)] * 3
            here[axis], there[axis] = (slice(None, -1), slice(1, None))[::side]
            outside[tuple(here)] = cavity[tuple(there)]
            indices = np.argwhere(cavity & ~outside)
            normals = np.stack([slope[tuple(indices.T)] for slope in slopes], axis=1)
            normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
            middles = indices.astype(np.float64)
            middles[:, axis] += side / 2
            areas = np.prod(np.delete(spacing, axis)) * np.maximum(side * normals[:, axis], 0)
            parts.append((grid.index_to_ras(middles), normals @ axes_ras, areas, indices + distances.box.start_kji))
    return SurfacePoints(*(np.concatenate(each) for each in zip(*parts, strict=True)))
