"""True AHA-17 values of the continuous heart (Cerqueira 2002)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.quadrature import HeartQuadrature

LEVELS = ("basal", "mid", "apical")

WALLS = ("anterior", "anteroseptal", "inferoseptal", "inferior", "inferolateral", "anterolateral")

SEGMENT_NAMES = (
    *(f"basal {wall}" for wall in WALLS),
    *(f"mid {wall}" for wall in WALLS),
    *(f"apical {wall}" for wall in ("anterior", "septal", "inferior", "lateral")),
    "apex",
)


@dataclass(frozen=True)
class TrueSegment:
    """One AHA segment; numbers are None, with the reason, where it is not imaged.

    Attributes:
        number, name: 1 to 17 and its field name.
        volume_ml: Whole myocardium of the segment.
        scar_percent: Infarct volume over segment volume.
        reason: Why it is not assessed, else None.
    """

    number: int
    name: str
    volume_ml: float | None
    scar_percent: float | None
    reason: str | None = None


def slice_levels(is_ring: NDArray[np.bool_], heights_mm: NDArray[np.float64]) -> list[str | None]:
    """Thirds of the full-ring slices from base to apex by the place of their centre; None for other slices."""
    levels: list[str | None] = [None] * len(is_ring)
    rings = np.flatnonzero(is_ring)
    ordered = rings[np.argsort(heights_mm[rings])]
    for place, index in enumerate(ordered):
        levels[index] = LEVELS[int(3 * (place + 0.5) / len(ordered))]
    return levels


def middle_slice(is_ring: NDArray[np.bool_], heights_mm: NDArray[np.float64]) -> int | None:
    """The middle of the full-ring slices, nearer the base where their number is even; None where there is none."""
    rings = np.flatnonzero(is_ring)
    if not rings.size:
        return None
    ordered = rings[np.argsort(heights_mm[rings])]
    return int(ordered[(len(ordered) - 1) // 2])


def true_segments(
    anatomy: LVAnatomy,
    heart: HeartQuadrature,
    heights_mm: NDArray[np.float64],
    is_ring: NDArray[np.bool_],
    is_cap: NDArray[np.bool_],
) -> tuple[TrueSegment, ...]:
    """The 17 segments in order.

    The convention, which quantification shares word for word: thirds of the full-ring slices are basal, mid and
    apical. Angles are taken about the centroid of each slice's filled epicardium, from the direction of the
    mid-ventricular anterior RV insertion (projected along the slice normal), growing through the septum, that is
    anticlockwise seen from the apex, right-handed about base-to-apex. Basal and mid have six sectors of 60 degrees:
    0 to 60 anteroseptal (2, 8), then inferoseptal (3, 9), inferior (4, 10), inferolateral (5, 11), anterolateral
    (6, 12), and -60 to 0 anterior (1, 7). Apical has four of 90 degrees: septal (14) from 15 to 105, inferior (15),
    lateral (16), anterior (13). 17 is the apical cap: slices beyond the last full ring with myocardium and no cavity.
    Breath-hold shifts move a slice with its centroid, so they cancel.

    Args:
        anatomy: The heart.
        heart: Its volume elements, one slab for each slice.
        heights_mm: (K,) centres of the slabs.
        is_ring, is_cap: (K,) bool.
    """
    centroids = heart.centroids_xy_mm()
    levels = slice_levels(is_ring, heights_mm)
    volumes, infarcts = np.zeros(17), np.zeros(17)
    middle = middle_slice(is_ring, heights_mm)
    reference = 0.0
    if middle is not None:
        x, y = anatomy.insertion_points_xy(float(heights_mm[middle]))[0] - centroids[middle]
        reference = float(np.arctan2(y, x))
    for k, level in enumerate(levels):
        if level is None:
            continue
        x = heart.radius_mm[k] * np.cos(heart.theta)[:, None] - np.float32(centroids[k, 0])
        y = heart.radius_mm[k] * np.sin(heart.theta)[:, None] - np.float32(centroids[k, 1])
        segment = segment_at(np.arctan2(y, x) - np.float32(reference), level)
        volumes += np.bincount(segment.ravel() - 1, heart.wall_ml[k].ravel(), minlength=17)
        struck = np.where(heart.infarct[k], heart.wall_ml[k], 0.0)
        infarcts += np.bincount(segment.ravel() - 1, struck.ravel(), minlength=17)
    volumes[16] = heart.wall_volumes_ml()[is_cap].sum()
    infarcts[16] = heart.infarct_volumes_ml()[is_cap].sum()
    return tuple(_segment(number, volumes[number - 1], infarcts[number - 1]) for number in range(1, 18))


def segment_at(angle: NDArray[np.floating], level: str) -> NDArray[np.intp]:
    """AHA segment numbers of angles in radians from the anterior insertion, growing through the septum."""
    degrees = np.mod(np.degrees(angle), 360.0)
    if level == "apical":
        return np.array([14, 15, 16, 13])[np.minimum((np.mod(degrees - 15.0, 360.0) / 90.0).astype(np.intp), 3)]
    first = 1 if level == "basal" else 7
    return first + np.array([1, 2, 3, 4, 5, 0])[np.minimum((degrees / 60.0).astype(np.intp), 5)]


def _segment(number: int, volume_ml: float, infarct_ml: float) -> TrueSegment:
    name = SEGMENT_NAMES[number - 1]
    if volume_ml <= 0.0:
        reason = "no apical cap is imaged" if number == 17 else "no full-ring slice is imaged at this level"
        return TrueSegment(number, name, None, None, reason)
    return TrueSegment(number, name, float(volume_ml), float(100.0 * infarct_ml / volume_ml))
