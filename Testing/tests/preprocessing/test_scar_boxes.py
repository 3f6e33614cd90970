from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import label, regionprops

from ScarSegLogic.preprocessing.scar_boxes import scar_boxes


def test_a_single_pixel_is_a_box_of_side_one_at_its_column_and_row():
    mask = np.zeros((5, 7), dtype=bool)
    mask[2, 6] = True
    assert scar_boxes(mask).tolist() == [[6, 2, 7, 3]]


def test_islands_are_boxed_apart_the_largest_first():
    mask = np.zeros((8, 10), dtype=bool)
    mask[0, 0:2] = True
    mask[4:7, 5:9] = True
    assert scar_boxes(mask).tolist() == [[5, 4, 9, 7], [0, 0, 2, 1]]


def test_pixels_that_touch_at_a_corner_are_one_island():
    assert scar_boxes(np.eye(3, dtype=bool)).tolist() == [[0, 0, 3, 3]]


def test_islands_below_the_smallest_size_get_no_box():
    mask = np.zeros((6, 6), dtype=bool)
    mask[0, 0] = True
    mask[3, 2:5] = True
    assert scar_boxes(mask, smallest_pixels=3).tolist() == [[2, 3, 5, 4]]
    assert scar_boxes(mask, smallest_pixels=4).shape == (0, 4)


def test_a_slice_without_scar_has_no_boxes():
    boxes = scar_boxes(np.zeros((4, 4), dtype=bool))
    assert boxes.shape == (0, 4)
    assert boxes.dtype == np.float32


@pytest.mark.parametrize("seed", range(5))
def test_boxes_are_those_of_scikit_image(seed):
    mask = np.random.default_rng(seed).random((20, 30)) > 0.75
    regions = regionprops(label(mask, connectivity=2))
    expected = {(i0, j0, i1, j1) for j0, i0, j1, i1 in (region.bbox for region in regions)}
    boxes = scar_boxes(mask)
    assert len(boxes) == len(regions)
    assert {tuple(box) for box in boxes.tolist()} == expected
