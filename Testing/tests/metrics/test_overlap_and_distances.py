"""Overlap and surface distances: answers on paper, and MONAI as a second opinion."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.metrics.distances import surface_distances
from ScarSegLogic.metrics.overlap import overlap

EMPTY = np.zeros((3, 8, 9), dtype=bool)


def box(*spans: tuple[int, int], shape=EMPTY.shape) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(slice(*span) for span in spans)] = True
    return mask


def blob(seed: int) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(10, 40, 44)), (1, 4, 4))
    return noise > 0.4 * noise.max()


def test_overlap_on_paper():
    prediction, reference = box((0, 1), (0, 1), (0, 4)), box((0, 1), (0, 1), (2, 8))
    found = overlap(prediction, reference)
    assert found.dice == pytest.approx(2 * 2 / (4 + 6))
    assert found.precision == pytest.approx(2 / 4)
    assert found.recall == pytest.approx(2 / 6)
    assert not found.failed


def test_two_empty_masks_have_no_dice_and_are_no_failure():
    found = overlap(EMPTY, EMPTY)
    assert (found.dice, found.precision, found.recall, found.failed) == (None, None, None, False)


def test_one_empty_mask_has_dice_zero_and_fails():
    some = box((0, 1), (0, 2), (0, 2))
    missed, invented = overlap(EMPTY, some), overlap(some, EMPTY)
    assert (missed.dice, missed.precision, missed.recall, missed.failed) == (0, None, 0, True)
    assert (invented.dice, invented.precision, invented.recall, invented.failed) == (0, 0, None, True)


def test_masks_of_different_shapes_are_an_error():
    with pytest.raises(ValueError, match="cannot be compared"):
        overlap(EMPTY, EMPTY[:2])
    with pytest.raises(ValueError, match="cannot be compared"):
        surface_distances(EMPTY, EMPTY, (1.0, 1.0))


def test_two_voxels_apart_along_each_axis_measure_in_millimetres():
    first = box((0, 1), (1, 2), (1, 2))
    for axis, expected in enumerate((16.0, 3.0, 2.4)):
        second = np.roll(first, 2, axis=axis)
        found = surface_distances(first, second, (8.0, 1.5, 1.2))
        assert found.hausdorff_mm == pytest.approx(expected)
        assert found.average_mm == pytest.approx(expected)


def test_average_is_over_the_borders_of_both_masks():
    first, second = box((0, 1), (0, 1), (0, 1)), box((0, 1), (0, 1), (0, 3))
    found = surface_distances(first, second, (8.0, 1.0, 2.0))
    assert found.hausdorff_mm == 4.0
    assert found.average_mm == pytest.approx((0 + 0 + 2 + 4) / 4)


def test_equal_masks_are_at_distance_zero():
    found = surface_distances(blob(0), blob(0), (8.0, 1.5, 1.2))
    assert (found.hausdorff_mm, found.hausdorff_95_mm, found.average_mm) == (0, 0, 0)


@pytest.mark.parametrize(("first", "second", "failed"), [(EMPTY, EMPTY, False), (EMPTY, ~EMPTY, True)])
def test_distances_to_an_empty_mask_are_undefined(first, second, failed):
    found = surface_distances(first, second, (8.0, 1.5, 1.2))
    assert (found.hausdorff_mm, found.hausdorff_95_mm, found.average_mm) == (None, None, None)
    assert found.failed is failed


def test_dice_and_distances_agree_with_monai():
    import torch
    from monai import metrics as monai_metrics

    spacing = (8.0, 1.5, 1.2)
    for seed in range(3):
        first, second = blob(seed), np.roll(blob(seed), (1, 2, 3), axis=(0, 1, 2)) | blob(seed + 10)
        one, two = (torch.from_numpy(mask[None, None]) for mask in (first, second))
        ours = surface_distances(first, second, spacing)
        hausdorff = monai_metrics.compute_hausdorff_distance(one, two, include_background=True, spacing=spacing)
        percentile = monai_metrics.compute_hausdorff_distance(
            one, two, include_background=True, spacing=spacing, percentile=95
        )
        average = monai_metrics.compute_average_surface_distance(
            one, two, include_background=True, symmetric=True, spacing=spacing
        )
        dice = monai_metrics.compute_dice(one, two, include_background=True)
        assert ours.hausdorff_mm == pytest.approx(hausdorff.item(), rel=1e-4)
        assert ours.hausdorff_95_mm == pytest.approx(percentile.item(), rel=1e-3)
        assert ours.average_mm == pytest.approx(average.item(), rel=1e-4)
        assert overlap(first, second).dice == pytest.approx(dice.item(), rel=1e-6)
