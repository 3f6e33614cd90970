"""The cavity's surface: as large as the body it was cut from, on every grid."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.surface.mesh import TriangleMesh
from Testing.tests.atrium import (
    BALL_MM,
    CENTRE_RAS,
    OBLIQUE,
    SPACINGS,
    angle_degrees,
    cap_area_cm2,
    grid,
    voxels_ras,
)

GRIDS = [pytest.param(grid(spacing), id=name) for name, spacing in SPACINGS.items()]
GRIDS.append(pytest.param(grid((0.625, 0.625, 0.625), size_mm=62.0), id="fine"))
MIRRORED = np.diag([-1.0, 1.0, 1.0])
GRIDS.append(pytest.param(grid((1.25, 1.0, 1.5), OBLIQUE @ MIRRORED), id="mirrored"))


def ellipsoid(geometry: Geometry, radii_mm) -> np.ndarray:
    return (((voxels_ras(geometry) - CENTRE_RAS) / radii_mm) ** 2).sum(axis=-1) <= 1


@pytest.fixture(scope="module", params=GRIDS)
def ball(request) -> tuple[Geometry, TriangleMesh]:
    return request.param, cavity_surface(ellipsoid(request.param, (BALL_MM,) * 3), request.param)


def test_a_ball_keeps_its_area_and_its_volume(ball):
    geometry, mesh = ball
    assert mesh.area_cm2 == pytest.approx(4 * np.pi * BALL_MM**2 / 100, rel=0.01)
    assert mesh.enclosed_volume_ml == pytest.approx(4 / 3 * np.pi * BALL_MM**3 / 1000, rel=0.01)
    radii = np.linalg.norm(mesh.vertices_ras - CENTRE_RAS, axis=1)
    # A mask knows its surface to half a voxel, or to half an edge where voxels are finer.
    assert np.abs(radii - BALL_MM).max() < max(1.25, *geometry.spacing_kji_mm) / 2
    # A few normals lean where the first and the last slice end.
    cosines = np.einsum("ij,ij->i", mesh.normals, mesh.vertices_ras - CENTRE_RAS) / radii
    assert np.median(cosines) > 0.98
    assert np.percentile(cosines, 2) > 0.9


@pytest.mark.parametrize("degrees", [40, 75])
def test_a_patch_of_a_ball_has_the_area_of_a_cap(ball, degrees):
    _, mesh = ball
    for axis in np.eye(3):
        cap = angle_degrees(mesh.vertices_ras, axis) <= degrees
        assert mesh.area_of_cm2(cap) == pytest.approx(cap_area_cm2(degrees), rel=0.02)


@pytest.mark.parametrize("geometry", GRIDS)
def test_an_ellipsoid_keeps_its_area(geometry):
    radii = np.array([28.0, 22.0, 16.0])
    mesh = cavity_surface(ellipsoid(geometry, radii), geometry)
    assert mesh.area_cm2 == pytest.approx(_ellipsoid_area_cm2(radii), rel=0.015)


def test_a_vein_of_six_millimetres_is_not_thinned():
    geometry = grid(SPACINGS["slices"])
    steps = voxels_ras(geometry) - CENTRE_RAS
    axis = np.array([0.6, 0.0, 0.8])
    along = steps @ axis
    tube = (np.linalg.norm(steps - along[..., None] * axis, axis=-1) <= 6) & (np.abs(along) <= 30)
    mesh = cavity_surface(tube, geometry)
    steps = mesh.vertices_ras - CENTRE_RAS
    along = steps @ axis
    middle = np.abs(along) < 20
    radii = np.linalg.norm(steps - along[:, None] * axis, axis=1)[middle]
    assert radii.mean() == pytest.approx(6, abs=0.12)


def test_the_surface_is_closed_and_turned_outward_on_a_mirrored_grid():
    geometry = grid((1.25, 1.0, 1.5), OBLIQUE @ MIRRORED)
    mesh = cavity_surface(ellipsoid(geometry, (20.0, 15.0, 10.0)), geometry)
    assert mesh.enclosed_volume_ml > 0
    # Every edge of a closed surface belongs to two triangles: E = 3T/2, and V - E + T = 2.
    assert 2 * len(mesh.edges) == 3 * len(mesh.triangles)
    assert len(mesh.vertices_ras) - len(mesh.edges) + len(mesh.triangles) == 2


def test_turning_the_grid_by_35_degrees_changes_the_area_by_less_than_one_percent():
    straight, turned = grid(SPACINGS["slices"], np.eye(3)), grid(SPACINGS["slices"], OBLIQUE)
    radii = (28.0, 20.0, 18.0)
    areas = [cavity_surface(ellipsoid(each, radii), each).area_cm2 for each in (straight, turned)]
    assert areas[0] == pytest.approx(areas[1], rel=0.01)


def test_a_cavity_at_the_border_is_closed_there():
    geometry = Geometry.from_spacing((20, 40, 40), (1, 1, 1))
    block = np.zeros(geometry.shape_kji, dtype=bool)
    block[:12, 10:30, 10:30] = True
    mesh = cavity_surface(block, geometry)
    # Edges are rounded, so the volume is a little below that of the block; the lid lies half a voxel outside.
    assert mesh.enclosed_volume_ml == pytest.approx(12 * 20 * 20 / 1000, rel=0.05)
    assert geometry.ras_to_index(mesh.vertices_ras)[:, 0].min() == pytest.approx(-0.5, abs=0.1)


def test_two_components_have_two_surfaces():
    geometry = grid(SPACINGS["isotropic"])
    steps = voxels_ras(geometry) - CENTRE_RAS
    balls = [np.linalg.norm(steps - (side, 0, 0), axis=-1) <= 10 for side in (-18, 18)]
    mesh = cavity_surface(balls[0] | balls[1], geometry)
    assert len(mesh.vertices_ras) - len(mesh.edges) + len(mesh.triangles) == 4


def test_an_empty_cavity_is_refused():
    with pytest.raises(ScarSegError, match=r"the cavity is empty, so it has no surface"):
        cavity_surface(np.zeros((4, 4, 4), dtype=bool), Geometry.from_spacing((4, 4, 4), (1, 1, 1)))


def test_a_single_small_voxel_is_refused():
    geometry = Geometry.from_spacing((9, 9, 9), (0.5, 0.5, 0.5))
    voxel = np.zeros(geometry.shape_kji, dtype=bool)
    voxel[4, 4, 4] = True
    with pytest.raises(ScarSegError, match=r"the cavity of 1 voxels is too small"):
        cavity_surface(voxel, geometry)


def _ellipsoid_area_cm2(radii: np.ndarray) -> float:
    """By the midpoint rule over latitude and longitude."""
    a, b, c = radii
    theta = (np.arange(400) + 0.5) * np.pi / 400
    phi = (np.arange(800) + 0.5) * 2 * np.pi / 800
    sine, cosine = np.sin(theta)[:, None], np.cos(theta)[:, None]
    element = sine * np.sqrt(
        (b * c * sine * np.cos(phi)) ** 2 + (a * c * sine * np.sin(phi)) ** 2 + (a * b * cosine) ** 2
    )
    return float(element.sum() * (np.pi / 400) * (2 * np.pi / 800)) / 100
