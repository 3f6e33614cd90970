"""Orientation of the pictures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.report.display import crop_around, direction_letters, grey_window, slice_view

AXIAL_LPS = np.diag([-1.0, -1.0, 1.0])
"""Columns run to the patient's left, rows to the back: the usual axial DICOM slice."""


def test_a_usual_axial_slice_is_shown_as_it_is_stored():
    view = slice_view(Geometry.from_spacing((3, 4, 5), (8.0, 1.0, 1.0), directions=AXIAL_LPS))
    assert (view.transposed, view.flip_rows, view.flip_columns) == (False, False, False)
    assert view.edge_letters() == {"left": "R", "right": "L", "top": "A", "bottom": "P"}


@pytest.mark.parametrize(
    ("i_axis", "j_axis", "expected"),
    [
        ((1, 0, 0), (0, 1, 0), {"left": "R", "right": "L", "top": "A", "bottom": "P"}),
        ((1, 0, 0), (0, 0, 1), {"left": "R", "right": "L", "top": "H", "bottom": "F"}),
        ((0, 1, 0), (0, 0, 1), {"left": "A", "right": "P", "top": "H", "bottom": "F"}),
    ],
    ids=["axial", "coronal", "sagittal"],
)
def test_every_plane_is_shown_in_the_radiological_habit(i_axis, j_axis, expected):
    directions = np.array([i_axis, j_axis, np.cross(i_axis, j_axis)], dtype=float).T
    assert slice_view(Geometry.from_spacing((3, 4, 5), (8, 1, 1), directions=directions)).edge_letters() == expected


def test_the_shown_picture_does_not_depend_on_how_an_oblique_grid_was_stored():
    """Flipping or swapping the stored in-plane axes must not change what the reader sees."""
    normal = np.array([0.6, 0.5, -0.62])
    normal /= np.linalg.norm(normal)
    first = np.cross(normal, (0.0, 0.0, 1.0))
    first /= np.linalg.norm(first)
    second = np.cross(normal, first)
    picture = np.random.default_rng(2).normal(size=(6, 9))
    seen = []
    for swap, flip_i, flip_j in itertools.product((False, True), repeat=3):
        stored, i_axis, j_axis = picture, first, second
        if flip_i:
            stored, i_axis = stored[:, ::-1], -i_axis
        if flip_j:
            stored, j_axis = stored[::-1], -j_axis
        if swap:
            stored, i_axis, j_axis = stored.T, j_axis, i_axis
        directions = np.array([i_axis, j_axis, normal]).T
        view = slice_view(Geometry.from_spacing((2, *stored.shape), (9, 1.2, 1.2), directions=directions))
        seen.append(view.turn(stored))
        assert view.right_ras[0] < 0, "the right edge of the screen is the patient's left"
    for other in seen[1:]:
        np.testing.assert_array_equal(other, seen[0])


def test_turning_a_slice_swaps_its_pixel_sizes():
    directions = np.array([[0, -1, 0], [-1, 0, 0], [0, 0, 1]], dtype=float)
    view = slice_view(Geometry.from_spacing((2, 4, 5), (8.0, 1.5, 1.0), directions=directions))
    assert view.transposed
    assert (view.pixel_width_mm, view.pixel_height_mm) == (1.5, 1.0)


@pytest.mark.parametrize(
    ("direction", "letters"),
    [((1, 0, 0), "R"), ((0, -1, 0), "P"), ((0.2, 0, -1), "F"), ((-0.8, 0.6, 0), "LA"), ((0.5, -0.8, 0.33), "PR")],
)
def test_edges_carry_the_main_patient_letters(direction, letters):
    assert direction_letters(np.array(direction, dtype=float)) == letters


def test_the_crop_holds_the_mask_with_a_margin_in_millimetres():
    mask = np.zeros((2, 100, 100), dtype=bool)
    mask[0, 40:50, 60] = True
    mask[1, 45, 62] = True
    view = slice_view(Geometry.from_spacing((2, 100, 100), (8.0, 2.0, 3.0), directions=AXIAL_LPS))
    rows, columns = crop_around(mask, view)
    # 18 mm are 9 rows of 2 mm and 6 columns of 3 mm.
    assert (rows.start, rows.stop) == (31, 59)
    assert (columns.start, columns.stop) == (54, 69)


def test_an_empty_mask_crops_nothing():
    view = slice_view(Geometry.from_spacing((2, 7, 9), (8.0, 2.0, 3.0)))
    assert crop_around(np.zeros((2, 7, 9), dtype=bool), view) == (slice(0, 7), slice(0, 9))


def test_the_window_of_a_constant_picture_is_not_empty():
    low, high = grey_window(np.full((2, 3, 3), 7.0, dtype=np.float32))
    assert low == 7.0
    assert high > low
