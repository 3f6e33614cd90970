from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from Testing.tests.rotations import rotation

SPACING_KJI = (8.0, 2.0, 1.0)


@pytest.fixture
def oblique() -> Geometry:
    return Geometry.from_spacing(
        (5, 4, 3), SPACING_KJI, directions=rotation((1, 2, 3), 40), origin_ras_mm=(10, -20, 30)
    )


def test_an_upright_grid_steps_by_its_spacing_along_each_axis():
    grid = Geometry.from_spacing((5, 4, 3), SPACING_KJI, origin_ras_mm=(100, 200, 300))

    assert grid.index_to_ras((0, 0, 0)) == pytest.approx((100, 200, 300))
    assert grid.index_to_ras((1, 0, 0)) == pytest.approx((100, 200, 308))
    assert grid.index_to_ras((0, 1, 0)) == pytest.approx((100, 202, 300))
    assert grid.index_to_ras((0, 0, 1)) == pytest.approx((101, 200, 300))


def test_spacing_and_directions_of_an_oblique_grid_are_those_it_was_built_from(oblique):
    assert oblique.spacing_kji_mm == pytest.approx(SPACING_KJI)
    assert oblique.directions == pytest.approx(rotation((1, 2, 3), 40))


def test_voxel_volume_is_the_product_of_the_spacings(oblique):
    assert oblique.voxel_volume_ml == pytest.approx(8 * 2 * 1 / 1000)
    assert oblique.pixel_area_mm2 == pytest.approx(2)


def test_voxel_volume_of_a_sheared_grid_is_base_times_height():
    matrix = np.eye(4)
    matrix[:3, 2] = (6.0, 0.0, 8.0)  # slices 8 mm apart along z, each pushed 6 mm along x

    sheared = Geometry((2, 2, 2), matrix)

    assert sheared.voxel_volume_ml == pytest.approx(8 / 1000)
    assert sheared.spacing_kji_mm[0] == pytest.approx(10)


def test_a_mirrored_grid_has_positive_volume():
    grid = Geometry.from_spacing((2, 2, 2), SPACING_KJI, directions=np.diag([-1, 1, 1]))

    assert grid.voxel_volume_ml == pytest.approx(0.016)


def test_ras_and_index_are_inverse_for_many_points(oblique):
    points = np.random.default_rng(1).normal(size=(2, 7, 3)) * 50

    assert oblique.index_to_ras(oblique.ras_to_index(points)) == pytest.approx(points)


def test_corners_are_the_centres_of_the_outer_voxels():
    grid = Geometry.from_spacing((5, 4, 3), SPACING_KJI)

    corners = grid.corners_ras()

    assert corners.min(axis=0) == pytest.approx((0, 0, 0))
    assert corners.max(axis=0) == pytest.approx((2 * 1, 3 * 2, 4 * 8))


def test_a_permuted_grid_puts_every_voxel_of_the_transposed_array_where_it_was(oblique):
    for axes in ((2, 0, 1), (1, 2, 0), (0, 2, 1), (2, 1, 0)):
        permuted = oblique.permuted(axes)
        index = np.array((4, 1, 2))

        assert permuted.shape_kji == tuple(oblique.shape_kji[axis] for axis in axes)
        assert permuted.index_to_ras(index[list(axes)]) == pytest.approx(oblique.index_to_ras(index))


def test_grids_are_the_same_within_a_hundredth_of_a_millimetre(oblique):
    def moved(mm: float) -> Geometry:
        matrix = oblique.ijk_to_ras.copy()
        matrix[0, 3] += mm
        return Geometry(oblique.shape_kji, matrix)

    assert oblique.is_same_grid(moved(0.005))
    assert not oblique.is_same_grid(moved(0.02))
    assert not oblique.is_same_grid(Geometry((5, 4, 2), oblique.ijk_to_ras))


def test_a_small_turn_that_moves_a_far_corner_is_another_grid():
    straight = Geometry.from_spacing((10, 256, 256), SPACING_KJI)
    turned = Geometry.from_spacing((10, 256, 256), SPACING_KJI, directions=rotation((0, 0, 1), 0.01))

    assert not straight.is_same_grid(turned)


@pytest.mark.parametrize(
    ("spacing_kji", "axis"),
    [((8, 2, 1), 0), ((1, 8, 2), 1), ((1, 2, 8), 2), ((1, 1, 1), 0), ((1, 1.005, 1.005), 0), ((1, 1.2, 1), 1)],
)
def test_the_slice_axis_is_that_of_the_widest_spacing_and_the_first_where_they_tie(spacing_kji, axis):
    assert Geometry.from_spacing((2, 2, 2), spacing_kji).slice_axis() == axis


def test_equal_grids_are_equal_and_the_matrix_cannot_be_changed(oblique):
    assert oblique == Geometry(oblique.shape_kji, oblique.ijk_to_ras.copy())
    assert oblique != Geometry((4, 4, 3), oblique.ijk_to_ras)
    with pytest.raises(ValueError, match="read-only"):
        oblique.ijk_to_ras[0, 3] = 7


def test_the_matrix_is_copied_so_that_its_source_may_change():
    matrix = np.eye(4)
    grid = Geometry((2, 2, 2), matrix)

    matrix[0, 3] = 99

    assert grid.ijk_to_ras[0, 3] == 0


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 0), (2, 2, 2, 2)])
def test_a_shape_that_is_not_three_positive_sizes_is_refused(shape):
    with pytest.raises(ValueError, match="three positive sizes"):
        Geometry(shape, np.eye(4))


def test_matrices_that_are_no_invertible_affine_are_refused():
    with pytest.raises(ValueError, match="finite 4x4 affine"):
        Geometry((2, 2, 2), np.eye(3))
    with pytest.raises(ValueError, match="finite 4x4 affine"):
        Geometry((2, 2, 2), np.full((4, 4), np.nan))
    with pytest.raises(ValueError, match="finite 4x4 affine"):
        Geometry((2, 2, 2), np.ones((4, 4)))
    with pytest.raises(ValueError, match="singular"):
        Geometry((2, 2, 2), np.diag([1.0, 1.0, 0.0, 1.0]))
