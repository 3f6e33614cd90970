"""Remote myocardium around a point of the user."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.remote import REMOTE_RADIUS_MM, deepest_point, region_around
from ScarSegLogic.quantification.request import LVRequest, ScarMethod

OBLIQUE = np.array([[0.6, -0.48, 0.64], [0.8, 0.36, -0.48], [0.0, 0.8, 0.6]])
GRID = Geometry.from_spacing((5, 40, 50), (9.0, 2.0, 1.5), directions=OBLIQUE, origin_ras_mm=(-30.5, 12.25, 100))


@pytest.fixture
def wall() -> np.ndarray:
    """A ring 12 pixels wide in every slice."""
    rows, columns = np.meshgrid(np.arange(40), np.arange(50), indexing="ij")
    radius = np.hypot((rows - 20) * 2.0, (columns - 25) * 1.5)
    return np.broadcast_to((radius >= 14) & (radius < 32), GRID.shape_kji).copy()


def test_the_region_is_the_wall_near_the_point_in_its_slice_without_edges(wall):
    index = (2, 20, 40)
    region = region_around(tuple(GRID.index_to_ras(index)), wall, GRID)
    assert np.flatnonzero(region.any(axis=(1, 2))).tolist() == [2]
    found = np.argwhere(region)
    distance_mm = np.hypot((found[:, 1] - 20) * 2.0, (found[:, 2] - 40) * 1.5)
    assert distance_mm.max() <= REMOTE_RADIUS_MM
    assert distance_mm.max() > REMOTE_RADIUS_MM - 2.0
    for row, column in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        assert wall[2, found[:, 1] + row, found[:, 2] + column].all()


def test_a_point_between_slices_belongs_to_the_nearer_one_and_its_height_does_not_shrink_the_region(wall):
    on_slice = region_around(tuple(GRID.index_to_ras((2, 20, 40))), wall, GRID)
    above = region_around(tuple(GRID.index_to_ras((2.4, 20, 40))), wall, GRID)
    np.testing.assert_array_equal(above, on_slice)


def test_the_region_lies_at_the_same_place_in_a_flipped_grid(wall):
    point = tuple(GRID.index_to_ras((1, 12, 10)))
    matrix = np.array(GRID.ijk_to_ras)
    matrix[:3, 3] += matrix[:3, 2] * 4 + matrix[:3, 0] * 49
    matrix[:3, 2] *= -1
    matrix[:3, 0] *= -1
    flipped = region_around(point, wall[::-1, :, ::-1], Geometry(GRID.shape_kji, matrix))
    np.testing.assert_array_equal(flipped[::-1, :, ::-1], region_around(point, wall, GRID))


def test_a_thin_wall_keeps_its_edges(wall):
    thin = np.zeros_like(wall)
    thin[2, 20:22, 30:45] = True
    region = region_around(tuple(GRID.index_to_ras((2, 20, 38))), thin, GRID)
    assert np.count_nonzero(region) == 15 + 14  # the farthest of the second row lies 12.2 mm away
    assert (thin | ~region).all()


@pytest.mark.parametrize("slice_position", [-0.6, 4.6, 40])
def test_a_point_outside_the_slices_is_refused(wall, slice_position):
    with pytest.raises(ScarSegError, match="lies outside the slices of the study"):
        region_around(tuple(GRID.index_to_ras((slice_position, 20, 40))), wall, GRID)


def test_a_point_in_the_cavity_or_in_an_excluded_slice_is_refused(wall):
    small = wall.copy()
    small[:, 10:31, 12:38] = False
    with pytest.raises(ScarSegError, match=r"no counted myocardium lies within 12 mm .* in slice 2"):
        region_around(tuple(GRID.index_to_ras((2, 20, 25))), small, GRID)
    wall[3] = False
    with pytest.raises(ScarSegError, match=r"in slice 3: move it onto normal myocardium"):
        region_around(tuple(GRID.index_to_ras((3, 20, 40))), wall, GRID)


def test_the_numbers_of_a_request_with_a_point_are_those_of_its_region(a_tube, quantify):
    scar = a_tube.sector(0, 60)
    image = a_tube.image(scar)
    point = tuple(float(value) for value in image.geometry.index_to_ras(np.argwhere(a_tube.sector(200, 210))[0]))
    request = LVRequest(method=ScarMethod.NSD, n_sd=5.0)
    mask = region_around(point, a_tube.myocardium, image.geometry)
    by_mask = quantify(a_tube, request, image=image, remote_mask=mask)
    by_point = quantify(a_tube, replace(request, remote_ras=point), image=image)
    assert by_point.remote == by_mask.remote
    assert by_point.remote.source == "given"
    assert by_point.remote.mean == pytest.approx(100, abs=2)
    assert by_point.burden == by_mask.burden
    np.testing.assert_array_equal(by_point.remote_mask, mask)
    with pytest.raises(ScarSegError, match="a remote mask and a remote point were given"):
        quantify(a_tube, replace(request, remote_ras=point), image=image, remote_mask=mask)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_deepest_point_of_a_region_lies_in_the_middle_of_its_thickest_part_of_the_fullest_slice(axis):
    mask = np.zeros((3, 9, 12), dtype=bool)
    mask[0, 1:3, 1:3] = True
    # A ring's arc: its centre of mass would lie outside; the thick end is 5 x 5 about (4, 8).
    mask[1, 2:7, 6:11] = True
    mask[1, 2, 1:6] = True
    spacing = np.array((10.0, 1.5, 1.5))
    order = [1, 2]
    order.insert(axis, 0)
    geometry = Geometry.from_spacing(tuple(np.array(mask.shape)[order]), tuple(spacing[order]))
    point = deepest_point(mask.transpose(order), geometry)
    np.testing.assert_allclose(geometry.ras_to_index(point), np.array((1.0, 4.0, 8.0))[order], atol=1e-9)


def test_an_empty_region_has_no_deepest_point():
    assert deepest_point(np.zeros((2, 3, 4), dtype=bool), Geometry.from_spacing((2, 3, 4), (8.0, 1.0, 1.0))) is None
