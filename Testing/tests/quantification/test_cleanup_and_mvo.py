"""Tidying and MVO on small slices that can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.cleanup import clean_scar
from ScarSegLogic.quantification.mvo import propose_mvo

GRID = Geometry.from_spacing((2, 7, 8), (8.0, 2.0, 1.0))


def picture(*rows: str) -> np.ndarray:
    """A slice from text: '#' is set."""
    return np.array([[[character == "#" for character in row] for row in rows]])


def test_islands_below_the_minimum_area_are_dropped_slice_by_slice():
    scar = np.zeros(GRID.shape_kji, dtype=bool)
    scar[0, 1, 1:4] = True  # three pixels of 2 mm2
    scar[1, 1, 1:3] = True  # two pixels below the three: not rescued by them
    kept = clean_scar(scar, np.ones_like(scar), GRID, minimum_component_mm2=6.0)
    assert kept[0].sum() == 3
    assert not kept[1].any()


def test_pixels_that_touch_by_a_corner_are_one_island():
    scar = np.zeros(GRID.shape_kji, dtype=bool)
    scar[0, [1, 2, 3], [1, 2, 3]] = True
    assert clean_scar(scar, np.ones_like(scar), GRID, minimum_component_mm2=6.0).sum() == 3


def test_largest_component_joins_slices():
    scar = np.zeros(GRID.shape_kji, dtype=bool)
    scar[:, 1, 1:3] = True
    scar[0, 5, 5:8] = True
    kept = clean_scar(scar, np.ones_like(scar), GRID, largest_component_only=True)
    assert kept.sum() == 4
    assert not kept[0, 5].any()


def test_closing_is_in_millimetres_and_stays_inside_the_myocardium():
    scar = np.zeros((1, 9, 16), dtype=bool)
    scar[0, 4, [4, 6]] = True  # a gap of one 1 mm column
    scar[0, [2, 6], 12] = True  # a gap of three 2 mm rows
    grid = Geometry.from_spacing(scar.shape, (8.0, 2.0, 1.0))
    myocardium = np.ones_like(scar)
    closed = clean_scar(scar, myocardium, grid, closing_radius_mm=1.0)
    assert closed[0, 4, 5]
    assert not closed[0, 3:6, 12].any()
    myocardium[0, 4, 5] = False
    assert not clean_scar(scar, myocardium, grid, closing_radius_mm=1.0)[0, 4, 5]


def test_scar_outside_the_myocardium_never_survives():
    scar = np.ones(GRID.shape_kji, dtype=bool)
    myocardium = np.zeros_like(scar)
    myocardium[0, 2:5, 2:5] = True
    assert np.array_equal(clean_scar(scar, myocardium, GRID, closing_radius_mm=5.0), myocardium)


def test_empty_scar_stays_empty():
    empty = np.zeros(GRID.shape_kji, dtype=bool)
    options = {"minimum_component_mm2": 5.0, "closing_radius_mm": 3.0, "largest_component_only": True}
    assert not clean_scar(empty, ~empty, GRID, **options).any()


WALL = picture("........", ".######.", ".######.", ".######.", ".######.", "........")
RING = picture("........", ".####...", ".#..#...", ".#..#...", ".####...", "........")
NOTHING = np.zeros_like(WALL)


def proposed(scar, *, wall=WALL, cavity=NOTHING, maximum_mm2=100.0):
    return propose_mvo(scar, wall, cavity, pixel_area_mm2=2.0, maximum_mm2=maximum_mm2)


def test_a_dark_island_enclosed_by_scar_is_mvo():
    assert np.argwhere(proposed(RING)[0]).tolist() == [[2, 2], [2, 3], [3, 2], [3, 3]]


@pytest.mark.parametrize(("maximum_mm2", "count"), [(7.9, 0), (8.0, 4)])
def test_an_island_larger_than_the_limit_is_not(maximum_mm2, count):
    assert proposed(RING, maximum_mm2=maximum_mm2).sum() == count


def test_an_island_that_touches_normal_myocardium_is_not():
    open_ring = RING.copy()
    open_ring[0, 2, 4] = False
    assert not proposed(open_ring).any()


def test_an_island_at_the_epicardium_is_not():
    wall = WALL.copy()
    wall[0, 1, 2] = False  # a neighbour of the island now lies outside the heart
    scar = RING & wall
    assert not proposed(scar, wall=wall).any()


def test_an_island_between_scar_and_cavity_is_mvo():
    cavity = picture("........", ".####...", "........", "........", "........", "........")
    scar = RING & ~cavity
    assert proposed(scar, wall=WALL & ~cavity, cavity=cavity).sum() == 4


def test_unenhanced_myocardium_without_scar_around_is_not():
    cavity = ~WALL
    assert not proposed(NOTHING, cavity=cavity).any()


def test_mvo_empty_in_empty_out():
    assert not proposed(NOTHING, wall=NOTHING).any()
