"""The remote (normal) myocardium that thresholds refer to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.edges import without_edges
from ScarSegLogic.quantification.result import RemoteRegion
from ScarSegLogic.volume import slices_first_axes

REMOTE_RADIUS_MM = 12.0
"""Radius of the remote region around a point of the user: about a third of a mid-ventricular wall's arc (ours)."""

DISTANCE_TOLERANCE_MM = 1e-3
"""A voxel on the circle belongs to it, however the grid is stored (SCIENCE.md section 7)."""

MINIMUM_POINT_VOXELS = 30
"""Where fewer voxels are left without the edges of the wall, the edges are kept (ours, as in ``propose_remote``)."""


def remote_region(
    image: NDArray[np.floating], mask: NDArray[np.bool_], geometry: Geometry, *, source: str
) -> RemoteRegion:
    """Mean, SD (one degree of freedom) and centre of a remote mask.

    Args:
        image: (K, J, I) intensities; not finite ones are ignored.
        mask: (K, J, I) bool, inside the myocardium.
        geometry: Grid of both.
        source: ``proposed`` or ``given``.

    Raises:
        ScarSegError: Fewer than two usable voxels.
    """
    used = mask & np.isfinite(image)
    values = image[used].astype(np.float64)
    if values.size < 2:
        raise ScarSegError(
            f"the remote region has {values.size} usable voxels inside the myocardium, at least 2 are needed: "
            "draw it on normal myocardium"
        )
    centre = geometry.index_to_ras(np.argwhere(used).mean(axis=0))
    return RemoteRegion(
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)),
        voxel_count=int(values.size),
        centre_ras=tuple(float(value) for value in centre),
        source=source,
    )


def deepest_point(mask: NDArray[np.bool_], geometry: Geometry) -> tuple[float, float, float] | None:
    """RAS mm of the voxel that lies deepest in a region, in the slice that has most of it; None where it is empty.

    The region's centre may lie in the blood, since the wall is a ring.

    Args:
        mask: (K, J, I) bool, any slice axis.
        geometry: Its grid.
    """
    if not mask.any():
        return None
    axis, *in_plane = slices_first_axes(geometry)
    stack = np.moveaxis(mask, axis, 0)
    index = int(stack.sum(axis=(1, 2)).argmax())
    spacing = [geometry.spacing_kji_mm[each] for each in in_plane]
    depth_mm = ndimage.distance_transform_edt(np.pad(stack[index], 1), sampling=spacing)[1:-1, 1:-1]
    place = np.zeros(3)
    place[[axis, *in_plane]] = index, *np.unravel_index(depth_mm.argmax(), depth_mm.shape)
    return tuple(float(value) for value in geometry.index_to_ras(place))


def given_remote(mask: NDArray[np.bool_], myocardium: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A user's remote region, cut to the myocardium of the slices that are not excluded.

    Raises:
        ScarSegError: Nothing of it lies in the myocardium.
    """
    inside = mask.astype(bool) & myocardium
    if not inside.any():
        raise ScarSegError(
            "the given remote region has no voxel in the myocardium of the slices that are not excluded: "
            "draw it on normal myocardium"
        )
    return inside


def region_around(
    point_ras: tuple[float, float, float], myocardium: NDArray[np.bool_], geometry: Geometry
) -> NDArray[np.bool_]:
    """The wall around a point of the user: within 12 mm of it, in its slice, without the edges of the wall.

    Args:
        point_ras: RAS mm; on the wall or near it.
        myocardium: (K, J, I) bool, slices first, empty in excluded slices.
        geometry: Grid of it; oblique and sheared ones too.

    Returns:
        (K, J, I) bool inside the myocardium of the slice nearest to the point.

    Raises:
        ScarSegError: The point lies above or below the slices, or no myocardium is near it in its slice.
    """
    where = ", ".join(f"{value:.1f}" for value in point_ras)
    # Distances are taken within the plane of the slice through the point: its height between slices does not count.
    position = geometry.ras_to_index(point_ras)
    index = round(float(position[0]))
    if not 0 <= index < myocardium.shape[0]:
        raise ScarSegError(
            f"the remote point (R, A, S = {where} mm) lies outside the slices of the study: move it onto the myocardium"
        )
    rows, columns = np.indices(myocardium.shape[1:])
    places = np.stack([np.full(rows.shape, position[0]), rows, columns], axis=-1)
    distance_mm = np.linalg.norm(geometry.index_to_ras(places) - np.asarray(point_ras), axis=-1)
    near = distance_mm <= REMOTE_RADIUS_MM + DISTANCE_TOLERANCE_MM
    region = np.zeros_like(myocardium, dtype=bool)
    region[index] = near & without_edges(myocardium[index : index + 1])[0]
    if np.count_nonzero(region) < MINIMUM_POINT_VOXELS:
        region[index] = near & myocardium[index]
    if not region.any():
        raise ScarSegError(
            f"no counted myocardium lies within {REMOTE_RADIUS_MM:g} mm of the remote point (R, A, S = {where} mm) in "
            f"slice {index}: move it onto normal myocardium of a slice that is not excluded"
        )
    return region
