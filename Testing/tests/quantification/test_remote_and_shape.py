"""The proposed remote region and the shape of scars."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.remote_proposal import propose_remote
from ScarSegLogic.quantification.shape import scar_shapes


@pytest.mark.parametrize("extent", [0, 40, 120, 220])
def test_the_proposal_is_nearly_unbiased_whatever_the_extent_of_scar(a_tube, extent):
    scar = a_tube.sector(30, 30 + extent)
    image = a_tube.image(scar).array
    mask = propose_remote(image, a_tube.myocardium)
    assert not (mask & scar).any()
    assert image[mask].mean() == pytest.approx(100, abs=1)
    assert image[mask].std() == pytest.approx(10, rel=0.1)


def test_the_proposal_keeps_away_from_the_edges_of_the_wall(a_tube):
    mask = propose_remote(a_tube.image().array, a_tube.myocardium)
    assert not (ndimage.binary_dilation(mask, np.ones((1, 3, 1))) & ~a_tube.myocardium).any()
    assert not (ndimage.binary_dilation(mask, np.ones((1, 1, 3))) & ~a_tube.myocardium).any()


def test_the_proposal_does_not_depend_on_offset_and_scale_of_the_image(a_tube):
    image = a_tube.image(a_tube.sector(30, 100)).array.astype(np.float64)
    first = propose_remote(image, a_tube.myocardium)
    assert np.array_equal(first, propose_remote(3.0 * image + 2000.0, a_tube.myocardium))


def test_a_thin_wall_is_not_eroded_away():
    myocardium = np.zeros((3, 20, 30), dtype=bool)
    myocardium[:, 10] = True
    image = np.random.default_rng(0).normal(100, 10, myocardium.shape)
    assert propose_remote(image, myocardium).sum() >= 30


def test_nan_never_enters_the_proposal(a_tube):
    image = a_tube.image().array
    image[:, 20:24] = np.nan
    assert np.isfinite(image[propose_remote(image, a_tube.myocardium)]).all()


def test_a_few_voxels_give_no_proposal(a_tube):
    myocardium = np.zeros_like(a_tube.myocardium)
    myocardium[0, 3, 3:9] = True
    with pytest.raises(ScarSegError, match="6 usable voxels, at least 30"):
        propose_remote(a_tube.image().array, myocardium)


@pytest.mark.real_data
def test_two_sd_burden_of_the_real_study_is_near_that_of_the_experts_remote(p100):
    image, labels = p100
    wall = labels >= 2
    values = image.array[propose_remote(image.array, wall)]
    burden = 100 * np.mean(image.array[wall] >= values.mean() + 2 * values.std(ddof=1))
    assert 12 < burden < 19  # expert 14.0; sector of lowest mean 28.6


def test_a_disc_is_round_and_solid_on_anisotropic_pixels():
    geometry = Geometry.from_spacing((1, 60, 120), (8.0, 2.0, 0.8))
    rows, columns = np.indices((60, 120))
    disc = (np.hypot((rows - 30.3) * 2.0, (columns - 60.4) * 0.8) < 20)[np.newaxis]
    (shape,) = scar_shapes(disc, geometry)
    assert shape.area_mm2 == pytest.approx(np.pi * 20**2, rel=0.02)
    assert shape.perimeter_mm == pytest.approx(2 * np.pi * 20, rel=0.05)
    assert shape.circularity > 0.9
    assert shape.solidity > 0.95
    assert shape.centre_ras == pytest.approx((60.4 * 0.8, 30.3 * 2.0, 0.0), abs=0.2)


def test_a_thin_bent_scar_is_neither_round_nor_solid(a_tube):
    scar = a_tube.sector(0, 150) & (a_tube.radius_mm < 23)
    shape = scar_shapes(scar, a_tube.geometry)[0]
    assert shape.circularity < 0.3
    assert shape.solidity < 0.5


def test_each_component_of_each_slice_is_described_the_largest_first():
    mask = np.zeros((2, 10, 12), dtype=bool)
    mask[0, 1:3, 1:3] = mask[0, 5:9, 5:9] = mask[1, 1, 1] = True
    shapes = scar_shapes(mask, Geometry.from_spacing(mask.shape, (8.0, 2.0, 1.0)))
    assert [(shape.slice_index, shape.area_mm2) for shape in shapes] == [(0, 32.0), (0, 8.0), (1, 2.0)]
    assert all(0 < shape.circularity <= 1 for shape in shapes)


def test_no_scar_no_shape():
    empty = np.zeros((2, 5, 5), dtype=bool)
    assert scar_shapes(empty, Geometry.from_spacing(empty.shape, (8.0, 2.0, 1.0))) == ()
