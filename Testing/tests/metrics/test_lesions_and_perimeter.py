"""Lesion-wise detection and outlines."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import perimeter_crofton

from ScarSegLogic.metrics.lesions import detect_lesions
from ScarSegLogic.metrics.perimeter import perimeter_mm, perimeter_similarity


def line(text: str) -> np.ndarray:
    return np.array([[character == "#" for character in text]])


def test_lesions_found_missed_and_invented_are_counted():
    reference = line("##..###..#....")
    prediction = line(".#....#......#")
    found = detect_lesions(prediction, reference)
    assert (found.reference_count, found.found_count) == (3, 2)
    assert (found.predicted_count, found.false_count) == (3, 1)
    assert found.sensitivity == pytest.approx(2 / 3)
    assert found.precision == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)


def test_a_lesion_counts_as_found_only_above_the_minimum_overlap():
    assert detect_lesions(line("#..."), line("####"), minimum_overlap=0.25).found_count == 0
    assert detect_lesions(line("##.."), line("####"), minimum_overlap=0.25).found_count == 1


def test_small_lesions_can_be_ignored():
    found = detect_lesions(line("#..###"), line("#....."), minimum_voxels=2)
    assert (found.reference_count, found.predicted_count, found.false_count) == (0, 1, 1)


def test_lesions_that_touch_by_a_corner_are_one():
    assert detect_lesions(np.eye(3, dtype=bool), np.eye(3, dtype=bool)).reference_count == 1


@pytest.mark.parametrize(("prediction", "f1"), [("....", None), ("##..", 0.0)])
def test_rates_without_reference(prediction, f1):
    found = detect_lesions(line(prediction), line("...."))
    assert found.sensitivity is None
    assert found.f1 == f1


def test_perimeter_on_square_pixels_is_croftons():
    mask = np.random.default_rng(0).random((30, 40)) > 0.6
    assert perimeter_mm(mask, (1.0, 1.0)) == pytest.approx(perimeter_crofton(mask, directions=4))
    assert perimeter_mm(mask, (1.5, 1.5)) == pytest.approx(1.5 * perimeter_crofton(mask, directions=4))


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (1.0, 0.6), (0.7, 1.2)])
def test_perimeter_of_a_disc_on_anisotropic_pixels(spacing):
    rows, columns = np.indices((120, 140))
    disc = np.hypot((rows - 60.3) * spacing[0], (columns - 70.1) * spacing[1]) < 25
    assert perimeter_mm(disc, spacing) == pytest.approx(2 * np.pi * 25, rel=0.03)


def test_perimeter_does_not_depend_on_how_the_plane_lies_in_space():
    mask = np.random.default_rng(1).random((9, 11)) > 0.5
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    axes = np.array([[0.0, 1.5, 0.0], [1.2, 0.0, 0.0]])
    assert perimeter_mm(mask, axes @ turn) == pytest.approx(perimeter_mm(mask, (1.5, 1.2)))


def test_an_empty_mask_has_no_outline():
    assert perimeter_mm(np.zeros((4, 4), dtype=bool), (1.0, 1.0)) == 0


@pytest.mark.parametrize(("first", "second", "expected"), [(30, 40, 0.75), (40, 30, 0.75), (0, 5, 0), (0, 0, None)])
def test_perimeter_similarity_is_smaller_over_larger(first, second, expected):
    assert perimeter_similarity(first, second) == expected
