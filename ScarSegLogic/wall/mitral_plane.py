"""Where the atrium opens into the left ventricle: the flattest cap of the cavity on the ventricle's side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.wall.coarse_cavity import STEP_MM, CoarseCavity

TOWARD_VENTRICLE_RAS = np.array((-0.6, 0.6, -0.5)) / np.linalg.norm((-0.6, 0.6, -0.5))
"""The left ventricle lies left, in front of and below the left atrium (ours, from the anatomy of lying patients)."""

SEARCH_DEGREES = 40.0
"""How far the valve's normal may lie from there (ours)."""

CAP_MM = 3.0
"""Thickness of the cap whose area tells how flat the cavity is there: an annulus is flat within it (ours)."""

NEAR_BODY_MM = 2.5
"""What lies so near to the body counts as body: corners of the cap that the ball does not fill (ours)."""

DIRECTION_COUNT = 600
"""Directions over the sphere, about 8 degrees apart; those near the ventricle are tried (ours)."""


@dataclass(frozen=True)
class MitralPlane:
    """The valve's plane.

    Attributes:
        centre_ras: (3,) RAS mm; the base of the cap, so that the rim of a wall over the valve is cut off as well.
        normal_ras: (3,) unit vector into the ventricle.
        radius_mm: Of the disc that covers the opening.
        flatness: Area of the cap over that of the same cap of a ball that is as deep as the cavity; 1 is a ball,
            larger is flatter.
    """

    centre_ras: NDArray[np.float64]
    normal_ras: NDArray[np.float64]
    radius_mm: float
    flatness: float


def find_mitral_plane(cavity: CoarseCavity) -> MitralPlane:
    """The flattest cap of the body toward the ventricle, favouring directions near the expected one.

    The area of each cap is weighed by the cubed cosine to the expected direction (ours), so that the broad front wall
    and the floor do not win.
    """
    body = cavity.points_ras(cavity.mask & (cavity.body <= NEAR_BODY_MM))
    normals = _directions()
    normals = normals[normals @ TOWARD_VENTRICLE_RAS >= np.cos(np.radians(SEARCH_DEGREES))]
    heights_mm = (body - cavity.body_centre_ras) @ normals.T
    tops_mm = np.percentile(heights_mm, 99.9, axis=0)
    areas_mm2 = np.count_nonzero(heights_mm > tops_mm - CAP_MM, axis=0) * STEP_MM**3 / CAP_MM
    best = int((areas_mm2 * (normals @ TOWARD_VENTRICLE_RAS) ** 3).argmax())
    cap = heights_mm[:, best] > tops_mm[best] - CAP_MM
    normal = normals[best]
    centre = body[cap].mean(axis=0)
    centre += normal * (tops_mm[best] - CAP_MM - (centre - cavity.body_centre_ras) @ normal)
    depth_mm = float(cavity.depth_mm.max())
    ball_mm2 = np.pi * (depth_mm * CAP_MM - CAP_MM**2 / 3)
    steps = body[cap] - centre
    aside_mm = np.linalg.norm(steps - (steps @ normal)[:, None] * normal, axis=1)
    return MitralPlane(
        centre, normal, float(np.percentile(aside_mm, 99)) + STEP_MM, float(areas_mm2[best] / max(ball_mm2, 1.0))
    )


def _directions() -> NDArray[np.float64]:
    """(n, 3) unit vectors spread evenly over the sphere (the Fibonacci lattice)."""
    place = np.arange(DIRECTION_COUNT) + 0.5
    height = 1 - 2 * place / DIRECTION_COUNT
    angle = np.pi * (1 + np.sqrt(5)) * place
    aside = np.sqrt(1 - height**2)
    return np.stack([aside * np.cos(angle), aside * np.sin(angle), height], axis=1)
