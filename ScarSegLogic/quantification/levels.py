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

CONTRADICTING_TAPER = 1.5
"""Ratio of epicardial areas of the end thirds that earns a warning where the header says the opposite (ours)."""

DECIDING_TAPER = 1.05
"""Ratio that decides where the header leaves the order open (ours)."""

FARTHEST_AXIS_DEGREES = 45.0
"""A stack normal farther than this from the typical long axis is hardly that of a short-axis stack (ours)."""

LEVELS = ("basal", "mid", "apical")


@dataclass(frozen=True, eq=False)
class LongAxis:
    """The direction of the left ventricle.

    Attributes:
        base_to_apex: Unit normal of the slices in RAS towards the apex; None where it cannot be told.
        apex_at_high_index: Whether the apex lies at growing slice index.
        reason: Why the direction is unknown, else None.
        warnings: Sentences for the user where the header looks wrong.
    """

    base_to_apex: NDArray[np.float64] | None
    apex_at_high_index: bool
    reason: str | None = None
    warnings: tuple[str, ...] = ()


def find_long_axis(
    myocardium: NDArray[np.bool_], cavity: NDArray[np.bool_], is_ring: NDArray[np.bool_], geometry: Geometry
) -> LongAxis:
    """Tell base from apex by RAS directions, never by slice index.

    Where the RAS direction of the stack is clear it decides, and a strong taper that says the opposite is only told to
    the user. Where it is not clear the taper of the full rings decides.

    Args:
        myocardium: (K, J, I) bool, whole wall.
        cavity: (K, J, I) bool.
        is_ring: (K,) bool: slices whose myocardium encloses the cavity, at least one.
        geometry: Grid of both.
    """
    normal = stack_normal(geometry)
    cosine = float(normal @ APEX_DIRECTION_RAS)
    taper = _taper_towards_high_index(myocardium, cavity, is_ring)
    warnings = _orientation_warnings(cosine)
    if abs(cosine) >= CLEAR_COSINE:
        if abs(taper) >= np.log(CONTRADICTING_TAPER) and taper * cosine < 0:
            warnings += (
                "the orientation in the header puts the apex at the wide end of the ventricle; base and apex follow "
                "the header all the same. Check the orientation: segments may be mirrored",
            )
        apex_at_high_index = cosine > 0
    elif abs(taper) >= np.log(DECIDING_TAPER):
        apex_at_high_index = taper > 0
    else:
        reason = "base and apex cannot be told apart: the slice direction is unclear and the ventricle does not taper"
        return LongAxis(None, False, reason, warnings)
    return LongAxis(normal if apex_at_high_index else -normal, apex_at_high_index, warnings=warnings)


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


def _orientation_warnings(cosine: float) -> tuple[str, ...]:
    degrees = float(np.degrees(np.arccos(min(abs(cosine), 1.0))))
    if degrees <= FARTHEST_AXIS_DEGREES:
        return ()
    return (
        f"this does not look like a short-axis stack: its normal lies {degrees:.0f} degrees off the typical long axis "
        f"(up to {FARTHEST_AXIS_DEGREES:g} are expected), so levels and segments may be wrong. Check the orientation",
    )


def _taper_towards_high_index(
    myocardium: NDArray[np.bool_], cavity: NDArray[np.bool_], is_ring: NDArray[np.bool_]
) -> float:
    """Log ratio of mean epicardial areas of the full rings, first third over last; 0 where there is one ring."""
    areas = np.count_nonzero((myocardium | cavity)[is_ring], axis=(1, 2))
    third = max(1, len(areas) // 3)
    return float(np.log(areas[:third].mean() / areas[-third:].mean()))
