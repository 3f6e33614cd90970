"""Where to show a remote region as one point: its centre may lie in the blood, since the wall is a ring."""

from __future__ import annotations

import numpy as np

from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.volume import slices_first_axes


def place_in_region(result: LVScarResult) -> tuple[float, float, float] | None:
    """RAS mm of a voxel of the region: the one nearest to the middle of the region in the slice that has most of it.

    None where the region's mask is not known or empty.
    """
    mask = result.remote_mask
    if mask is None or not mask.any():
        return None
    axis = slices_first_axes(result.segmentation.geometry)[0]
    voxels = np.argwhere(mask)
    slices, counts = np.unique(voxels[:, axis], return_counts=True)
    inside = result.segmentation.geometry.index_to_ras(voxels[voxels[:, axis] == slices[counts.argmax()]])
    nearest = inside[np.linalg.norm(inside - inside.mean(axis=0), axis=1).argmin()]
    return tuple(float(value) for value in nearest)
