from __future__ import annotations

import numpy as np
import pytest
import torch
from scarseg_training.losses.wall import wall_mask, wall_weight
from scipy import ndimage


def test_the_wall_reaches_three_mm_in_and_two_and_a_half_out():
    # A cavity of 20 columns of 0.5 mm: 6 columns lie within 3.0 mm inside, 5 within 2.5 mm outside.
    cavity = np.zeros((1, 1, 60), bool)
    cavity[..., 20:40] = True
    expected = np.zeros_like(cavity)
    expected[..., 15:26] = True
    expected[..., 34:45] = True
    np.testing.assert_array_equal(wall_mask(cavity, (2.5, 0.625, 0.5)), expected)


def test_the_wall_is_measured_in_mm_along_every_axis():
    cavity = np.zeros((9, 1, 1), bool)
    cavity[:5] = True
    # Slices of 2.5 mm: one slice to either side of the surface.
    np.testing.assert_array_equal(np.flatnonzero(wall_mask(cavity, (2.5, 0.6, 0.6))), [4, 5])


@pytest.mark.parametrize("spacing", [(2.5, 0.625, 0.625), (1.0, 1.0, 1.0), (1.25, 1.25, 1.25), (3.0, 0.7, 1.1)])
def test_the_wall_holds_the_voxels_of_its_formula(spacing):
    # Ragged, in several parts, and open at the border of the volume.
    noise = np.random.default_rng(3).standard_normal((14, 40, 40))
    cavity = ndimage.gaussian_filter(noise, [3.0 / step for step in spacing]) > 0
    inside_mm = ndimage.distance_transform_edt(cavity, sampling=spacing)
    outside_mm = ndimage.distance_transform_edt(~cavity, sampling=spacing)
    expected = (inside_mm <= 3.0 + 1e-3) & (outside_mm <= 2.5 + 1e-3)
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(wall_mask(cavity, spacing), expected)


@pytest.mark.parametrize("value", [False, True])
def test_without_a_surface_there_is_no_wall(value):
    assert not wall_mask(np.full((2, 3, 4), value), (1.0, 1.0, 1.0)).any()


def test_the_wall_weight_rises_from_one_to_two():
    wall = torch.tensor([[[[True, False]]]])
    for fraction in (0.0, 0.25, 1.0):
        torch.testing.assert_close(wall_weight(wall, fraction), torch.tensor([[[[1 + fraction, 1.0]]]]))
