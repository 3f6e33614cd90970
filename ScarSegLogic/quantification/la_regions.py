"""Regions of the left atrium, told by directions in the patient and by the ostia."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.openings import Opening

REGIONS = ("anterior", "posterior", "roof", "floor", "septal", "lateral", "antra")
"""In the order of their numbers, beginning with 1; 0 is no region."""

FACES = (("septal", "lateral"), ("anterior", "posterior"), ("roof", "floor"))
"""Region at the positive and the negative end of each axis: right, anterior, superior."""

EXTENT_PERCENTILES = (2.0, 98.0)
"""The body of the atrium ends here along each axis, so that a stray voxel does not stretch it (ours)."""

LARGEST_TILT_DEGREES = 45.0
"""Veins whose left-to-right line leaves the patient's by more do not turn the axes (ours)."""


@dataclass(frozen=True, eq=False)
class AtrialFrame:
    """The body of the atrium as a box.

    Attributes:
        centre_ras: (3,) mm.
        axes: (3, 3) unit vectors as rows: right, anterior, superior.
        half_extents_mm: (3,) along the axes.
        veins: Openings that have antra.
    """

    centre_ras: NDArray[np.float64]
    axes: NDArray[np.float64]
    half_extents_mm: NDArray[np.float64]
    veins: tuple[Opening, ...]

    def regions(self, points_ras: ArrayLike, *, antrum_mm: float) -> NDArray[np.uint8]:
        """(N,) uint8 region of each point, 1-based place in ``REGIONS`` (ours).

        Points near the rim of a vein are antrum; the others belong to the face of the atrium's box that they lie
        towards: seen from its centre, as a share of its half extents.

        Args:
            points_ras: (N, 3) mm.
            antrum_mm: Distance from a vein's rim, the circle around its axis.
        """
        points = np.asarray(points_ras, dtype=np.float64)
        shares = ((points - self.centre_ras) @ self.axes.T) / self.half_extents_mm
        axis = np.abs(shares).argmax(axis=1)
        negative = np.take_along_axis(shares, axis[:, None], axis=1)[:, 0] < 0
        numbers = np.array([[REGIONS.index(name) + 1 for name in pair] for pair in FACES], dtype=np.uint8)
        regions = numbers[axis, negative.astype(int)]
        for vein in self.veins:
            depths, radii = vein.depth_and_radius_mm(points)
            # Inside the circle, in the mouth of the vein, everything at its plane is near the rim.
            outward = np.maximum(radii - vein.radius_mm, 0)
            regions[np.hypot(depths, outward) <= antrum_mm] = REGIONS.index("antra") + 1
        return regions


def atrial_frame(wall_points_ras: ArrayLike, openings: Sequence[Opening]) -> AtrialFrame:
    """The atrium's box from its wall and its veins.

    The axes are the patient's; where veins of both sides are known, left-to-right follows them.

    Args:
        wall_points_ras: (N, 3) mm, at least one; wall without the veins.
        openings: Ostia and mitral plane, veins named ``L...`` or ``R...`` by their side.
    """
    veins = tuple(opening for opening in openings if opening.kind is OpeningKind.VEIN)
    axes = _axes(veins)
    places = np.asarray(wall_points_ras, dtype=np.float64) @ axes.T
    low, high = np.percentile(places, EXTENT_PERCENTILES, axis=0)
    # A wall that is flat along an axis still has two sides.
    return AtrialFrame((low + high) / 2 @ axes, axes, np.maximum((high - low) / 2, 1e-3), veins)


def _axes(veins: Sequence[Opening]) -> NDArray[np.float64]:
    right = np.array([1.0, 0.0, 0.0])
    sides = [[vein.centre_ras for vein in veins if vein.name.upper().startswith(side)] for side in ("R", "L")]
    if all(sides):
        line = np.mean(sides[0], axis=0) - np.mean(sides[1], axis=0)
        length = np.linalg.norm(line)
        if length > 0 and line[0] / length >= np.cos(np.radians(LARGEST_TILT_DEGREES)):
            right = line / length
    superior = np.array([0.0, 0.0, 1.0]) - right[2] * right
    superior /= np.linalg.norm(superior)
    return np.stack([right, np.cross(superior, right), superior])
