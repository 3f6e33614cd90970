"""Grids and shapes whose walls are known on paper."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from Testing.tests.rotations import rotation

SPACING_KJI_MM = (2.5, 0.9, 0.7)


@pytest.fixture
def oblique_grid() -> Geometry:
    """An anisotropic grid turned by 35 degrees about a skew axis, far from the origin."""
    return centred_grid((30, 76, 96), SPACING_KJI_MM, rotation((1, 2, 3), 35))


def centred_grid(
    shape_kji: tuple[int, int, int], spacing_kji_mm: tuple[float, float, float], directions: NDArray | None = None
) -> Geometry:
    """A grid whose middle lies at R, A, S = (10, -20, 30) mm, but for a fraction of a voxel."""
    grid = Geometry.from_spacing(shape_kji, spacing_kji_mm, directions=directions)
    middle = grid.index_to_ras((np.array(shape_kji) - 1) / 2 + 0.23)
    matrix = np.array(grid.ijk_to_ras)
    matrix[:3, 3] = np.array((10.0, -20.0, 30.0)) - middle
    return Geometry(shape_kji, matrix)


CENTRE_RAS = np.array((10.0, -20.0, 30.0))


def points_of(geometry: Geometry) -> NDArray[np.float64]:
    """(K, J, I, 3) RAS mm of every voxel centre."""
    return geometry.index_to_ras(np.moveaxis(np.indices(geometry.shape_kji), 0, -1))


def ball(geometry: Geometry, radius_mm: float, centre_ras: NDArray = CENTRE_RAS) -> NDArray[np.bool_]:
    return np.linalg.norm(points_of(geometry) - centre_ras, axis=-1) <= radius_mm
