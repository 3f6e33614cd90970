"""Where base and apex are, and which slices are basal, mid and apical."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.chords import stack_normal

APEX_DIRECTION_RAS = np.array([-1.0, 1.0, -1.0]) / np.sqrt(3.0)
"""The apex lies to the left, in front of and below the base (anatomy; equal weights are ours)."""

CLEAR_COSINE = 0.25
"""Stack normals closer than this to a right angle with the apex direction leave the order open (ours)."""

STRONG_TAPER = 1.5
"""Ratio of epicardial areas of the end thirds that overrules the header (ours)."""

WEAK_TAPER = 1.05
"""Ratio that decides where the header leaves the order open (ours)."""

LEVELS = ("basal", "mid", "apical")


@dataclass(frozen=True, eq=False)
class LongAxis:
    """The direction of the left ventricle.

    Attributes:
        base_to_apex: Unit normal of the slices in RAS towards the apex; None where it cannot be told.
        apex_at_high_index: Whether the apex lies at growing slice index.
        reason: Why the direction is unknown, else None.
        warning: A sentence for the user where header and anatomy disagree, else None.
    """

    base_to_apex: NDArray[np.float64] | None
    apex_at_high_index: bool
    reason: str | None = None
    warning: str | None = None


def find_long_axis(myocardium: NDArray[np.bool_], cavity: NDArray[np.bool_], geometry: Geometry) -> LongAxis:
    """Tell base from apex by RAS directions and by the taper of the ventricle, never by slice index.

    The RAS direction of the stack decides where it is clear. A strong taper (or an apical cap without cavity at one
    end) that says the opposite wins, with a warning: such headers are nominal. Where the direction is unclear the
    taper decides.

    Args:
        myocardium: (K, J, I) bool, whole wall, not empty.
        cavity: (K, J, I) bool.
        geometry: Grid of both.
    """
    normal = stack_normal(geometry)
    cosine = float(normal @ APEX_DIRECTION_RAS)
    taper = _taper_towards_high_index(myocardium, cavity)
    header_is_clear = abs(cosine) >= CLEAR_COSINE
    if header_is_clear and not (abs(taper) >= np.log(STRONG_TAPER) and taper * cosine < 0):
        return _axis(normal, cosine > 0)
    if header_is_clear:
        warning = (
            "the orientation in the header puts the apex at the wide end of the ventricle: base and apex were taken "
            "from the taper instead. Check the orientation; segments may be mirrored"
        )
        return _axis(normal, taper > 0, warning)
    if abs(taper) >= np.log(WEAK_TAPER):
        return _axis(normal, taper > 0)
    reason = "base and apex cannot be told apart: the slice direction is unclear and the ventricle does not taper"
    return LongAxis(None, False, reason)


def slice_levels(is_ring: NDArray[np.bool_], axis: LongAxis) -> list[str | None]:
    """Divide the full-ring slices into basal, mid and apical thirds by the place of their centre.

    Args:
        is_ring: (K,) bool: slices whose myocardium encloses the cavity.
        axis: The long axis, known.

    Returns:
        One level for each slice, None where it is not a full ring.
    """
    levels: list[str | None] = [None] * len(is_ring)
    rings = np.flatnonzero(is_ring)
    ordered = rings if axis.apex_at_high_index else rings[::-1]
    for place, index in enumerate(ordered):
        levels[index] = LEVELS[int(3 * (place + 0.5) / len(ordered))]
    return levels


def apical_cap(
    myocardium: NDArray[np.bool_], cavity: NDArray[np.bool_], is_ring: NDArray[np.bool_], axis: LongAxis
) -> NDArray[np.bool_]:
    """(K,) bool: slices of myocardium without cavity beyond the last full ring."""
    rings = np.flatnonzero(is_ring)
    index = np.arange(len(is_ring))
    beyond = index > rings.max() if axis.apex_at_high_index else index < rings.min()
    return beyond & myocardium.any(axis=(1, 2)) & ~cavity.any(axis=(1, 2))


def _axis(normal: NDArray[np.float64], apex_at_high_index: bool, warning: str | None = None) -> LongAxis:
    return LongAxis(normal if apex_at_high_index else -normal, apex_at_high_index, warning=warning)


def _taper_towards_high_index(myocardium: NDArray[np.bool_], cavity: NDArray[np.bool_]) -> float:
    """Log ratio of mean epicardial areas, first third over last; a cap without cavity at one end is infinite."""
    occupied = np.flatnonzero(myocardium.any(axis=(1, 2)))
    hollow = cavity[occupied].any(axis=(1, 2))
    if hollow.any() and hollow[0] != hollow[-1]:
        return np.inf if hollow[0] else -np.inf
    areas = np.count_nonzero(myocardium[occupied] | cavity[occupied], axis=(1, 2))
    third = max(1, len(areas) // 3)
    return float(np.log(areas[:third].mean() / areas[-third:].mean()))
