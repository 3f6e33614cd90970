"""The surface of a cavity: smooth, closed, neither shrunk nor stepped, right on anisotropic and oblique grids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.surface.mesh import TriangleMesh

EDGE_MM = 1.25
"""Grid on which the surface is cut: about 20,000 vertices for an atrium of 200 cm2 (ours)."""

SMOOTHING_MM = 1.25
"""SD of the smoothing: half a slice of 2.5 mm, so that slices leave no steps (ours)."""

MARGIN_MM = 6.0
"""Rim around the cavity that the smoothing needs (ours)."""


def cavity_surface(
    cavity: NDArray[np.bool_], geometry: Geometry, *, edge_mm: float = EDGE_MM, smoothing_mm: float = SMOOTHING_MM
) -> TriangleMesh:
    """Cut the surface of a mask, halfway between the voxel centres inside and outside.

    The signed distance to the cavity (mm) is interpolated onto a cubic grid, smoothed and cut at zero by flying edges
    (Schroeder 2015). The smoothing is twice a Gaussian minus its square, which leaves a sphere as large as it was to
    second order, where a Gaussian alone would shrink it by SD^2/R. A cavity that reaches the border of the volume is
    closed there.

    Args:
        cavity: (K, J, I) bool.
        geometry: Its grid, its axes at right angles.
        edge_mm: Spacing of the cubic grid, about the length of an edge, 0.3 to 5.
        smoothing_mm: SD of the smoothing, 0 to 5; 0 for none.

    Returns:
        The mesh of every component, in RAS, normals outward.

    Raises:
        ScarSegError: The cavity is empty, or so small that no surface is left.
    """
    if not cavity.any():
        raise ScarSegError("the cavity is empty, so it has no surface: draw it or let a model find it")
    mask, box_to_grid, spacing_mm = _reduced(_cropped(cavity, geometry), geometry.spacing_kji_mm, edge_mm)
    distance_mm = ndimage.distance_transform_edt(~mask, sampling=spacing_mm)
    distance_mm -= ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    steps = edge_mm / np.array(spacing_mm)
    shape = tuple(int(np.ceil((size - 1) / step)) + 1 for size, step in zip(mask.shape, steps, strict=True))
    field = ndimage.affine_transform(
        distance_mm.astype(np.float32), steps, output_shape=shape, order=1, mode="nearest", output=np.float32
    )
    points_kji, triangles = _cut_at_zero(_smoothed(field, smoothing_mm / edge_mm))
    if not len(triangles):
        raise ScarSegError(
            f"the cavity of {np.count_nonzero(cavity)} voxels is too small to have a smooth surface: correct the cavity"
        )
    offset, scale = box_to_grid
    mesh = TriangleMesh(geometry.index_to_ras(points_kji * steps * scale + offset), triangles)
    return mesh if mesh.enclosed_volume_ml > 0 else TriangleMesh(mesh.vertices_ras, triangles[:, ::-1])


def _cropped(cavity: NDArray[np.bool_], geometry: Geometry) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """The cavity with a rim, and the index of the crop's first voxel in the grid (negative beyond its border)."""
    box = []
    for axis in range(3):
        occupied = np.flatnonzero(cavity.any(axis=tuple(other for other in range(3) if other != axis)))
        box.append(slice(int(occupied[0]), int(occupied[-1]) + 1))
    rims = [int(np.ceil(MARGIN_MM / step)) + 1 for step in geometry.spacing_kji_mm]
    start = np.array([span.start - rim for span, rim in zip(box, rims, strict=True)], dtype=np.float64)
    return np.pad(cavity[tuple(box)], [(rim, rim) for rim in rims]), start


def _reduced(
    crop: tuple[NDArray[np.bool_], NDArray[np.float64]], spacing_kji_mm: tuple[float, float, float], edge_mm: float
) -> tuple[NDArray[np.bool_], tuple[NDArray[np.float64], NDArray[np.float64]], tuple[float, ...]]:
    """Thin out voxels that are finer than the edges: distances there would be paid for and not seen.

    Each voxel that stays takes the majority of its surroundings; their number is odd, so that none is undecided and
    the cavity neither grows nor shrinks.

    Returns:
        The mask, (offset, scale) from its indices to the grid's, and its spacing in mm.
    """
    mask, start = crop
    factors = [max(1, int(np.floor(edge_mm / step + 1e-6))) for step in spacing_kji_mm]
    if max(factors) > 1:
        shares = mask.astype(np.float32)
        for axis, factor in enumerate(factors):
            shares = ndimage.uniform_filter1d(shares, factor + 1 - factor % 2, axis=axis, mode="constant")
            shares = shares[tuple(slice(None, None, factor) if other == axis else slice(None) for other in range(3))]
        mask = shares > 0.5
    scale = np.array(factors, dtype=np.float64)
    return mask, (start, scale), tuple(step * factor for step, factor in zip(spacing_kji_mm, factors, strict=True))


def _smoothed(field: NDArray[np.float32], sd: float) -> NDArray[np.float32]:
    if sd <= 0:
        return field
    once = ndimage.gaussian_filter(field, sd, mode="nearest")
    return 2 * once - ndimage.gaussian_filter(once, sd, mode="nearest")


def _cut_at_zero(field: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices (V, 3) as indices (k, j, i) of the field, and triangles."""
    image = vtkImageData()
    image.SetDimensions(*field.shape[::-1])
    values = np.ascontiguousarray(field).ravel()
    image.GetPointData().SetScalars(numpy_to_vtk(values))
    contour = vtkFlyingEdges3D()
    contour.SetInputData(image)
    contour.SetValue(0, 0.0)
    contour.ComputeNormalsOff()
    contour.ComputeGradientsOff()
    contour.ComputeScalarsOff()
    contour.Update()
    surface = contour.GetOutput()
    if not surface.GetNumberOfPolys():
        return np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)
    points = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    corners = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).astype(np.int64)
    return points[:, ::-1], corners.reshape(-1, 3)
