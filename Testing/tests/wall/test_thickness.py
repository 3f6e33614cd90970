"""Thickness and area of walls that are known on paper."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.distances import CavityDistances
from ScarSegLogic.wall.exclusions import ExclusionPlane
from ScarSegLogic.wall.mask import wall_mask
from ScarSegLogic.wall.request import WallRequest
from ScarSegLogic.wall.surface_points import surface_points
from ScarSegLogic.wall.thickness import thickness_mm, thickness_statistics, wall_thickness
from Testing.tests.rotations import rotation
from Testing.tests.wall.conftest import CENTRE_RAS, ball, centred_grid, points_of


@pytest.fixture
def fine_grid() -> Geometry:
    return centred_grid((60, 80, 80), (1.0, 0.7, 0.7), rotation((1, 2, 3), 35))


def test_the_surface_of_a_ball_has_its_area_and_its_normals(fine_grid):
    surface = surface_points(CavityDistances.of(ball(fine_grid, 18.0), fine_grid))
    assert surface.areas_mm2.sum() == pytest.approx(4 * np.pi * 18**2, rel=0.02)
    outward = (surface.points_ras - CENTRE_RAS) / np.linalg.norm(surface.points_ras - CENTRE_RAS, axis=1)[:, None]
    assert np.einsum("ni,ni->n", surface.normals_ras, outward).min() > 0.99
    assert ball(fine_grid, 18.0)[tuple(surface.cavity_kji.T)].all()


def test_a_shell_drawn_by_hand_has_its_thickness(fine_grid):
    away_mm = np.linalg.norm(points_of(fine_grid) - CENTRE_RAS, axis=-1)
    surface = surface_points(CavityDistances.of(away_mm <= 15, fine_grid))
    for inner_mm, outer_mm in ((0.0, 4.0), (2.0, 5.0)):
        wall = (away_mm > 15 - inner_mm) & (away_mm <= 15 + outer_mm)
        found = wall_thickness(wall, fine_grid, surface).whole
        assert found.mean_mm == pytest.approx(inner_mm + outer_mm, abs=0.1)
        assert found.median_mm == pytest.approx(inner_mm + outer_mm, abs=0.2)
        assert found.sd_mm < 0.4
        assert found.bare_area_cm2 == 0


def test_rows_of_voxels_measure_their_spacing_along_each_axis():
    for axis, spacing in ((0, 2.5), (1, 0.9), (2, 0.7)):
        grid = Geometry.from_spacing((20, 20, 20), (2.5, 0.9, 0.7), directions=rotation((1, 2, 3), 35))
        wall = np.zeros(grid.shape_kji, dtype=bool)
        np.moveaxis(wall, axis, 0)[8:11] = True
        index = np.full(3, 9.3)
        index[axis] = 7.5
        normal = grid.directions[:, 2 - axis]
        found = thickness_mm(wall, grid, grid.index_to_ras(index)[None], normal[None])
        assert found[0] == pytest.approx(3 * spacing, abs=0.1)


def test_a_wall_behind_a_gap_is_another_wall():
    grid = Geometry.from_spacing((3, 3, 40), (1.0, 1.0, 0.5))
    wall = np.zeros(grid.shape_kji, dtype=bool)
    wall[:, :, 20:24] = wall[:, :, 30:33] = True
    found = thickness_mm(wall, grid, grid.index_to_ras([(1, 1, 19.5)]), np.array([(1.0, 0.0, 0.0)]))
    assert found[0] == pytest.approx(2.0, abs=0.05)


def test_regions_are_measured_apart_and_an_excluded_one_is_bare(fine_grid):
    cavity = ball(fine_grid, 16.0)
    axis = np.array((0.0, 0.0, 1.0))
    plane = ExclusionPlane(tuple(CENTRE_RAS), tuple(axis), 40.0)
    wall = wall_mask(cavity, fine_grid, WallRequest(0.0, 3.0, planes=(plane,))).mask
    surface = surface_points(CavityDistances.of(cavity, fine_grid))
    heights = (surface.points_ras - CENTRE_RAS) @ axis
    found = wall_thickness(wall, fine_grid, surface, regions={"upper": heights > 4, "lower": heights < -4})
    assert found.regions["upper"].mean_mm is None
    assert found.regions["upper"].area_cm2 == 0
    assert found.regions["lower"].bare_area_cm2 == 0
    # Archimedes: 12 of the ball's 32 mm of height.
    assert found.regions["lower"].area_cm2 == pytest.approx(4 * np.pi * 1.6**2 * 12 / 32, rel=0.03)
    assert found.whole.bare_area_cm2 == pytest.approx(found.whole.area_cm2, rel=0.1)
    assert 2.2 < found.regions["lower"].mean_mm <= 3.0


def test_statistics_count_area_and_not_points():
    found = thickness_statistics(np.array([1.0, 3.0, 0.0, 3.0]), np.array([300.0, 50.0, 100.0, 50.0]))
    assert (found.area_cm2, found.bare_area_cm2) == (4.0, 1.0)
    assert found.mean_mm == pytest.approx(1.5)
    assert found.sd_mm == pytest.approx(np.sqrt(0.75))
    assert (found.median_mm, found.p5_mm, found.p95_mm) == (1.0, 1.0, 3.0)


def test_a_wall_on_another_grid_is_refused(fine_grid):
    surface = surface_points(CavityDistances.of(ball(fine_grid, 10.0), fine_grid))
    with pytest.raises(ScarSegError, match=r"the wall has the shape \(2, 2, 2\)"):
        wall_thickness(np.ones((2, 2, 2), dtype=bool), fine_grid, surface)
    with pytest.raises(ScarSegError, match="the region roof has 3 points and the surface"):
        wall_thickness(ball(fine_grid, 12.0), fine_grid, surface, regions={"roof": np.ones(3, dtype=bool)})
