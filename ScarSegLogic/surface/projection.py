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


def thickness_along_normals(
    wall: NDArray[np.bool_], geometry: Geometry, mesh: TriangleMesh, *, range_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Millimetres of wall that each outward normal crosses between two distances from the surface.

    Args:
        wall: (K, J, I) bool.
        geometry: Its grid.
        mesh: The surface, in RAS.
        range_mm: First and last distance from the surface, outward positive.

    Returns:
        (V,) float32; 0 where there is no wall.
    """
    first, last = range_mm
    count = max(1, int(np.ceil((last - first) / STEP_MM)))
    step = (last - first) / count
    middles = first + step * (np.arange(count) + 0.5)
    samples = sample_along_normals(wall, geometry, mesh, distances_mm=middles)
    return (step * np.nansum(samples, axis=0)).astype(np.float32)


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
    is_mask = array.dtype == np.bool_
    start = geometry.ras_to_index(mesh.vertices_ras)
    step = geometry.ras_to_index(mesh.vertices_ras + mesh.normals) - start
    places = start + np.asarray(distances_mm)[:, None, None] * step
    # Half a voxel beyond the last centre still belongs to the grid.
    inside = ((places >= -0.5) & (places <= np.array(array.shape) - 0.5)).all(axis=-1)
    low = np.clip(np.floor(places.min(axis=(0, 1))).astype(int) - 1, 0, np.array(array.shape) - 1)
    high = np.clip(np.ceil(places.max(axis=(0, 1))).astype(int) + 2, low + 1, array.shape)
    part = array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))].astype(np.float32)
    values = ndimage.map_coordinates(
        part, (places - low).reshape(-1, 3).T, order=0 if is_mask else 1, mode="nearest", output=np.float32
    )
    return np.where(inside, values.reshape(inside.shape), np.nan)


def _distances_mm(range_mm: tuple[float, float]) -> NDArray[np.float64]:
    first, last = range_mm
    return np.linspace(first, last, int(np.ceil((last - first) / STEP_MM)) + 1)
