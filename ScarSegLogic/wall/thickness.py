"""How thick a wall is, in mm, wherever it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.surface_points import SurfacePoints

STEP_MM = 0.25
"""Distance between samples along a ray: well below a voxel (ours)."""

GAP = 0.05
"""A share of wall below this ends the wall: what follows is the wall of something else (ours)."""

PRESENT_MM = 0.25
"""Below this thickness a place has no wall: what a ray picks up from the edge of a neighbour (ours)."""


@dataclass(frozen=True)
class ThicknessStatistics:
    """Thickness over a part of the surface, every mm2 counted alike; None where it has no wall.

    Attributes:
        area_cm2: Surface that has wall.
        bare_area_cm2: Surface that has none: left out, erased or never drawn.
        mean_mm, sd_mm, median_mm, p5_mm, p95_mm: Over the surface that has wall.
    """

    area_cm2: float
    bare_area_cm2: float
    mean_mm: float | None
    sd_mm: float | None
    median_mm: float | None
    p5_mm: float | None
    p95_mm: float | None


@dataclass(frozen=True)
class WallThickness:
    """Thickness of a whole wall and of its regions."""

    whole: ThicknessStatistics
    regions: Mapping[str, ThicknessStatistics]


def thickness_mm(
    wall: NDArray[np.bool_],
    geometry: Geometry,
    points_ras: NDArray[np.float64],
    normals_ras: NDArray[np.float64],
    *,
    reach_mm: tuple[float, float] = (10.0, 10.0),
) -> NDArray[np.float64]:
    """Length of wall along the normal through each point of a surface: of voxel faces or a mesh's vertices.

    The wall is interpolated linearly between voxel centres, so that n voxels in a row measure n spacings. Only the
    stretch of wall that is nearest to the point counts, not a neighbour's behind a gap.

    Args:
        wall: (K, J, I) bool.
        geometry: Its grid.
        points_ras: (n, 3) RAS mm on the cavity's surface.
        normals_ras: (n, 3) unit vectors out of the cavity.
        reach_mm: How far into the cavity and out of it the wall is followed.

    Returns:
        (n,) mm; 0 where there is no wall.
    """
    depths_mm = np.arange(-reach_mm[0], reach_mm[1] + STEP_MM / 2, STEP_MM)
    to_index = geometry.ras_to_index(points_ras).T
    steps = (geometry.ras_to_index(points_ras + normals_ras) - geometry.ras_to_index(points_ras)).T
    wall_share = np.empty((len(depths_mm), len(points_ras)), dtype=np.float32)
    as_float = wall.astype(np.float32)
    for number, depth_mm in enumerate(depths_mm):
        ndimage.map_coordinates(as_float, to_index + depth_mm * steps, output=wall_share[number], order=1)
    return _nearest_stretch(wall_share, depths_mm) * STEP_MM


def wall_thickness(
    wall: NDArray[np.bool_],
    geometry: Geometry,
    surface: SurfacePoints,
    *,
    regions: Mapping[str, NDArray[np.bool_]] = MappingProxyType({}),
) -> WallThickness:
    """Statistics of a wall's thickness, of all of it and by region.

    Args:
        wall: (K, J, I) bool, on the grid of the surface's cavity.
        geometry: That grid.
        surface: The cavity's surface.
        regions: By name, which of the surface's points (n,) belong to it.

    Raises:
        ScarSegError: The wall is on another grid, or a region has another number of points.
    """
    if wall.shape != geometry.shape_kji:
        raise ScarSegError(
            f"the wall has the shape {wall.shape} and its grid {geometry.shape_kji} (K, J, I): "
            "resample the wall to the cavity's grid"
        )
    found = thickness_mm(wall, geometry, surface.points_ras, surface.normals_ras)
    for name, members in regions.items():
        if members.shape != found.shape:
            raise ScarSegError(
                f"the region {name} has {members.size} points and the surface {found.size}: give one for each"
            )
    return WallThickness(
        whole=thickness_statistics(found, surface.areas_mm2),
        regions={
            name: thickness_statistics(found[members], surface.areas_mm2[members]) for name, members in regions.items()
        },
    )


def thickness_statistics(found_mm: NDArray[np.float64], areas_mm2: NDArray[np.float64]) -> ThicknessStatistics:
    """Statistics of thicknesses (n,) that stand for areas (n,); bare places count by their area alone."""
    present = (found_mm >= PRESENT_MM) & (areas_mm2 > 0)
    bare_cm2 = float(areas_mm2[~present].sum()) / 100
    values, weights = found_mm[present], areas_mm2[present]
    if values.size == 0:
        return ThicknessStatistics(0.0, bare_cm2, None, None, None, None, None)
    mean_mm = float(np.average(values, weights=weights))
    sd_mm = float(np.sqrt(np.average((values - mean_mm) ** 2, weights=weights)))
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    p5, median, p95 = (float(values[order][np.searchsorted(share, level)]) for level in (0.05, 0.5, 0.95))
    return ThicknessStatistics(float(weights.sum()) / 100, bare_cm2, mean_mm, sd_mm, median, p5, p95)


def _nearest_stretch(wall_share: NDArray[np.float32], depths_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the samples of each column over the unbroken stretch that is nearest to depth 0."""
    present = wall_share >= GAP
    distance = np.where(present, np.abs(depths_mm)[:, None], np.inf)
    nearest = distance.argmin(axis=0)
    # A stretch is known by the number of gaps before it.
    stretch = np.cumsum(~present, axis=0)
    own = stretch == np.take_along_axis(stretch, nearest[None], axis=0)
    return np.where(own & present, wall_share, 0).sum(axis=0, dtype=np.float64)
