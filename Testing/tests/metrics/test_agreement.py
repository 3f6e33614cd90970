"""Agreement statistics against papers, scipy and a second formula."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ScarSegLogic.metrics.agreement import (
    bland_altman,
    bootstrap_interval,
    detection_at_line,
    icc_2_1,
    lin_concordance,
    mean_absolute_error,
    pearson,
)
from ScarSegLogic.metrics.summary import counted_mean

SHROUT_FLEISS_1979 = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
"""Table 2 of the paper: six targets, four judges; ICC(2,1) is .29."""


def two_readings(count: int = 25) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    first = generator.gamma(2, 5, count)
    return first, 1.1 * first + generator.normal(1, 2, count)


def test_bland_altman_on_paper():
    found = bland_altman([10, 20, 30], [11, 22, 33])
    assert found.bias == 2
    assert found.lower == pytest.approx(2 - 1.96)
    assert found.upper == pytest.approx(2 + 1.96)
    assert found.count == 3


def test_bland_altman_of_one_patient_is_undefined():
    assert bland_altman([1], [2]).bias is None


def test_mean_absolute_error_on_paper():
    assert mean_absolute_error([1, 2, 3], [2, 2, 1]) == 1
    assert mean_absolute_error([], []) is None


def test_pearson_is_that_of_scipy():
    first, second = two_readings()
    assert pearson(first, second) == pytest.approx(stats.pearsonr(first, second).statistic)


def test_pearson_of_a_constant_is_undefined():
    assert pearson([1, 1, 1], [1, 2, 3]) is None


def test_lin_is_pearson_times_the_bias_correction():
    first, second = two_readings()
    scale = first.std() / second.std()
    shift = (first.mean() - second.mean()) / np.sqrt(first.std() * second.std())
    correction = 2 / (scale + 1 / scale + shift**2)
    assert lin_concordance(first, second) == pytest.approx(pearson(first, second) * correction)


def test_lin_tells_a_shift_that_pearson_does_not_see():
    first = np.arange(10.0)
    assert pearson(first, first + 5) == pytest.approx(1)
    assert lin_concordance(first, first + 5) < 0.5
    assert lin_concordance([2, 2], [2, 2]) is None


def test_icc_is_that_of_shrout_and_fleiss():
    assert icc_2_1(SHROUT_FLEISS_1979) == pytest.approx(0.29, abs=0.005)


def test_icc_of_perfect_agreement_is_one_and_of_constants_undefined():
    assert icc_2_1([[1, 1], [2, 2], [5, 5]]) == pytest.approx(1)
    assert icc_2_1([[1, 1], [1, 1]]) is None
    assert icc_2_1([[1, 2]]) is None
    with pytest.raises(ValueError, match=r"\(patients, readers\)"):
        icc_2_1([1, 2, 3])


def test_detection_at_the_line_counts_the_line_as_above():
    found = detection_at_line(measured=[5, 4, 6, 1, 9], reference=[5, 6, 2, 0, 12], line=5)
    assert (found.true_positive, found.false_negative, found.false_positive, found.true_negative) == (2, 1, 1, 1)
    assert found.sensitivity == pytest.approx(2 / 3)
    assert found.specificity == pytest.approx(1 / 2)
    assert detection_at_line([1], [1], 5).sensitivity is None


def test_bootstrap_interval_of_a_mean_is_that_of_theory():
    values = np.random.default_rng(0).normal(10, 2, 100)
    found = bootstrap_interval(values, lambda rows: float(rows.mean()), np.random.default_rng(1))
    margin = 1.96 * values.std(ddof=1) / 10
    assert found.estimate == values.mean()
    assert found.lower == pytest.approx(values.mean() - margin, abs=0.05)
    assert found.upper == pytest.approx(values.mean() + margin, abs=0.05)


def test_bootstrap_draws_whole_patients_and_is_repeatable():
    pairs = np.column_stack(two_readings())
    runs = [
        bootstrap_interval(pairs, lambda rows: pearson(rows[:, 0], rows[:, 1]), np.random.default_rng(7), resamples=200)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].lower > 0.5


def test_bootstrap_counts_undefined_resamples():
    found = bootstrap_interval(
        [[1, 1], [2, 2]], lambda rows: pearson(rows[:, 0], rows[:, 1]), np.random.default_rng(0), resamples=100
    )
    assert 30 < found.undefined < 70
    assert bootstrap_interval([], np.mean, np.random.default_rng(0)).estimate is None


def test_lists_of_different_length_are_an_error():
    with pytest.raises(ValueError, match="equal length"):
        bland_altman([1, 2], [1])


def test_a_mean_says_how_many_values_it_leaves_out():
    found = counted_mean([1.0, None, 3.0, None, None])
    assert (found.mean, found.median, found.defined, found.undefined) == (2, 2, 2, 3)
    assert found.sd == pytest.approx(np.sqrt(2))
    assert counted_mean([None]).mean is None
