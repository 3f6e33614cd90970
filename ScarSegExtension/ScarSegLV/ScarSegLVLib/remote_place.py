"""Where to show a remote region as one point: its centre may lie in the blood, since the wall is a ring."""

from __future__ import annotations

import numpy as np

from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.volume import slices_first_axes


def place_in_region(result: LVScarResult) -> tuple[float, float, float] | None:
    """RAS mm of the voxel that lies deepest in the region, in the slice that has most of it.

    None where the region's mask is not known or empty.
    """
    from scipy import ndimage

    mask = result.remote_mask
    if mask is None or not mask.any():
        return None
    geometry = result.segmentation.geometry
    axis, *in_plane = slices_first_axes(geometry)
    stack = np.moveaxis(mask, axis, 0)
    index = int(stack.sum(axis=(1, 2)).argmax())
    spacing = [geometry.spacing_kji_mm[each] for each in in_plane]
    depth_mm = ndimage.distance_transform_edt(np.pad(stack[index], 1), sampling=spacing)[1:-1, 1:-1]
    row, column = np.unravel_index(depth_mm.argmax(), depth_mm.shape)
    place = np.zeros(3)
    place[[axis, *in_plane]] = index, row, column
    return tuple(float(value) for value in geometry.index_to_ras(place))
