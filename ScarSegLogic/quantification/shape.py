"""Shape of each scar in each slice (SCIENCE.md section 3: solidity, circularity, area, perimeter)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.measure import regionprops

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.metrics.perimeter import perimeter_mm
from ScarSegLogic.quantification.cleanup import label_in_plane
from ScarSegLogic.quantification.result import ScarShape


def scar_shapes(infarct: NDArray[np.bool_], geometry: Geometry) -> tuple[ScarShape, ...]:
    """Describe each in-plane component (8-connected) of scar with its MVO.

    Args:
        infarct: (K, J, I) bool, scar with MVO: a dark core is no hole in the scar.
        geometry: Grid of the mask.

    Returns:
        One entry a component, slice by slice, the largest first. Circularity is 4 pi area / perimeter^2, cut at 1
        (digital outlines of a few pixels can exceed it); solidity is area over the area of the convex hull.
    """
    axes_mm = geometry.ijk_to_ras[:3, [1, 0]].T
    labels, _ = label_in_plane(infarct)
    shapes = []
    for index in np.flatnonzero(infarct.any(axis=(1, 2))):
        regions = regionprops(labels[index])
        shapes.extend(
            _shape(region, int(index), axes_mm, geometry) for region in sorted(regions, key=lambda region: -region.area)
        )
    return tuple(shapes)


def _shape(region, index: int, axes_mm: NDArray[np.float64], geometry: Geometry) -> ScarShape:
    area_mm2 = float(region.area) * geometry.pixel_area_mm2
    outline_mm = perimeter_mm(region.image, axes_mm)
    centre = geometry.index_to_ras((index, *region.centroid))
    return ScarShape(
        slice_index=index,
        area_mm2=area_mm2,
        perimeter_mm=outline_mm,
        circularity=min(1.0, 4 * np.pi * area_mm2 / outline_mm**2),
        # Area over convex area is the same on stretched and sheared pixels, so pixels will do.
        solidity=float(region.solidity),
        centre_ras=tuple(float(value) for value in centre),
    )
