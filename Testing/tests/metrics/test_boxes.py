from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.metrics.boxes import detect_boxes


def told(*rows):
    return np.array(rows, dtype=np.float32).reshape(-1, 5)


def true(*rows):
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


def test_average_precision_on_paper():
    # in order of confidence: found, wrong, found; the third true box is never found
    detection = detect_boxes(
        [told([0, 0, 4, 4, 0.9], [20, 20, 24, 24, 0.7]), told([0, 0, 4, 5, 0.5])],
        [true([0, 0, 4, 4], [50, 50, 54, 54]), true([0, 0, 4, 4])],
    )
    assert detection.correct.tolist() == [True, False, True]
    # precision 1, 1/2, 2/3 at recall 1/3, 1/3, 2/3
    assert detection.average_precision == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)


def test_a_true_box_is_found_once_by_the_most_confident():
    detection = detect_boxes([told([0, 0, 4, 4, 0.5], [0, 0, 4, 5, 0.8])], [true([0, 0, 4, 4])])
    assert detection.confidences.tolist() == pytest.approx([0.8, 0.5])
    assert detection.correct.tolist() == [True, False]
    assert detection.average_precision == 1


def test_a_box_takes_the_true_box_it_overlaps_most():
    detection = detect_boxes([told([0, 0, 4, 4, 0.9], [0, 0, 4, 6, 0.8])], [true([0, 0, 4, 6], [0, 0, 4, 4])])
    assert detection.correct.tolist() == [True, True]


def test_an_overlap_of_exactly_the_least_finds_and_less_does_not():
    at_half = [told([0, 0, 4, 2, 0.9])], [true([0, 0, 4, 4])]
    assert detect_boxes(*at_half).correct.tolist() == [True]
    assert detect_boxes(*at_half, found_iou=0.51).correct.tolist() == [False]


def test_the_best_operating_point_has_the_highest_f1():
    detection = detect_boxes(
        [told([0, 0, 4, 4, 0.9], [20, 20, 24, 24, 0.7], [10, 10, 14, 14, 0.6], [30, 30, 34, 34, 0.2])],
        [true([0, 0, 4, 4], [10, 10, 14, 14])],
    )
    # F1 after each box: 2/3, 1/2, 4/5, 2/3
    best = detection.best_operating_point
    assert (best.confidence, best.precision, best.recall, best.f1) == pytest.approx((0.6, 2 / 3, 1, 0.8))


def test_boxes_of_one_confidence_pass_a_threshold_together():
    detection = detect_boxes([told([0, 0, 4, 4, 0.5], [20, 20, 24, 24, 0.5])], [true([0, 0, 4, 4])])
    assert detection.best_operating_point.precision == 0.5


def test_images_without_true_boxes_count_their_false_ones_and_have_no_average_precision():
    detection = detect_boxes([told([0, 0, 4, 4, 0.9]), told()], [true(), true()])
    assert detection.correct.tolist() == [False]
    assert detection.average_precision is None
    assert detection.best_operating_point is None


def test_nothing_told_is_an_average_precision_of_zero():
    detection = detect_boxes([told()], [true([0, 0, 4, 4])])
    assert detection.average_precision == 0
    assert detection.best_operating_point is None


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_the_mean_over_true_boxes_of_the_best_later_precision(seed):
    generator = np.random.default_rng(seed)
    correct = generator.random(40) < 0.4
    places = [(100.0 * k, 0, 100.0 * k + 4, 4) for k in range(40)]
    boxes = told(*[(*place, 1 - k / 50) for k, place in enumerate(places)])
    missed = [(-100.0, 0, -96, 4)] * 3
    truth = true(*[place for place, hit in zip(places, correct, strict=True) if hit], *missed)
    precisions = [correct[: k + 1].mean() for k in range(40)]
    best_later = [max(precisions[k:]) for k in range(40) if correct[k]]
    expected = sum(best_later) / len(truth)
    assert detect_boxes([boxes], [truth]).average_precision == pytest.approx(expected)
