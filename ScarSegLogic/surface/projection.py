"""What an image shows along the outward normals of a surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.surface.kinds import Projection
from ScarSegLogic.surface.mesh import TriangleMesh

STEP_MM = 0.25
"""Largest distance between samples along a normal: less than half of the finest voxels in use (ours)."""

THICKNESS_REACH_MM = 12.0
"""The thickest wall on either side of the surface that is measured: beyond what can be asked for (ours)."""

WALL_BEGINS_MM = 2.0
"""A wall that begins farther from the surface belongs to something else (ours)."""


def project_along_normals(
    array: NDArray[np.floating] | NDArray[np.bool_],
    geometry: Geometry,
    mesh: TriangleMesh,
    *,
    range_mm: tuple[float, float],
    projection: Projection = Projection.MAX,
) -> NDArray[np.float32]:
    """Maximum or mean of an image along each vertex's outward normal.

    Args:
        array: (K, J, I) intensities, interpolated linearly, or a bool mask, of which the nearest voxel counts.
        geometry: Its grid, oblique or not.
        mesh: The surface, in RAS.
        range_mm: First and last distance from the surface, outward positive; both are sampled.
        projection: Maximum or mean.

    Returns:
        (V,) float32; samples outside the grid or that are not finite do not count, NaN where none is left.
    """
    samples = sample_along_normals(array, geometry, mesh, distances_mm=_distances_mm(range_mm))
    counted = np.isfinite(samples)
    if projection is Projection.MAX:
        values = np.where(counted, samples, -np.inf).max(axis=0)
    else:
        values = np.where(counted, samples, 0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    return np.where(counted.any(axis=0), values, np.nan).astype(np.float32)


def share_along_normals(
    part: NDArray[np.bool_],
    whole: NDArray[np.bool_],
    geometry: Geometry,
    mesh: TriangleMesh,
    *,
    range_mm: tuple[float, float],
) -> NDArray[np.float32]:
    """How much of the wall that a normal crosses is scar.

    Args:
        part: (K, J, I) bool, for example scar.
        whole: (K, J, I) bool, for example wall.
        geometry: Their grid.
        mesh: The surface, in RAS.
        range_mm: First and last distance from the surface, outward positive.

    Returns:
        (V,) float32, 0 to 1; 0 where the normal crosses nothing of the whole.
    """
    distances_mm = _distances_mm(range_mm)
    crossed = np.nan_to_num(sample_along_normals(whole, geometry, mesh, distances_mm=distances_mm))
    met = np.nan_to_num(sample_along_normals(part & whole, geometry, mesh, distances_mm=distances_mm))
    return (met.sum(axis=0) / np.maximum(crossed.sum(axis=0), 1)).astype(np.float32)


def thickness_along_normals(wall: NDArray[np.bool_], geometry: Geometry, mesh: TriangleMesh) -> NDArray[np.float32]:
    """Millimetres of wall that each normal crosses, inward and outward, in the stretch nearest to the surface.

    Wall that lies behind a space, as that of a neighbouring vein, does not count.

    Args:
        wall: (K, J, I) bool.
        geometry: Its grid.
        mesh: The surface, in RAS.

    Returns:
        (V,) float32, to the sampling step of 0.25 mm; 0 where no wall begins within ``WALL_BEGINS_MM``.
    """
    distances_mm = np.arange(-THICKNESS_REACH_MM, THICKNESS_REACH_MM, STEP_MM) + STEP_MM / 2
    is_wall = np.nan_to_num(sample_along_normals(wall, geometry, mesh, distances_mm=distances_mm)) > 0
    far = np.where(is_wall, np.abs(distances_mm)[:, None], np.inf)
    nearest = far.argmin(axis=0)
    vertices = np.arange(len(nearest))
    before, after = _run_lengths(is_wall), _run_lengths(is_wall[::-1])[::-1]
    steps = before[nearest, vertices] + after[nearest, vertices] - 1
    begins = far[nearest, vertices] <= WALL_BEGINS_MM
    return np.where(begins, steps * STEP_MM, 0).astype(np.float32)


def _run_lengths(is_wall: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(D, V): how many samples of wall end at each sample without a break."""
    runs = is_wall.astype(np.int32)
    for place in range(1, len(runs)):
        runs[place] *= runs[place - 1] + 1
    return runs


def sample_along_normals(
    array: NDArray[np.floating] | NDArray[np.bool_],
    geometry: Geometry,
    mesh: TriangleMesh,
    *,
    distances_mm: NDArray[np.float64],
) -> NDArray[np.float32]:
    """(D, V) float32 values at each distance from each vertex; NaN outside the grid.

    Only the part of the image that the surface needs is read.
    """
    limits = np.array(array.shape)
    start = geometry.ras_to_index(mesh.vertices_ras)
    step = geometry.ras_to_index(mesh.vertices_ras + mesh.normals) - start
    reach = start + np.array([np.min(distances_mm), np.max(distances_mm)])[:, None, None] * step
    low = np.clip(np.floor(reach.min(axis=(0, 1))).astype(int) - 1, 0, limits - 1)
    high = np.clip(np.ceil(reach.max(axis=(0, 1))).astype(int) + 2, low + 1, limits)
    part = array[tuple(slice(first, last) for first, last in zip(low, high, strict=True))]
    # One axis after another: (3, D, V).
    places = np.asarray(distances_mm, dtype=np.float32)[:, None] * step.T[:, None].astype(np.float32)
    places += (start - low).T[:, None].astype(np.float32)
    # Half a voxel beyond the last centre still belongs to the grid.
    inside = np.ones(places.shape[1:], dtype=bool)
    for place, first, size in zip(places, low, limits, strict=True):
        inside &= (place >= -0.5 - first) & (place <= size - 0.5 - first)
    if array.dtype == np.bool_:
        nearest = [
            np.clip(np.rint(place), 0, size - 1).astype(np.int32)
            for place, size in zip(places, part.shape, strict=True)
        ]
        values = part[tuple(nearest)].astype(np.float32)
    else:
        values = ndimage.map_coordinates(part.astype(np.float32), places, order=1, mode="nearest", output=np.float32)
    return np.where(inside, values, np.float32(np.nan))


def _distances_mm(range_mm: tuple[float, float]) -> NDArray[np.float64]:
    first, last = range_mm
    return np.linspace(first, last, int(np.ceil((last - first) / STEP_MM)) + 1)
