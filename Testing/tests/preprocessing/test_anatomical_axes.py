"""Studies turned to the head, the back and the left."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.preprocessing.anatomical_axes import HEAD_BACK_LEFT, AnatomicalAxes
from Testing.tests.rotations import rotation

SHAPE, SPACING = (4, 5, 6), (2.0, 1.5, 1.0)


@pytest.mark.parametrize("order", permutations(range(3)))
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, -1)])
def test_turned_axes_run_to_the_head_the_back_and_the_left_within_the_grids_tilt(order, signs):
    directions = rotation((1, 2, 3), 20) @ np.eye(3)[:, order] * signs
    geometry = Geometry.from_spacing(SHAPE, SPACING, directions=directions)
    axes = AnatomicalAxes.of(geometry)
    places = np.stack(
        [axes.turn(each) for each in np.moveaxis(geometry.index_to_ras(np.moveaxis(np.indices(SHAPE), 0, -1)), -1, 0)]
    )
    steps = [places.take(1, axis + 1)[:, 0, 0] - places.take(0, axis + 1)[:, 0, 0] for axis in range(3)]
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), axes.turned_spacing_mm(geometry))
    cosines = [step @ direction / np.linalg.norm(step) for step, direction in zip(steps, HEAD_BACK_LEFT, strict=True)]
    assert min(cosines) > np.cos(np.radians(20.01))


def test_turning_back_gives_the_study_again():
    geometry = Geometry.from_spacing(SHAPE, SPACING, directions=[[0, 0, 1], [-1, 0, 0], [0, 1, 0]])
    array = np.arange(120).reshape(SHAPE)
    axes = AnatomicalAxes.of(geometry)
    assert axes.turn(array).shape != SHAPE
    np.testing.assert_array_equal(axes.turn_back(axes.turn(array)), array)
