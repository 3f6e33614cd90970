"""Distances about the cavity: against brute force in RAS, scipy over the whole volume, and paper."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import cdist

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.bounded_distance import bounded_distance_mm
from ScarSegLogic.wall.box import Box, bounding_box
from ScarSegLogic.wall.distances import CavityDistances
from ScarSegLogic.wall.mask import wall_mask
from ScarSegLogic.wall.request import WallRequest
from Testing.tests.rotations import rotation
from Testing.tests.wall.conftest import SPACING_KJI_MM, ball, centred_grid, points_of


def blob(shape: tuple[int, int, int], seed: int) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), (1, 3, 3))
    return noise > 0.5 * noise.max()


def distances_of_everything(cavity: np.ndarray, spacing: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    return tuple(ndimage.distance_transform_edt(mask, sampling=spacing) for mask in (cavity, ~cavity))


def test_distances_are_those_between_voxel_centres_in_ras():
    grid = Geometry.from_spacing((6, 9, 8), (2.5, 0.9, 0.7), directions=rotation((1, 2, 3), 35))
    cavity = blob(grid.shape_kji, 3)
    points = points_of(grid)
    inside, outside = points[cavity], points[~cavity]
    apart = cdist(inside, outside)
    found = CavityDistances.of(cavity, grid, reach_mm=10)
    whole_inside, whole_outside = found.restore(found.inside_mm), found.restore(found.outside_mm)
    np.testing.assert_allclose(whole_inside[cavity], apart.min(axis=1), atol=1e-5)
    np.testing.assert_allclose(whole_outside[~cavity], apart.min(axis=0), atol=1e-5)
    assert (whole_inside[~cavity] == 0).all()
    assert (whole_outside[cavity] == 0).all()


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.5, 0.625, 0.625), (0.8, 1.7, 3.1)])
def test_bounded_distances_are_scipys_up_to_the_reach(spacing):
    target = blob((14, 30, 33), 5)
    reference = ndimage.distance_transform_edt(~target, sampling=spacing)
    found = bounded_distance_mm(target, spacing, 6.0)
    near = reference <= 6.0
    assert near.mean() > 0.2
    np.testing.assert_allclose(found[near], reference[near], atol=1e-5)
    assert (found[~near] > 6.0).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("inner_mm", "outer_mm"), [(3.0, 2.5), (0.0, 2.5), (5.0, 0.0), (10.0, 10.0)])
def test_the_wall_is_the_formula_over_the_whole_volume(seed, inner_mm, outer_mm):
    shape, spacing = (12, 44, 50), (2.5, 0.625, 0.625)
    cavity = blob(shape, seed)
    inside, outside = distances_of_everything(cavity, spacing)
    formula = (inside <= inner_mm + 1e-3) & (outside <= outer_mm + 1e-3)
    found = wall_mask(cavity, Geometry.from_spacing(shape, spacing), WallRequest(inner_mm, outer_mm))
    np.testing.assert_array_equal(found.mask, formula)


def test_a_voxel_at_exactly_the_thickness_belongs_to_the_wall():
    cavity = np.zeros((3, 9, 3), dtype=bool)
    cavity[1, 4, 1] = True
    # 0.7 * 3 is 2.0999999999999996 in binary.
    grid = Geometry.from_spacing(cavity.shape, (5.0, 0.7, 5.0))
    wall = wall_mask(cavity, grid, WallRequest(0.0, 2.1)).mask
    assert np.flatnonzero(wall[1, :, 1]).tolist() == [1, 2, 3, 5, 6, 7]
    assert wall.sum() == 6


def test_a_ball_has_the_shell_of_the_textbook_on_an_oblique_grid(oblique_grid):
    cavity = ball(oblique_grid, 20.0)
    for inner_mm, outer_mm in ((3.0, 2.5), (5.0, 5.0)):
        wall = wall_mask(cavity, oblique_grid, WallRequest(inner_mm, outer_mm))
        shell_ml = 4 / 3 * np.pi * ((20 + outer_mm) ** 3 - (20 - inner_mm) ** 3) / 1000
        # Between voxel centres the surface itself is a fraction of a voxel wide: it is counted on neither side.
        lost_ml = 4 * np.pi * 20**2 * np.mean(SPACING_KJI_MM) / 1000
        assert shell_ml - lost_ml < wall.volume_ml < shell_ml


@pytest.mark.parametrize("degrees", [20, 35])
def test_turning_the_grid_keeps_the_volume_within_one_percent(degrees):
    volumes = []
    for directions in (None, rotation((1, 2, 3), degrees)):
        grid = centred_grid((64, 64, 64), (1.0, 1.0, 1.0), directions)
        steps = (points_of(grid) - (10, -20, 30)) / (22, 17, 14)
        volumes.append(wall_mask(np.linalg.norm(steps, axis=-1) <= 1, grid, WallRequest(3.0, 2.5)).volume_ml)
    assert volumes[1] == pytest.approx(volumes[0], rel=0.01)


def test_the_box_holds_the_reach_and_no_more():
    cavity = np.zeros((20, 200, 300), dtype=bool)
    cavity[10:12, 100:103, 0:2] = True
    found = CavityDistances.of(cavity, Geometry.from_spacing(cavity.shape, (2.0, 1.0, 1.0)), reach_mm=4)
    assert found.box == Box((7, 95, 0), (15, 108, 7))
    assert found.box_geometry.ijk_to_ras[:3, 3].tolist() == [0, 95, 14]


def test_bounding_box_is_that_of_scipy():
    mask = blob((9, 20, 22), 1)
    assert bounding_box(mask).slices == ndimage.find_objects(mask.astype(int))[0]
    assert bounding_box(np.zeros((2, 3, 4), dtype=bool)) is None


def test_a_blood_pool_is_the_cavity_without_its_rim_in_millimetres(oblique_grid):
    cavity = ball(oblique_grid, 20.0)
    found = CavityDistances.of(cavity, oblique_grid)
    reference = ndimage.distance_transform_edt(cavity, sampling=SPACING_KJI_MM) > 3 + 1e-3
    np.testing.assert_array_equal(found.restore(found.deeper_than(3.0)), reference)


def test_a_cavity_that_cannot_have_a_wall_is_refused():
    grid = Geometry.from_spacing((4, 5, 6), (1.0, 1.0, 1.0))
    with pytest.raises(ScarSegError, match="the cavity is empty: segment the left atrium's cavity first"):
        CavityDistances.of(np.zeros((4, 5, 6), dtype=bool), grid)
    with pytest.raises(ScarSegError, match="the cavity fills all 120 voxels of the volume"):
        CavityDistances.of(np.ones((4, 5, 6), dtype=bool), grid)
    with pytest.raises(ScarSegError, match=r"shape \(4, 5, 7\) and its grid \(4, 5, 6\) \(K, J, I\): resample"):
        CavityDistances.of(np.ones((4, 5, 7), dtype=bool), grid)


def test_a_sheared_grid_is_refused_since_its_spacing_is_no_distance():
    directions = np.eye(3)
    directions[:, 2] = (0, np.sin(0.1), np.cos(0.1))
    grid = Geometry.from_spacing((4, 5, 6), (1.0, 1.0, 1.0), directions=directions)
    cavity = np.zeros((4, 5, 6), dtype=bool)
    cavity[2, 2, 2] = True
    with pytest.raises(ScarSegError, match=r"axes are not perpendicular \(cosine 0.100\)"):
        CavityDistances.of(cavity, grid)


def test_thickness_beyond_the_reach_is_a_fault_of_the_caller():
    cavity = np.zeros((4, 5, 6), dtype=bool)
    cavity[2, 2, 2] = True
    found = CavityDistances.of(cavity, Geometry.from_spacing(cavity.shape, (1.0, 1.0, 1.0)), reach_mm=2)
    with pytest.raises(ValueError, match=r"beyond the reach, 0 to 2\.0 mm"):
        found.wall(0, 2.5)
    with pytest.raises(ValueError, match="reach_mm must lie in"):
        CavityDistances.of(cavity, found.geometry, reach_mm=11)
