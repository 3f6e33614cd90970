"""Studies on the grid of a volume network, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.preprocessing.volume_input import VolumeInput

GRID = VolumeInput(spacing_kji_mm=(2.0, 1.0, 1.0), shape_kji=(4, 8, 6), patch_kji=(4, 8, 6))


def test_a_study_on_the_networks_own_grid_is_only_z_scored():
    image = np.random.default_rng(0).normal(300, 40, (4, 8, 6)).astype(np.float32)
    expected = (image - image.mean()) / image.std()
    np.testing.assert_allclose(GRID.prepare(image, (2.0, 1.0, 1.0)), expected, atol=1e-5)


def test_what_a_smaller_study_lacks_is_zero_and_does_not_enter_its_mean():
    image = np.random.default_rng(1).normal(300, 40, (2, 4, 6)).astype(np.float32)
    prepared = GRID.prepare(image, (2.0, 1.0, 1.0))
    inside = prepared[1:3, 2:6]
    assert inside.mean() == pytest.approx(0, abs=1e-5)
    assert inside.std() == pytest.approx(1, abs=1e-5)
    assert np.count_nonzero(prepared) == np.count_nonzero(inside)


def test_resampling_keeps_the_place_in_mm_on_anisotropic_grids():
    study = np.zeros((10, 20, 12), bool)
    study[2:8, 4:16, 3:9] = True
    # 1 x 0.5 x 0.5 mm: 6 x 6 x 3 mm about the centre, which is 3 x 6 x 3 voxels of the network's grid.
    mask = GRID.prepare_mask(study, (1.0, 0.5, 0.5))
    centre = [(size - 1) / 2 for size in mask.shape]
    np.testing.assert_allclose(ndimage.center_of_mass(mask), centre, atol=1e-6)
    assert mask.any(axis=(0, 2)).sum() == 6


def test_answers_come_back_to_the_studys_grid():
    rows, columns = np.indices((30, 24))
    study = np.broadcast_to((np.hypot(rows - 14, columns - 12) < 8)[None], (6, 30, 24))
    grid = VolumeInput(spacing_kji_mm=(2.0, 1.0, 1.0), shape_kji=(6, 40, 32), patch_kji=(6, 40, 32))
    mask = grid.prepare_mask(study, (2.0, 1.3, 1.2))
    back = grid.on_grid(mask[None].astype(np.float32), study.shape, (2.0, 1.3, 1.2))[0] > 0.5
    assert 2 * (back & study).sum() / (back.sum() + study.sum()) > 0.97


def test_beyond_the_networks_field_the_answer_is_zero():
    answer = GRID.on_grid(np.ones((1, 4, 8, 6), np.float32), (4, 8, 20), (2.0, 1.0, 1.0))[0]
    assert answer[:, :, 7:13].min() == 1
    assert answer[:, :, :6].max() == 0


def test_a_constant_study_becomes_zero():
    assert not GRID.prepare(np.full((4, 8, 6), 7.0, np.float32), (2.0, 1.0, 1.0)).any()


def test_the_manifest_reads_back():
    assert VolumeInput.from_manifest(GRID.as_manifest()) == GRID
