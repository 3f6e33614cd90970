from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.volume import LabelMap, Volume, slices_first_axes, with_slices_first

SIDEWAYS = Geometry.from_spacing((4, 3, 2), (1.0, 2.0, 8.0), origin_ras_mm=(5, 6, 7))
"""A stack whose slices lie along the last array axis."""


def test_the_slice_axis_comes_first_and_every_voxel_stays_in_place():
    array = np.arange(24, dtype=np.float32).reshape(4, 3, 2)

    turned = with_slices_first(Volume(array, SIDEWAYS, metadata={"image_type": "M"}, warnings=("note",)))

    assert turned.array.shape == (2, 4, 3)
    assert turned.geometry.spacing_kji_mm == pytest.approx((8, 1, 2))
    assert turned.array[1, 3, 2] == array[3, 2, 1]
    assert turned.geometry.index_to_ras((1, 3, 2)) == pytest.approx(SIDEWAYS.index_to_ras((3, 2, 1)))
    assert turned.metadata == {"image_type": "M"}
    assert turned.warnings == ("note",)


def test_turning_back_with_argsort_restores_the_array():
    array = np.arange(24).reshape(4, 3, 2)

    turned = with_slices_first(LabelMap(array, SIDEWAYS))

    assert np.array_equal(turned.array.transpose(np.argsort(slices_first_axes(SIDEWAYS))), array)


def test_a_stack_with_slices_first_is_left_as_it_is():
    grid = Geometry.from_spacing((2, 3, 4), (8.0, 1.0, 1.0))
    array = np.zeros((2, 3, 4), dtype=np.float32)

    turned = with_slices_first(Volume(array, grid))

    assert turned.geometry == grid
    assert np.shares_memory(turned.array, array)


@pytest.mark.parametrize("image_class", [Volume, LabelMap])
def test_an_array_that_does_not_fit_its_grid_is_refused(image_class):
    with pytest.raises(ValueError, match=r"\(2, 3, 4\) does not fit a grid of \(4, 3, 2\)"):
        image_class(np.zeros((2, 3, 4)), SIDEWAYS)
