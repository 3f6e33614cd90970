from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.workflow.resample import on_grid


@pytest.fixture
def labels() -> LabelMap:
    turn = np.radians(40)
    directions = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    geometry = Geometry.from_spacing((3, 5, 7), (9.0, 1.5, 1.2), directions=directions, origin_ras_mm=(3.0, -40.0, 7.0))
    return LabelMap(np.random.default_rng(0).integers(0, 5, (3, 5, 7)).astype(np.uint8), geometry)


def moved(geometry: Geometry, shift_kji) -> Geometry:
    matrix = np.array(geometry.ijk_to_ras)
    matrix[:3, 3] = geometry.index_to_ras(shift_kji)
    return Geometry(geometry.shape_kji, matrix)


def test_the_same_grid_is_returned_as_it_is(labels):
    assert on_grid(labels, Geometry(labels.geometry.shape_kji, labels.geometry.ijk_to_ras)).array is labels.array


def test_finer_voxels_that_fill_the_same_space_come_back_exactly(labels, cut_finer):
    back = on_grid(cut_finer(labels, (3, 2, 3)), labels.geometry)
    np.testing.assert_array_equal(back.array, labels.array)
    assert back.geometry == labels.geometry


@pytest.mark.parametrize("axes", [(1, 2, 0), (2, 1, 0)])
def test_another_order_of_axes_comes_back_exactly(labels, turn, axes):
    np.testing.assert_array_equal(on_grid(turn(labels, axes, (True, False, True)), labels.geometry).array, labels.array)


@pytest.mark.parametrize("shift", [0.4, -0.4, 1e-9, -1e-9])
def test_less_than_half_a_voxel_of_shift_loses_no_slice_row_or_column(labels, shift):
    found = on_grid(labels, moved(labels.geometry, (shift, shift, shift)))
    np.testing.assert_array_equal(found.array, labels.array)


def test_a_shift_by_one_slice_moves_the_labels_and_leaves_background(labels):
    found = on_grid(labels, moved(labels.geometry, (1, 0, 0))).array
    np.testing.assert_array_equal(found[:2], labels.array[1:])
    assert not found[2].any()


def test_a_disjoint_grid_holds_background_alone(labels):
    assert not on_grid(labels, moved(labels.geometry, (0, 100, 0))).array.any()


def test_name_and_kind_of_value_stay(labels):
    named = replace(labels, name="wall", array=labels.array.astype(np.int16))
    found = on_grid(named, moved(labels.geometry, (0, 1, 0)))
    assert (found.name, found.array.dtype) == ("wall", np.int16)
