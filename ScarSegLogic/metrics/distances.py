"""Distances between the surfaces of two masks, in mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


@dataclass(frozen=True)
class SurfaceDistances:
    """Symmetric distances between border voxels, or None where a mask is empty (SCIENCE.md section 8).

    Attributes:
        hausdorff_mm: Largest distance from one border to the other, the larger direction.
        hausdorff_95_mm: 95th percentile instead of the largest, the larger direction (as MONAI).
        average_mm: Mean over the border voxels of both masks together.
        failed: Exactly one of the two masks is empty.
    """

    hausdorff_mm: float | None
    hausdorff_95_mm: float | None
    average_mm: float | None
    failed: bool


def surface_distances(
    prediction: NDArray[np.bool_], reference: NDArray[np.bool_], spacing_mm: tuple[float, ...]
) -> SurfaceDistances:
    """Hausdorff and average distances between the borders of two masks.

    A border voxel belongs to its mask and has a neighbour across a face outside it; beyond the array counts as outside.

    Args:
        prediction: 2D or 3D bool.
        reference: Bool of the same shape.
        spacing_mm: Distance between voxel centres along each array axis.

    Raises:
        ValueError: Shapes or the number of spacings differ.
    """
    if prediction.shape != reference.shape or len(spacing_mm) != prediction.ndim:
        raise ValueError(
            f"masks of shape {prediction.shape} and {reference.shape} with spacing {spacing_mm} cannot be compared"
        )
    if not prediction.any() or not reference.any():
        return SurfaceDistances(None, None, None, failed=bool(prediction.any() != reference.any()))
    window = _bounding_box(prediction | reference)
    first, second = _border(prediction[window]), _border(reference[window])
    to_reference = ndimage.distance_transform_edt(~second, sampling=spacing_mm)[first]
    to_prediction = ndimage.distance_transform_edt(~first, sampling=spacing_mm)[second]
    return SurfaceDistances(
        hausdorff_mm=float(max(to_reference.max(), to_prediction.max())),
        hausdorff_95_mm=float(max(np.percentile(to_reference, 95), np.percentile(to_prediction, 95))),
        average_mm=float(np.concatenate([to_reference, to_prediction]).mean()),
        failed=False,
    )


def _border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return mask & ~ndimage.binary_erosion(mask)


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, ...]:
    return ndimage.find_objects(mask.astype(np.uint8))[0]
