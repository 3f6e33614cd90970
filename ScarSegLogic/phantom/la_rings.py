"""How far scar surrounds a vein, by looking in every direction around its ostium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.distance_fields import points_of
from ScarSegLogic.phantom.la_anatomy import LAAnatomy, PulmonaryVein
from ScarSegLogic.phantom.la_scar import LAScar, antral_points

DIRECTIONS = 180
"""Directions around an ostium: one every 2 degrees."""

ANTRUM_MM = (0.5, 12.0)
"""Distances from the rim of an ostium, on the atrial side, within which scar counts as surrounding the vein (ours)."""

NOMINAL_LINE_MM = 5.0
"""Distance from the rim at which lengths are measured around a vein that was not ablated (ours)."""


@dataclass(frozen=True)
class TrueGap:
    """Directions without scar: first and extent in degrees around the ostium, and the length along the line."""

    start_deg: float
    extent_deg: float
    length_mm: float


@dataclass(frozen=True)
class TrueRing:
    """Scar around one vein.

    Attributes:
        name: Of the vein.
        encirclement_percent: Share of directions in which any part of the antrum's surface is scarred.
        length_mm: Length of the closed line around the vein in the middle of the ring.
        gaps: Runs of directions without scar; one of 360 degrees where there is none at all.
        zero_ras, quarter_ras: Unit vectors in the ostium plane of the directions 0 and 90 degrees.
    """

    name: str
    encirclement_percent: float
    length_mm: float
    gaps: tuple[TrueGap, ...]
    zero_ras: tuple[float, float, float]
    quarter_ras: tuple[float, float, float]


def true_ring(anatomy: LAAnatomy, scar: LAScar, vein: PulmonaryVein) -> TrueRing:
    """Look for scar on the continuous surface around a vein."""
    theta = np.arange(DIRECTIONS) * (2.0 * np.pi / DIRECTIONS)
    distances = np.arange(ANTRUM_MM[0], ANTRUM_MM[1] + 0.01, 0.5)
    scarred = _scarred(anatomy, scar, vein, theta, distances)
    ring = next((ring for ring in scar.rings if ring.vein is vein), None)
    middle = np.full(DIRECTIONS, NOMINAL_LINE_MM) if ring is None else ring.distance_mm(theta)
    steps = _step_lengths(antral_points(anatomy, vein, theta, middle))
    zero, quarter = vein.plane_axes()
    return TrueRing(
        name=vein.name,
        encirclement_percent=float(100.0 * scarred.mean()),
        length_mm=float(steps.sum()),
        gaps=_gaps(scarred, steps),
        zero_ras=tuple(float(value) for value in zero),
        quarter_ras=tuple(float(value) for value in quarter),
    )


def _scarred(
    anatomy: LAAnatomy, scar: LAScar, vein: PulmonaryVein, theta: NDArray, distances: NDArray
) -> NDArray[np.bool_]:
    """Whether there is scar in each direction."""
    if not scar.parts:
        return np.zeros(len(theta), bool)
    pairs = np.stack(np.meshgrid(theta, distances, indexing="ij"), axis=-1).reshape(-1, 2)
    surface = antral_points(anatomy, vein, pairs[:, 0], pairs[:, 1])
    exists = np.isfinite(surface).all(axis=1)
    points = points_of(np.where(exists[:, None], surface, 0.0))
    found = exists & (scar.level_mm(points) > 0.0) & (anatomy.beyond_ostia(points) < 0.0)
    return found.reshape(len(theta), len(distances)).any(axis=1)


def _step_lengths(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) length from each point of a closed line to the next; where a point is missing, the mean of the others."""
    steps = np.linalg.norm(np.roll(line, -1, axis=0) - line, axis=1)
    return np.where(np.isfinite(steps), steps, np.nanmean(steps))


def _gaps(scarred: NDArray[np.bool_], steps: NDArray[np.float64]) -> tuple[TrueGap, ...]:
    """Runs of directions without scar around the circle."""
    degrees = 360.0 / len(scarred)
    if not scarred.any():
        return (TrueGap(0.0, 360.0, float(steps.sum())),)
    starts = np.flatnonzero(~scarred & np.roll(scarred, 1))
    gaps = []
    for start in starts:
        rolled = np.roll(scarred, -int(start))
        extent = int(np.argmax(rolled))
        length = float(np.roll(steps, -int(start))[:extent].sum())
        gaps.append(TrueGap(float(start * degrees), extent * degrees, length))
    return tuple(gaps)
