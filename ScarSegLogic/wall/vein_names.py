"""Which vein a tube is: by its place about the atrium's body, in RAS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ScarSegLogic.wall.branches import Branch
from ScarSegLogic.wall.coarse_cavity import STEP_MM, CoarseCavity

APPENDAGE = "appendage"

EXPECTED_PLACES = {
    "LSPV": (-1.33, -0.19, 0.85),
    "LIPV": (-1.23, -1.06, 0.35),
    "RSPV": (2.21, 0.19, 0.44),
    "RIPV": (1.96, -0.91, 0.02),
    APPENDAGE: (-1.29, 0.79, 0.69),
}
"""R, A, S of ostium plus half a radius along the tube, from the body's middle in radii of the ball of the body's
volume (ours: means of 132 tubes in the 30 training atria of the 2018 challenge, from a first guess; SD .11-.28)."""

ALONG = 0.5
"""Share of the radius that is stepped along the tube: place and direction count alike (ours)."""

FARTHEST = 1.0
"""A tube further from every free place than this, in radii, gets no name (ours)."""


@dataclass(frozen=True)
class BranchName:
    """What a tube is.

    Attributes:
        name: A key of ``EXPECTED_PLACES``; ``vein`` and a number where the place tells nothing.
        certainty: 0 to 1: how much nearer its own place is than the next.
    """

    name: str
    certainty: float


def name_branches(branches: tuple[Branch, ...], cavity: CoarseCavity) -> tuple[BranchName, ...]:
    """Give each tube the name of the expected place it fits; no name is given twice.

    The match is the one of the least sum of squared distances, so that of three tubes on the left the front one is
    the appendage.
    """
    if not branches:
        return ()
    body_mm3 = np.count_nonzero(cavity.mask & (cavity.body <= 0)) * STEP_MM**3
    radius_mm = (3 * body_mm3 / (4 * np.pi)) ** (1 / 3)
    steps = np.array([(branch.ostium_ras - cavity.body_centre_ras) / radius_mm for branch in branches])
    places = steps + ALONG * np.array([branch.direction_ras for branch in branches])
    away = np.linalg.norm(places[:, None] - np.array(list(EXPECTED_PLACES.values())), axis=-1)
    matched = dict(zip(*(side.tolist() for side in linear_sum_assignment(away**2)), strict=True))
    names = []
    for number, distances in enumerate(away):
        place = matched.get(number)
        if place is None or distances[place] > FARTHEST:
            names.append(BranchName(f"vein {number + 1}", 0.0))
            continue
        next_nearest = np.delete(distances, place).min()
        names.append(BranchName(list(EXPECTED_PLACES)[place], float(max(0.0, 1 - distances[place] / next_nearest))))
    return tuple(names)
