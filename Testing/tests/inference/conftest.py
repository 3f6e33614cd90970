"""A study whose anatomy can be read from its grey values, on an oblique grid with pixels of 1.5 x 1.2 mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.volume import Volume

WALL, BODY, CAVITY = 0.0, 100.0, 200.0


@dataclass(frozen=True, eq=False)
class RingStudy:
    """Rings of wall 18 to 28 mm around (row 40, column 80), tapering to the last slice."""

    image: Volume
    cavity: np.ndarray
    myocardium: np.ndarray


@pytest.fixture(scope="session")
def a_ring_study() -> RingStudy:
    shape, spacing = (5, 96, 128), (9.0, 1.5, 1.2)
    turn = np.radians(30)
    directions = [[np.cos(turn), -np.sin(turn), 0], [0, 0, -1], [np.sin(turn), np.cos(turn), 0]]
    directions = np.array(directions)[[0, 2, 1]]
    _, rows, columns = np.indices(shape)
    radius_mm = np.hypot((rows - 40) * 1.5, (columns - 80) * 1.2) + 2.0 * np.arange(5)[:, None, None]
    cavity, myocardium = radius_mm < 18, (radius_mm >= 18) & (radius_mm < 28)
    array = np.select([cavity, myocardium], [CAVITY, WALL], BODY).astype(np.float32)
    geometry = Geometry.from_spacing(shape, spacing, directions=directions, origin_ras_mm=(20.0, -30.0, 40.0))
    return RingStudy(Volume(array, geometry, name="rings"), cavity, myocardium)
