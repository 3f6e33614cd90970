"""Bring a label map onto another grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.volume import LabelMap


def on_grid(labels: LabelMap, geometry: Geometry) -> LabelMap:
    """Nearest-neighbour resampling onto a grid; voxels outside the map are 0. The same grid is returned as it is."""
    if labels.geometry.is_same_grid(geometry):
        return replace(labels, geometry=geometry)
    source_from_target = labels.geometry.ras_to_ijk @ geometry.ijk_to_ras
    # ndimage works on array order, so rows and columns of the matrix are reversed.
    matrix = source_from_target[:3, :3][::-1, ::-1]
    offset = source_from_target[:3, 3][::-1]
    # "constant" would already lose what lies outside the outermost voxel centres, half a slice at either end.
    array = ndimage.affine_transform(
        labels.array, matrix, offset, geometry.shape_kji, order=0, mode="grid-constant", cval=0, prefilter=False
    )
    return replace(labels, array=np.asarray(array), geometry=geometry)
