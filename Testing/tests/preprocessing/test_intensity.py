from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.preprocessing.intensity import normalise_slices, with_neighbours


@pytest.fixture
def noisy_slices() -> np.ndarray:
    return np.random.default_rng(4).gamma(2.0, 100.0, (3, 20, 24)).astype(np.float32)


def test_each_slice_gets_zero_mean_and_unit_sd_on_its_own(noisy_slices):
    noisy_slices[1] = noisy_slices[1] * 7 + 2000
    normalised = normalise_slices(noisy_slices)
    np.testing.assert_allclose(normalised.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.std(axis=(1, 2)), 1, atol=1e-5)
    assert normalised.dtype == np.float32


def test_scale_and_offset_of_the_scanner_do_not_matter(noisy_slices):
    np.testing.assert_allclose(normalise_slices(noisy_slices * 3 + 4096), normalise_slices(noisy_slices), atol=2e-3)


def test_one_hot_pixel_is_clipped_to_the_percentile():
    crop = np.tile(np.array([0.0, 1.0], np.float32), (1, 20, 10))
    crop[0, 3, 4] = 1e6
    assert normalise_slices(crop).max() < 1.01


def test_a_constant_slice_becomes_zero(noisy_slices):
    noisy_slices[1] = 1234.5
    assert not normalise_slices(noisy_slices)[1].any()


def test_end_slices_are_their_own_neighbours():
    stacked = with_neighbours(np.arange(4)[:, None, None])
    assert stacked[:, :, 0, 0].tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 3]]


def test_a_single_slice_is_its_own_neighbour():
    assert with_neighbours(np.full((1, 2, 2), 5)).tolist() == [[[[5, 5], [5, 5]]] * 3]
