"""The part of a study that holds the heart: everything else is left out before any number is computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry

CROP_MARGIN_PIXELS = 2
"""In-plane rim kept around the heart, so that neighbourhoods never meet the border of the array (ours)."""


@dataclass(frozen=True, eq=False)
class HeartCrop:
    """Image and masks cut to the heart in-plane; every slice is kept, so slice indices stay valid.

    Attributes:
        image: (K, j, i) float intensities.
        cavity, myocardium: (K, j, i) bool, empty in excluded slices; ``myocardium`` is the whole wall.
        anatomy_cavity, anatomy_myocardium: The same with the excluded slices: leaving a slice out of the numbers does
            not move base and apex.
        geometry: Grid of the cropped arrays.
        window: Slices (J, I) of the crop in the full grid.
        full_shape_kji: Shape of the input grid.
    """

    image: NDArray[np.floating]
    cavity: NDArray[np.bool_]
    myocardium: NDArray[np.bool_]
    anatomy_cavity: NDArray[np.bool_]
    anatomy_myocardium: NDArray[np.bool_]
    geometry: Geometry
    window: tuple[slice, slice]
    full_shape_kji: tuple[int, int, int]

    def cut(self, array: NDArray) -> NDArray:
        """The part of a (K, J, I) array that lies in the crop; a view."""
        return array[(slice(None), *self.window)]

    def restore(self, array: NDArray) -> NDArray:
        """A cropped array on the full grid, zero (False) elsewhere."""
        full = np.zeros(self.full_shape_kji, dtype=array.dtype)
        full[(slice(None), *self.window)] = array
        return full


def crop_to_heart(
    image: NDArray[np.floating],
    cavity: NDArray[np.bool_],
    myocardium: NDArray[np.bool_],
    geometry: Geometry,
    *,
    excluded_slices: tuple[int, ...] = (),
) -> HeartCrop:
    """Cut a study to the bounding box of its heart and empty its excluded slices.

    Args:
        image: (K, J, I) intensities.
        cavity: (K, J, I) bool.
        myocardium: (K, J, I) bool, not empty.
        geometry: Grid of the three.
        excluded_slices: Slice indices whose masks are emptied.
    """
    heart = (cavity | myocardium).any(axis=0)
    window = tuple(_span(heart.any(axis=1 - axis), heart.shape[axis]) for axis in (0, 1))
    index = (slice(None), *window)
    cropped_cavity, cropped_myocardium = cavity[index].copy(), myocardium[index].copy()
    for mask in (cropped_cavity, cropped_myocardium):
        mask[list(excluded_slices)] = False
    matrix = np.array(geometry.ijk_to_ras)
    matrix[:3, 3] = geometry.index_to_ras((0, window[0].start, window[1].start))
    return HeartCrop(
        image=image[index],
        cavity=cropped_cavity,
        myocardium=cropped_myocardium,
        anatomy_cavity=cavity[index],
        anatomy_myocardium=myocardium[index],
        geometry=Geometry(cropped_myocardium.shape, matrix),
        window=window,
        full_shape_kji=image.shape,
    )


def _span(occupied: NDArray[np.bool_], size: int) -> slice:
    places = np.flatnonzero(occupied)
    return slice(max(0, places[0] - CROP_MARGIN_PIXELS), min(size, places[-1] + 1 + CROP_MARGIN_PIXELS))
