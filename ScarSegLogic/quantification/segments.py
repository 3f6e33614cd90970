"""The anatomy of a study in one frame: levels of its slices, and the AHA segments where they can be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.quantification.aha17 import SegmentedWall, locate_insertion, measure_segments
from ScarSegLogic.quantification.chords import lv_centres, sample_chords, short_axis_plane, stack_normal
from ScarSegLogic.quantification.crop import HeartCrop
from ScarSegLogic.quantification.levels import apical_cap, find_long_axis, slice_levels
from ScarSegLogic.quantification.result import Aha17

RING_COVERAGE = 0.98
"""Share of chords that must meet myocardium for a full ring: a gap of one pixel is no outflow tract (ours)."""

FARTHEST_INSERTION_MM = 40.0
"""An insertion point farther outside the epicardium than this does not belong to the heart (ours)."""


@dataclass(frozen=True, eq=False)
class SegmentalFindings:
    """Levels and segments.

    Attributes:
        levels: Level of each slice of the stack, None where it has none.
        aha17: The segments, or None.
        aha17_reason: Why there are no segments, else None.
        warnings: Sentences for the user.
    """

    levels: list[str | None]
    aha17: Aha17 | None
    aha17_reason: str | None
    warnings: tuple[str, ...] = ()


def find_segments(
    heart: HeartCrop,
    infarct: NDArray[np.bool_],
    *,
    rv_insertion_ras: tuple[float, float, float] | None,
    rv_insertion_source: str,
    missing_insertion_reason: str,
) -> SegmentalFindings:
    """Levels from the geometry alone; segments where the anterior RV insertion is known too.

    Args:
        heart: Masks and grid.
        infarct: (K, j, i) bool, scar with MVO, on the crop.
        rv_insertion_ras: Anterior RV insertion, or None.
        rv_insertion_source: ``given`` or ``predicted``.
        missing_insertion_reason: Recorded where there is no insertion.
    """
    wall, cavity = heart.anatomy_myocardium, heart.anatomy_cavity
    unknown: list[str | None] = [None] * wall.shape[0]
    centres = lv_centres(wall, cavity)
    # Rings need no long axis: seen from either side of the slices they are the same.
    plane = short_axis_plane(heart.geometry, stack_normal(heart.geometry))
    chords = sample_chords(wall, infarct, centres, heart.geometry, plane)
    is_ring = (chords.wall.any(axis=2).mean(axis=1) >= RING_COVERAGE) & cavity.any(axis=(1, 2))
    if not is_ring.any():
        return SegmentalFindings(unknown, None, "no slice has a cavity enclosed by a full ring of myocardium")
    axis = find_long_axis(wall, cavity, is_ring, heart.geometry)
    warnings = axis.warnings
    if axis.base_to_apex is None:
        return SegmentalFindings(unknown, None, axis.reason, warnings)
    levels = slice_levels(is_ring, axis)
    if rv_insertion_ras is None:
        return SegmentalFindings(levels, None, missing_insertion_reason, warnings)
    if not axis.apex_at_high_index:
        plane = short_axis_plane(heart.geometry, axis.base_to_apex)
        chords = sample_chords(wall, infarct, centres, heart.geometry, plane)
    insertion = locate_insertion(rv_insertion_ras, np.where(is_ring[:, None], centres, np.nan), heart.geometry, plane)
    outside_mm = insertion.distance_mm - _epicardial_radius_mm(heart, is_ring)
    if outside_mm > FARTHEST_INSERTION_MM or insertion.distance_mm == 0:
        where = f"R, A, S = {', '.join(f'{value:.1f}' for value in rv_insertion_ras)}"
        reason = f"the anterior RV insertion ({where}) does not lie at the wall of this heart: check its coordinates"
        return SegmentalFindings(levels, None, reason, warnings)
    frame = SegmentedWall(
        myocardium=heart.myocardium,
        infarct=infarct,
        centres_ji=centres,
        levels=levels,
        cap=apical_cap(wall, cavity, is_ring, axis),
        geometry=heart.geometry,
        plane=plane,
        insertion_angle=insertion.angle,
    )
    point = tuple(float(value) for value in rv_insertion_ras)
    return SegmentalFindings(levels, Aha17(measure_segments(frame, chords), point, rv_insertion_source), None, warnings)


def _epicardial_radius_mm(heart: HeartCrop, is_ring: NDArray[np.bool_]) -> float:
    """Radius of the disc as large as the mean filled ring."""
    pixels = np.count_nonzero((heart.anatomy_myocardium | heart.anatomy_cavity)[is_ring]) / np.count_nonzero(is_ring)
    return float(np.sqrt(pixels * heart.geometry.pixel_area_mm2 / np.pi))
