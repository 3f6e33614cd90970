"""An image or a label map together with its grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry


@dataclass(frozen=True, eq=False)
class Volume:
    """A scalar image.

    Attributes:
        array: (K, J, I) float32 intensities.
        geometry: The grid; its shape is the array's.
        name: What a person calls it: a file name or series description. No patient identity.
        metadata: Facts of the source that later steps need, for example ``{"image_type": "ORIGINAL/M"}``.
        warnings: Sentences the reader wants the user to see.
        source_files: The DICOM files it was read from, each once; () where it came from elsewhere. A segmentation and
            a report in DICOM refer to them.
    """

    array: NDArray[np.float32]
    geometry: Geometry
    name: str = "image"
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    source_files: tuple[Path, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        _check_shape(self.array, self.geometry)


@dataclass(frozen=True, eq=False)
class LabelMap:
    """An integer label map: (K, J, I) array, 0 is background."""

    array: NDArray[np.integer]
    geometry: Geometry
    name: str = "labels"
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_shape(self.array, self.geometry)


Image = TypeVar("Image", Volume, LabelMap)


def with_slices_first(image: Image) -> Image:
    """The image with its slice axis (see ``Geometry.slice_axis``) moved to the front; a view, not a copy."""
    axes = slices_first_axes(image.geometry)
    return replace(image, array=image.array.transpose(axes), geometry=image.geometry.permuted(axes))


def slices_first_axes(geometry: Geometry) -> tuple[int, int, int]:
    """The transposition that brings the slice axis to the front. ``np.argsort`` of it undoes it."""
    axis = geometry.slice_axis()
    return (axis, *(other for other in range(3) if other != axis))


def _check_shape(array: NDArray, geometry: Geometry) -> None:
    if array.shape != geometry.shape_kji:
        raise ValueError(f"array of shape {array.shape} does not fit a grid of {geometry.shape_kji} (K, J, I)")
