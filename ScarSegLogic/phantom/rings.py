"""Which slices of a phantom show a full ring or the apical cap, and where its RV insertions are imaged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.labels import CAVITY, MYOCARDIUM
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.short_axis import ShortAxisStack


def full_ring_slices(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(K,) bool: slices with cavity whose every pixel the myocardium encloses. Labels are (K, J, I)."""
    rings = np.zeros(labels.shape[0], bool)
    for k, slice_labels in enumerate(labels):
        box = ndimage.find_objects((slice_labels > 0).astype(np.uint8))
        if not box:
            continue
        heart = slice_labels[box[0]]
        cavity = heart == CAVITY
        rings[k] = cavity.any() and not (cavity & ~ndimage.binary_fill_holes(heart >= MYOCARDIUM)).any()
    return rings


def apical_cap_slices(
    labels: NDArray[np.uint8], is_ring: NDArray[np.bool_], heights_mm: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(K,) bool: slices beyond the last full ring with myocardium and no cavity."""
    if not is_ring.any():
        return np.zeros_like(is_ring)
    beyond = heights_mm > heights_mm[is_ring].max()
    return beyond & (labels >= MYOCARDIUM).any(axis=(1, 2)) & ~(labels == CAVITY).any(axis=(1, 2))


def insertion_pixels(anatomy: LVAnatomy, stack: ShortAxisStack, is_ring: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(K, 2, 2) fractional (row, column) of the anterior and inferior insertion; NaN where there is no full ring."""
    points = np.full((len(is_ring), 2, 2), np.nan)
    for k in np.flatnonzero(is_ring):
        points[k] = stack.xy_to_pixel(anatomy.insertion_points_xy(float(stack.heights_mm[k])), int(k))
    return points
