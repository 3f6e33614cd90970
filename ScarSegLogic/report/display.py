"""How a slice is turned and cut for the screen: whole quarter turns and flips, never resampled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry

SIDEWAYS_RAS = np.array([-1.0, -0.5, 0.0])
"""Where the right edge of the screen should point: patient left, and posterior where a plane holds no left-right."""
DOWNWARD_RAS = np.array([0.0, -0.5, -1.0])
"""Where the lower edge should point: the feet, and posterior in an axial plane. Both are the radiological habit."""
MINOR_LETTER_SHARE = 0.4
"""A second letter is written where the edge points at least this much (cosine) along a second patient axis (ours)."""
CROP_MARGIN_MM = 18.0
"""Shown around the myocardium: enough for the RV insertions and the lung (ours)."""

_LETTERS = (("R", "L"), ("A", "P"), ("H", "F"))


@dataclass(frozen=True, eq=False)
class SliceView:
    """Turns slices (the last two axes, rows J and columns I) into screen rows and columns.

    Attributes:
        transposed: Rows and columns change places first.
        flip_rows, flip_columns: Then these axes are reversed.
        right_ras, down_ras: Unit vectors in RAS along the screen.
        pixel_width_mm, pixel_height_mm: Size of a pixel on the screen.
    """

    transposed: bool
    flip_rows: bool
    flip_columns: bool
    right_ras: NDArray[np.float64]
    down_ras: NDArray[np.float64]
    pixel_width_mm: float
    pixel_height_mm: float

    def turn(self, stack: NDArray) -> NDArray:
        """The array, (..., J, I), as it is shown; a view."""
        shown = stack.swapaxes(-1, -2) if self.transposed else stack
        if self.flip_rows:
            shown = shown[..., ::-1, :]
        return shown[..., ::-1] if self.flip_columns else shown

    def edge_letters(self) -> dict[str, str]:
        """Patient directions at the edges ``left``, ``right``, ``top`` and ``bottom``, for example ``RA``."""
        return {
            "left": direction_letters(-self.right_ras),
            "right": direction_letters(self.right_ras),
            "top": direction_letters(-self.down_ras),
            "bottom": direction_letters(self.down_ras),
        }


def slice_view(geometry: Geometry) -> SliceView:
    """The view of a stack with slices first in the radiological habit: patient right at the left of the image.

    Of the eight turns and flips of a slice, the one whose edges point best along ``SIDEWAYS_RAS`` and
    ``DOWNWARD_RAS`` is taken; oblique planes follow the nearest one.
    """
    i_axis, j_axis, _ = geometry.directions.T
    _, j_mm, i_mm = geometry.spacing_kji_mm
    best: SliceView | None = None
    best_score = -np.inf
    for transposed, flip_rows, flip_columns in product((False, True), repeat=3):
        right, down = (j_axis, i_axis) if transposed else (i_axis, j_axis)
        width_mm, height_mm = (j_mm, i_mm) if transposed else (i_mm, j_mm)
        right = -right if flip_columns else right
        down = -down if flip_rows else down
        score = float(right @ SIDEWAYS_RAS + down @ DOWNWARD_RAS)
        if score > best_score:
            best_score = score
            best = SliceView(transposed, flip_rows, flip_columns, right, down, width_mm, height_mm)
    return best


def direction_letters(direction_ras: NDArray[np.float64]) -> str:
    """One or two patient letters of a RAS direction, the stronger first: R/L, A/P, H/F."""
    direction = np.asarray(direction_ras, dtype=np.float64) / np.linalg.norm(direction_ras)
    order = np.argsort(-np.abs(direction), kind="stable")
    kept = [axis for rank, axis in enumerate(order[:2]) if rank == 0 or abs(direction[axis]) >= MINOR_LETTER_SHARE]
    # RAS: positive is right, anterior, head.
    return "".join(_LETTERS[axis][0 if direction[axis] > 0 else 1] for axis in kept)


def crop_around(mask: NDArray[np.bool_], view: SliceView) -> tuple[slice, slice]:
    """Rows and columns of the turned stack that hold the mask in every slice, with a margin; all where it is empty."""
    flat = mask.any(axis=0)
    if not flat.any():
        return slice(0, flat.shape[0]), slice(0, flat.shape[1])
    ranges = []
    for axis, size_mm in ((0, view.pixel_height_mm), (1, view.pixel_width_mm)):
        hit = np.flatnonzero(flat.any(axis=1 - axis))
        margin = max(1, int(np.ceil(CROP_MARGIN_MM / size_mm)))
        ranges.append(slice(max(0, hit[0] - margin), min(flat.shape[axis], hit[-1] + margin + 1)))
    return ranges[0], ranges[1]


def grey_window(image: NDArray[np.float32]) -> tuple[float, float]:
    """Black and white level of a picture: its 1st and 99.5th percentile, never equal."""
    low, high = (float(value) for value in np.percentile(image, (1.0, 99.5)))
    return (low, high) if high > low else (low, low + 1.0)
