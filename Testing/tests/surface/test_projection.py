"""Values along the normals of a surface."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.surface.kinds import Projection
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.projection import (
    project_along_normals,
    sample_along_normals,
    thickness_along_normals,
)
from Testing.tests.atrium import BALL_MM, CENTRE_RAS, SPACINGS, Atrium, grid, voxels_ras

SLOPE = np.array([2.0, -1.0, 0.5])


def one_vertex(point_ras, normal) -> TriangleMesh:
    """A tiny triangle whose first vertex lies at the point, looking along the normal."""
    normal = np.asarray(normal) / np.linalg.norm(normal)
    across = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    across /= np.linalg.norm(across)
    up = np.cross(normal, across)
    return TriangleMesh(np.stack([point_ras, point_ras + across * 1e-3, point_ras + up * 1e-3]), np.array([[0, 1, 2]]))


@pytest.mark.parametrize("spacing", SPACINGS.values(), ids=SPACINGS)
def test_a_linear_image_is_read_exactly_on_oblique_grids(spacing):
    geometry = grid(spacing, size_mm=40)
    image = voxels_ras(geometry) @ SLOPE
    normal = np.array([0.48, 0.6, 0.64])
    mesh = one_vertex(CENTRE_RAS, normal)
    for kind, distance in ((Projection.MAX, 3.0), (Projection.MEAN, 1.0)):
        value = project_along_normals(image, geometry, mesh, range_mm=(-1, 3), projection=kind)[0]
        assert value == pytest.approx((CENTRE_RAS + distance * normal) @ SLOPE, abs=1e-3)


def test_samples_outside_the_grid_do_not_count():
    geometry = Geometry.from_spacing((5, 5, 5), (1, 1, 1))
    image = np.arange(5, dtype=float)[:, None, None] * np.ones((5, 5, 5))
    mesh = one_vertex(np.array([2.0, 2.0, 3.0]), (0, 0, 1))
    samples = sample_along_normals(image, geometry, mesh, distances_mm=np.array([0.0, 1.0, 1.4, 1.6]))[:, 0]
    assert samples[:3] == pytest.approx([3, 4, 4], abs=1e-5)
    assert np.isnan(samples[3])
    mean = project_along_normals(image, geometry, mesh, range_mm=(0, 4), projection=Projection.MEAN)[0]
    assert mean == pytest.approx(np.mean([3, 3.25, 3.5, 3.75, 4, 4, 4]), abs=1e-5)


def test_a_vertex_far_outside_has_no_value():
    geometry = Geometry.from_spacing((5, 5, 5), (1, 1, 1))
    mesh = one_vertex(np.array([2.0, 2.0, 30.0]), (0, 0, 1))
    assert np.isnan(project_along_normals(np.ones((5, 5, 5)), geometry, mesh, range_mm=(-1, 3))).all()


def test_not_finite_voxels_do_not_count():
    geometry = Geometry.from_spacing((9, 3, 3), (1, 1, 1))
    image = np.full((9, 3, 3), 7.0)
    image[5:] = np.nan
    mesh = one_vertex(np.array([1.0, 1.0, 3.0]), (0, 0, 1))
    assert project_along_normals(image, geometry, mesh, range_mm=(0, 5))[0] == pytest.approx(7)


def test_a_mask_is_met_in_its_nearest_voxel():
    geometry = Geometry.from_spacing((9, 3, 3), (1, 1, 1))
    scar = np.zeros((9, 3, 3), dtype=bool)
    scar[6] = True
    mesh = one_vertex(np.array([1.0, 1.0, 3.0]), (0, 0, 1))
    assert project_along_normals(scar, geometry, mesh, range_mm=(-1, 2.25))[0] == 0
    assert project_along_normals(scar, geometry, mesh, range_mm=(-1, 2.75))[0] == 1


@pytest.mark.parametrize("thickness", [1.5, 2.5, 4.0])
def test_the_thickness_of_a_wall_around_a_ball(thickness):
    atrium = Atrium(grid((0.75, 0.75, 0.75), size_mm=58))
    wall = (atrium.depth_mm > 0) & (atrium.depth_mm <= thickness)
    mesh = cavity_surface(atrium.cavity, atrium.geometry)
    measured = thickness_along_normals(wall, atrium.geometry, mesh)
    assert measured.mean() == pytest.approx(thickness, abs=0.1)
    assert np.abs(measured - thickness).max() <= 1.25


def test_a_second_wall_behind_a_space_is_not_added():
    geometry = Geometry.from_spacing((20, 3, 3), (1, 1, 1))
    wall = np.zeros((20, 3, 3), dtype=bool)
    wall[5:8] = wall[10:14] = True
    mesh = one_vertex(np.array([1.0, 1.0, 4.5]), (0, 0, 1))
    assert thickness_along_normals(wall, geometry, mesh)[0] == pytest.approx(3)


def test_wall_on_both_sides_of_the_surface_adds_up():
    geometry = Geometry.from_spacing((20, 3, 3), (1, 1, 1))
    wall = np.zeros((20, 3, 3), dtype=bool)
    wall[5:12] = True
    mesh = one_vertex(np.array([1.0, 1.0, 7.5]), (0, 0, 1))
    assert thickness_along_normals(wall, geometry, mesh)[0] == pytest.approx(7)


def test_there_is_no_thickness_where_no_wall_begins():
    geometry = Geometry.from_spacing((20, 3, 3), (1, 1, 1))
    wall = np.zeros((20, 3, 3), dtype=bool)
    wall[10:12] = True
    mesh = one_vertex(np.array([1.0, 1.0, 5.0]), (0, 0, 1))
    assert thickness_along_normals(wall, geometry, mesh)[0] == 0


def test_a_ball_is_measured_wherever_it_lies_in_the_volume():
    geometry = grid(SPACINGS["slices"])
    distance = np.linalg.norm(voxels_ras(geometry) - CENTRE_RAS, axis=-1)
    mesh = cavity_surface(distance <= BALL_MM, geometry)
    values = project_along_normals(distance, geometry, mesh, range_mm=(-1, 3))
    assert values.mean() == pytest.approx(BALL_MM + 3, abs=0.05)
