"""Which voxels about the atrium the exclusions leave out, kept so that dragging one plane asks for that plane alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.bounded_distance import bounded_distance_mm
from ScarSegLogic.wall.box import Box, bounding_box
from ScarSegLogic.wall.distances import DISTANCE_TOLERANCE_MM, CavityDistances
from ScarSegLogic.wall.exclusions import ExclusionPlane, ExclusionSphere

Exclusion = ExclusionPlane | ExclusionSphere

CORNER_MM = 1.5
"""At a cut's edge a wall voxel behind the plane may be nearer to the atrium before it, by this and a voxel (ours)."""


class ExcludedVoxels:
    """The voxels of any possible wall about one cavity that are left out."""

    def __init__(self, distances: CavityDistances) -> None:
        self._distances = distances
        self._taken: dict[Exclusion, tuple[Box, NDArray[np.bool_]] | None] = {}
        self._mask: NDArray[np.bool_] | None = None
        self._of: tuple[Exclusion, ...] = ()

    def mask(self, exclusions: tuple[Exclusion, ...]) -> NDArray[np.bool_] | None:
        """(k, j, i) bool in the box of the distances, not to be written to; None without exclusions."""
        if exclusions != self._of:
            self._taken = {each: self._taken_by(each) for each in exclusions}
            self._mask = self._drawn() if exclusions else None
            self._of = exclusions
        return self._mask

    def _drawn(self) -> NDArray[np.bool_]:
        mask = np.zeros(self._distances.cavity.shape, dtype=bool)
        for taken in self._taken.values():
            if taken is not None:
                mask[taken[0].slices] |= taken[1]
        return mask

    def _taken_by(self, exclusion: Exclusion) -> tuple[Box, NDArray[np.bool_]] | None:
        """Box and voxels in it that one exclusion leaves out; None where it leaves nothing out."""
        if exclusion in self._taken:
            return self._taken[exclusion]
        if isinstance(exclusion, ExclusionPlane):
            return hanging_behind(exclusion, self._distances)
        return _inside(exclusion, self._distances.box_geometry)


def hanging_behind(plane: ExclusionPlane, distances: CavityDistances) -> tuple[Box, NDArray[np.bool_]] | None:
    """The part of the cavity that hangs behind a disc, and what lies about it behind the plane.

    Args:
        plane: The disc.
        distances: About the cavity.

    Returns:
        A box within the box of the distances, and (k, j, i) bool in it; None where no cavity passes through the disc.
    """
    grid = distances.box_geometry
    inner = bounding_box(distances.cavity)
    part = _through_the_disc(plane, distances.cavity[inner.slices], inner.geometry_in(grid))
    if not part.any():
        return None
    part = inner.restore(part, grid.shape_kji)
    occupied = bounding_box(part)
    spacing = grid.spacing_kji_mm
    corner_mm = CORNER_MM + float(np.linalg.norm(spacing))
    reach_mm = distances.reach_mm + corner_mm
    box = occupied.grown([int(reach_mm / step) + 1 for step in spacing], grid.shape_kji)
    nearest_mm = distances.outside_mm[box.slices] + np.float32(corner_mm)
    about = bounded_distance_mm(part[box.slices], spacing, reach_mm) <= nearest_mm
    about &= _height_mm(plane, box.geometry_in(grid)) >= -DISTANCE_TOLERANCE_MM
    about &= ~distances.cavity[box.slices]
    return box, about | part[box.slices]


def _through_the_disc(plane: ExclusionPlane, cavity: NDArray[np.bool_], grid: Geometry) -> NDArray[np.bool_]:
    """What the disc parts from the rest of the cavity.

    Where the disc is too small to close the opening, so that the cavity goes on around it, only the cylinder behind
    the disc is taken: a disc that is dragged into the atrium must not take half of it.
    """
    height_mm = _height_mm(plane, grid)
    # A sheet as thick as a voxel's diagonal has no holes, however oblique it is.
    sheet_mm = float(np.linalg.norm(grid.spacing_kji_mm))
    in_sheet = cavity & (height_mm >= -DISTANCE_TOLERANCE_MM) & (height_mm < 2 * sheet_mm)
    in_front = cavity & (height_mm < -DISTANCE_TOLERANCE_MM) & (height_mm >= -sheet_mm)
    sheet, front = (_within_radius(mask, plane, grid) for mask in (in_sheet, in_front))
    disc = sheet & (height_mm < sheet_mm)
    # Behind the plane alone a wide atrium would be taken along: the rest of it is what the disc does not touch.
    labels, count = ndimage.label(cavity & ~disc, structure=np.ones((3, 3, 3)))
    begins, rests = np.zeros(count + 1, dtype=bool), np.zeros(count + 1, dtype=bool)
    begins[labels[sheet & ~disc]] = True
    rests[labels[front]] = True
    parted = (begins & ~rests)[labels]
    parted |= disc
    if (begins & rests)[1:].any():
        parted |= _within_radius(cavity & (height_mm >= -DISTANCE_TOLERANCE_MM), plane, grid)
    return parted


def _within_radius(mask: NDArray[np.bool_], plane: ExclusionPlane, grid: Geometry) -> NDArray[np.bool_]:
    """The voxels of a mask within the disc's radius of its axis."""
    indices = np.argwhere(mask)
    near = plane.aside_mm(grid.index_to_ras(indices)) <= plane.radius_mm + DISTANCE_TOLERANCE_MM
    within = np.zeros_like(mask)
    within[tuple(indices[near].T)] = True
    return within


def _inside(sphere: ExclusionSphere, grid: Geometry) -> tuple[Box, NDArray[np.bool_]] | None:
    start, stop = (
        np.clip(index, 0, grid.shape_kji).astype(int) for index in _span(sphere.centre_ras, sphere.radius_mm, grid)
    )
    if (stop <= start).any():
        return None
    box = Box(tuple(start.tolist()), tuple(stop.tolist()))
    places = np.moveaxis(np.indices(box.shape_kji), 0, -1) + start
    return box, sphere.contains(grid.index_to_ras(places))


def _span(
    centre_ras: tuple[float, float, float], radius_mm: float, grid: Geometry
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and one-past-last index of the voxels within a radius; the axes of the grid are perpendicular."""
    middle = grid.ras_to_index(centre_ras)
    reach = (radius_mm + DISTANCE_TOLERANCE_MM) / np.array(grid.spacing_kji_mm)
    return np.ceil(middle - reach), np.floor(middle + reach) + 1


def _height_mm(plane: ExclusionPlane, grid: Geometry) -> NDArray[np.float32]:
    """(K, J, I) height of every voxel behind the plane: a sum along the axes, since the grid is regular."""
    slopes = grid.ijk_to_ras[:3, :3].T[::-1] @ np.asarray(plane.normal_ras)
    k, j, i = ((np.arange(size) * slope).astype(np.float32) for size, slope in zip(grid.shape_kji, slopes, strict=True))
    return (k + np.float32(plane.height_mm(grid.ijk_to_ras[:3, 3])))[:, None, None] + j[:, None] + i
