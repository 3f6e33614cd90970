"""Square crops around the heart that undo its size and aspect, and the way back to the input grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BOX_MASS_QUANTILE = 0.01
"""Share of the heart's projected mass cut off on each side when its extent is measured, against stray voxels (ours)."""


@dataclass(frozen=True)
class SliceBox:
    """One rectangle of the J-I plane, in fractional pixels of the input grid, shared by all slices of a study.

    Attributes:
        centre_ji: Index of the centre; integers are pixel centres.
        sides_ji: Lengths of the sides in pixels. A crop maps them to a square, so a stretched heart becomes round.
    """

    centre_ji: tuple[float, float]
    sides_ji: tuple[float, float]

    def crop(self, slices: NDArray[np.float32], size: int) -> NDArray[np.float32]:
        """Resample (K, J, I) to (K, size, size): linear, low-passed where it shrinks, edges repeated outside."""
        rows = sampling_matrix(self.centre_ji[0], self.sides_ji[0], size, slices.shape[1])
        columns = sampling_matrix(self.centre_ji[1], self.sides_ji[1], size, slices.shape[2])
        return np.matmul(np.matmul(rows, slices.astype(np.float32)), columns.T)

    def paste(self, crop: NDArray[np.float32], shape_ji: tuple[int, int]) -> NDArray[np.float32]:
        """Resample (..., size, size) back to (..., J, I): linear, zero outside the box."""
        size = crop.shape[-1]
        rows = pasting_matrix(self.centre_ji[0], self.sides_ji[0], size, shape_ji[0])
        columns = pasting_matrix(self.centre_ji[1], self.sides_ji[1], size, shape_ji[1])
        return np.matmul(np.matmul(rows, crop), columns.T)

    def scaled(self, factor: float) -> SliceBox:
        """The box with both sides multiplied, about the same centre."""
        return SliceBox(self.centre_ji, (self.sides_ji[0] * factor, self.sides_ji[1] * factor))

    def to_crop(self, points_ji: NDArray[np.float64], size: int) -> NDArray[np.float64]:
        """Map input indices (..., 2) to fractional pixels of a crop."""
        return ((np.asarray(points_ji) - self.centre_ji) / self.sides_ji + 0.5) * size - 0.5

    def from_crop(self, points: NDArray[np.float64], size: int) -> NDArray[np.float64]:
        """Map fractional crop pixels (..., 2) to input indices; the inverse of ``to_crop``."""
        return ((np.asarray(points) + 0.5) / size - 0.5) * self.sides_ji + np.asarray(self.centre_ji)


def whole_slice_box(shape_ji: tuple[int, int], spacing_ji_mm: tuple[float, float], field_of_view_mm: float) -> SliceBox:
    """A square of the given size in mm about the middle of the slice, enlarged where the slice is larger."""
    extent_mm = max(field_of_view_mm, *(size * spacing for size, spacing in zip(shape_ji, spacing_ji_mm, strict=True)))
    centre = ((shape_ji[0] - 1) / 2, (shape_ji[1] - 1) / 2)
    return SliceBox(centre, (extent_mm / spacing_ji_mm[0], extent_mm / spacing_ji_mm[1]))


def heart_box(heart: NDArray, margin_factor: float) -> SliceBox | None:
    """The extent of a (K, J, I) mask or probability of the left ventricle, times a factor; None where it is empty.

    The extent lies between the ``BOX_MASS_QUANTILE`` quantiles of the mass projected on each axis.
    """
    mass = heart.sum(axis=0, dtype=np.float64)
    if mass.sum() <= 0:
        return None
    bounds = [_mass_interval(mass.sum(axis=1)), _mass_interval(mass.sum(axis=0))]
    centre = tuple((low + high) / 2 for low, high in bounds)
    sides = tuple(max(high - low, 4.0) * margin_factor for low, high in bounds)
    return SliceBox(centre, sides)


def _mass_interval(profile: NDArray[np.float64]) -> tuple[float, float]:
    """Edges (in index units, pixel borders at +-0.5) between which all but the cut-off mass of a profile lies."""
    cumulative = np.concatenate([[0.0], np.cumsum(profile)]) / profile.sum()
    edges = np.arange(len(cumulative)) - 0.5
    low, high = np.interp([BOX_MASS_QUANTILE, 1 - BOX_MASS_QUANTILE], cumulative, edges)
    return float(low), float(high)


def sampling_matrix(centre: float, side: float, size: int, length: int) -> NDArray[np.float32]:
    """(size, length) weights of a triangle filter, as wide as one output pixel where the crop shrinks the image."""
    step = side / size
    positions = np.clip(centre + ((np.arange(size) + 0.5) / size - 0.5) * side, 0, length - 1)
    distance = np.abs(positions[:, None] - np.arange(length)[None]) / max(step, 1.0)
    weights = np.clip(1.0 - distance, 0.0, None)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def pasting_matrix(centre: float, side: float, size: int, length: int) -> NDArray[np.float32]:
    """(length, size) linear weights from crop pixels to input pixels; rows outside the box are zero."""
    positions = ((np.arange(length) - centre) / side + 0.5) * size - 0.5
    inside = (positions >= -0.5) & (positions <= size - 0.5)
    distance = np.abs(np.clip(positions, 0, size - 1)[:, None] - np.arange(size)[None])
    return (np.clip(1.0 - distance, 0.0, None) * inside[:, None]).astype(np.float32)
