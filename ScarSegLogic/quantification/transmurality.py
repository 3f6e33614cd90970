"""How far scar reaches through the wall, how far around it, and where in the wall it lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRANSMURALITY_CLASSES = ("0", ">0-25", ">25-50", ">50-75", ">75")
"""Classes of scar area over segment area in per cent (SCIENCE.md section 6)."""

TRANSMURAL_PERCENT = 75.0
"""Mean transmurality above which the pattern is transmural (ours; the highest class)."""

SUBENDOCARDIAL_DEPTH, SUBEPICARDIAL_DEPTH = 0.4375, 0.5625
"""Mean depths between which scar is mid-wall (ours). Scar that starts at the endocardium and reaches t of the wall has
the mean depth t/2, at most .375 below the transmural line; mid-wall scar has .5; the limits lie halfway."""


@dataclass(frozen=True)
class Transmurality:
    """Radial extent over the chords of a segment. None where the segment has no chord or no scar.

    Attributes:
        mean_percent, maximum_percent: Infarct over wall thickness, over the chords that meet scar.
        circumferential_extent_percent: Chords that meet scar over chords with wall.
        pattern: subendocardial, mid-wall, subepicardial, transmural or none.
    """

    mean_percent: float | None
    maximum_percent: float | None
    circumferential_extent_percent: float | None
    pattern: str | None


def transmurality_class(scar_percent: float) -> str:
    """Class of a segment by its infarct area over its area; the upper limit of a class belongs to it."""
    if scar_percent <= 0:
        return TRANSMURALITY_CLASSES[0]
    return TRANSMURALITY_CLASSES[1 + int(np.searchsorted((25.0, 50.0, 75.0), scar_percent, side="left"))]


def measure_transmurality(wall: NDArray[np.bool_], infarct: NDArray[np.bool_]) -> Transmurality:
    """Transmurality, extent and pattern of a set of chords.

    Args:
        wall: (N, R) bool samples along N chords from the centre outward, equally spaced.
        infarct: (N, R) bool, inside ``wall``.

    Returns:
        All None without any wall; a pattern ``none`` and an extent of 0 without infarct.
    """
    thickness = wall.sum(axis=1)
    depth_sum = infarct.sum(axis=1)
    present = thickness > 0
    if not present.any():
        return Transmurality(None, None, None, None)
    scarred = depth_sum > 0
    if not scarred.any():
        return Transmurality(None, None, 0.0, "none")
    share = 100.0 * depth_sum[scarred] / thickness[scarred]
    mean = float(share.mean())
    return Transmurality(
        mean_percent=mean,
        maximum_percent=float(share.max()),
        circumferential_extent_percent=float(100.0 * scarred.sum() / present.sum()),
        pattern=_pattern(mean, _mean_depth(wall[scarred], infarct[scarred])),
    )


def _mean_depth(wall: NDArray[np.bool_], infarct: NDArray[np.bool_]) -> float:
    """Mean depth of the infarct, 0 at the endocardium and 1 at the epicardium of its own chord."""
    thickness = wall.sum(axis=1, keepdims=True)
    depth = (np.cumsum(wall, axis=1) - 0.5) / thickness
    return float(depth[infarct].mean())


def _pattern(mean_percent: float, mean_depth: float) -> str:
    if mean_percent > TRANSMURAL_PERCENT:
        return "transmural"
    if mean_depth < SUBENDOCARDIAL_DEPTH:
        return "subendocardial"
    return "subepicardial" if mean_depth > SUBEPICARDIAL_DEPTH else "mid-wall"
