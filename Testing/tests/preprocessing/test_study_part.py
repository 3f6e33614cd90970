"""The part of a study about a place gives the network what the whole study would."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.preprocessing.study_part import StudyPart, middle_of
from ScarSegLogic.preprocessing.volume_input import VolumeInput

GRID = VolumeInput(spacing_kji_mm=(3.0, 2.0, 2.0), shape_kji=(4, 6, 8), patch_kji=(4, 6, 8))
SPACING = (2.5, 0.7, 0.8)
STUDY = np.random.default_rng(0).normal(100, 20, (20, 60, 70)).astype(np.float32)


@pytest.mark.parametrize("place", [(9.5, 29.0, 33.3), (1.0, 3.0, 69.0), (19.0, 59.0, 0.0)])
def test_a_part_prepares_and_answers_as_the_whole_study_does(place):
    part = StudyPart.about(place, GRID, STUDY.shape, SPACING)
    cut = STUDY[part.window]
    assert cut.size < STUDY.size / 3
    prepared = GRID.prepare(cut, SPACING, part.centre_kji)
    np.testing.assert_allclose(prepared, GRID.prepare(STUDY, SPACING, place), atol=1e-4)
    answer = GRID.on_grid(prepared, cut.shape, SPACING, part.centre_kji) > 0.2
    whole = GRID.on_grid(prepared, STUDY.shape, SPACING, place) > 0.2
    np.testing.assert_array_equal(part.restore(answer, STUDY.shape), whole)


def test_the_middle_of_a_mask_is_that_of_its_box():
    mask = np.zeros((6, 7, 8), bool)
    assert middle_of(mask) is None
    mask[1:3, 2:5, 7] = True
    mask[2, 2, 4] = True
    assert middle_of(mask) == (1.5, 3.0, 5.5)
