from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.preprocessing.slice_box import SliceBox, heart_box, whole_slice_box


def ellipse(shape_ji, centre_ji, semi_axes_ji) -> np.ndarray:
    rows, columns = np.indices(shape_ji)
    return ((rows - centre_ji[0]) / semi_axes_ji[0]) ** 2 + ((columns - centre_ji[1]) / semi_axes_ji[1]) ** 2 <= 1


def blob(shape_ji, centre_ji, sigma_ji) -> np.ndarray:
    rows, columns = np.indices(shape_ji)
    squared = ((rows - centre_ji[0]) / sigma_ji[0]) ** 2 + ((columns - centre_ji[1]) / sigma_ji[1]) ** 2
    return np.exp(-squared / 2).astype(np.float32)


def test_a_box_of_the_whole_slice_at_its_own_size_is_the_slice():
    slices = np.random.default_rng(1).normal(size=(3, 20, 20)).astype(np.float32)
    crop = SliceBox((9.5, 9.5), (20.0, 20.0)).crop(slices, 20)
    np.testing.assert_allclose(crop, slices, atol=1e-6)


def test_halving_a_slice_low_passes_with_the_weights_on_paper():
    # Output pixels lie between input pixels 2n and 2n + 1; a triangle of half-width 2 gives 1, 3, 3, 1 eighths.
    row = np.zeros((1, 1, 12), np.float32)
    row[0, 0, 6] = 1
    crop = SliceBox((0.0, 5.5), (6.0, 12.0)).crop(row, 6)
    np.testing.assert_allclose(crop[0, 0], [0, 0, 1 / 8, 3 / 8, 0, 0], atol=1e-6)


def test_pixels_outside_the_image_repeat_its_edge():
    slices = np.arange(4, dtype=np.float32)[None, None].repeat(4, axis=1)
    crop = SliceBox((1.5, 1.5), (8.0, 8.0)).crop(slices, 8)
    np.testing.assert_allclose(crop[0, 0], [0, 0, 0, 1, 2, 3, 3, 3])


@pytest.mark.parametrize("size", [32, 96])
def test_pasting_a_crop_restores_the_inside_and_leaves_zero_outside(size):
    slices = np.stack([blob((64, 80), (30, 41), sigma) for sigma in ((7, 9), (9, 7))])
    box = SliceBox((30.3, 41.2), (40.0, 52.0))
    restored = box.paste(box.crop(slices, size), (64, 80))
    rows, columns = np.indices((64, 80))
    inside = (np.abs(rows - 30.3) < 19) & (np.abs(columns - 41.2) < 25)
    assert np.abs(restored - slices)[:, inside].max() < 0.02
    outside = (np.abs(rows - 30.3) > 20) | (np.abs(columns - 41.2) > 26)
    assert not restored[:, outside].any()


@pytest.mark.parametrize("size", [24, 96])
def test_the_mass_of_a_mask_survives_crop_and_paste(size):
    mask = ellipse((64, 80), (30.3, 41.2), (11, 15)).astype(np.float32)[None]
    box = SliceBox((31.0, 40.0), (40.0, 52.0))
    crop = box.crop(mask, size)
    assert crop.sum() * 40.0 * 52.0 / size**2 == pytest.approx(mask.sum(), rel=0.01)
    assert box.paste(crop, (64, 80)).sum() == pytest.approx(mask.sum(), rel=0.01)


def test_pasting_keeps_leading_axes():
    assert SliceBox((5.0, 5.0), (4.0, 4.0)).paste(np.ones((2, 3, 8, 8), np.float32), (10, 12)).shape == (2, 3, 10, 12)


def test_the_centre_maps_to_the_middle_and_a_border_to_half_a_pixel_outside():
    box = SliceBox((30.0, 40.0), (20.0, 50.0))
    np.testing.assert_allclose(
        box.to_crop([(30.0, 40.0), (20.0, 15.0), (40.0, 65.0)], 96), [[47.5] * 2, [-0.5] * 2, [95.5] * 2]
    )


def test_to_crop_and_from_crop_undo_each_other():
    box = SliceBox((30.7, 41.2), (23.0, 57.0))
    points = np.random.default_rng(2).uniform(0, 80, (5, 4, 2))
    np.testing.assert_allclose(box.from_crop(box.to_crop(points, 96), 96), points)


def test_a_point_moves_with_its_pixel():
    image = np.zeros((1, 64, 80), np.float32)
    image[0, 22, 51] = 1
    box = SliceBox((30.0, 44.0), (40.0, 30.0))
    hottest = np.unravel_index(box.crop(image, 96)[0].argmax(), (96, 96))
    np.testing.assert_allclose(hottest, box.to_crop((22, 51), 96), atol=0.51)


def test_a_scaled_box_keeps_its_centre():
    assert SliceBox((3.0, 4.0), (5.0, 6.0)).scaled(2) == SliceBox((3.0, 4.0), (10.0, 12.0))


def test_a_stretched_ellipse_becomes_round():
    mask = ellipse((128, 160), (60, 80), (24, 48))[None]
    crop = heart_box(mask, 1.75).crop(mask.astype(np.float32), 96)[0]
    rows, columns = np.nonzero(crop > 0.5)
    assert rows.std() == pytest.approx(columns.std(), rel=0.03)
    assert rows.mean() == pytest.approx(47.5, abs=1)
    assert columns.mean() == pytest.approx(47.5, abs=1)


def test_a_heart_box_spans_the_heart_times_the_margin():
    mask = np.repeat(ellipse((128, 160), (60, 80), (30, 40))[None], 2, axis=0)
    box = heart_box(mask, 1.0)
    assert box.centre_ji == pytest.approx((60, 80), abs=0.1)
    # Cutting 1 % of an ellipse on both sides leaves 0.923 of its diameter (root of the segment's area by bisection).
    assert box.sides_ji == pytest.approx((0.923 * 60, 0.923 * 80), rel=0.02)
    assert heart_box(mask, 1.75).sides_ji == pytest.approx(tuple(1.75 * side for side in box.sides_ji))


ROUND_HEART = ellipse((96, 96), (40.5, 60.5), (8, 8))
RECTANGLE = np.zeros((60, 80), bool)
RECTANGLE[20:40, 30:60] = True


@pytest.mark.parametrize(
    ("heart", "centre", "sides"),
    [(RECTANGLE, (29.5, 44.5), (0.98 * 20, 0.98 * 30)), (ROUND_HEART, (40.5, 60.5), (15.0, 15.0))],
    ids=["rectangle", "heart in a localiser's crop"],
)
def test_a_box_is_right_where_the_first_row_holds_more_than_the_cut_off_mass(heart, centre, sides):
    box = heart_box(heart[None], 1.0)
    assert box.centre_ji == pytest.approx(centre, abs=0.1)
    assert box.sides_ji == pytest.approx(sides, abs=1.0)


def test_a_stray_voxel_does_not_move_the_heart_box():
    mask = ellipse((128, 160), (60, 80), (30, 40))[None]
    stray = mask.copy()
    stray[0, 2, 3] = True
    clean, moved = heart_box(mask, 1.75), heart_box(stray, 1.75)
    assert moved.centre_ji == pytest.approx(clean.centre_ji, abs=0.5)
    assert moved.sides_ji == pytest.approx(clean.sides_ji, abs=1.0)


def test_a_tiny_heart_keeps_a_box_of_at_least_four_pixels():
    mask = np.zeros((1, 20, 20), bool)
    mask[0, 0, 0] = True
    assert heart_box(mask, 1.5).sides_ji == (6.0, 6.0)


def test_an_empty_mask_has_no_box():
    assert heart_box(np.zeros((2, 5, 5), bool), 1.75) is None


def test_a_whole_slice_box_is_square_in_mm():
    assert whole_slice_box((60, 200), (1.5, 1.2), 360.0) == SliceBox((29.5, 99.5), (240.0, 300.0))


def test_a_whole_slice_box_covers_a_slice_larger_than_the_field_of_view():
    box = whole_slice_box((60, 200), (1.5, 1.2), 180.0)
    assert box.sides_ji == pytest.approx((240 / 1.5, 240 / 1.2))
    corners = box.to_crop([(0, 0), (59, 199)], 96)
    assert corners.min() >= -0.5
    assert corners.max() <= 95.5
