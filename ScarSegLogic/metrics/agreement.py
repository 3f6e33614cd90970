"""Agreement of two readings of the same patients: volumes, burdens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

LIMITS_SD = 1.96
"""Limits of agreement, in SDs of the differences (Bland and Altman 1986)."""


@dataclass(frozen=True)
class BlandAltman:
    """Bias and limits of agreement of ``second - first``; None with fewer than two pairs."""

    bias: float | None
    lower: float | None
    upper: float | None
    count: int


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval; ``undefined`` resamples gave no value and were left out."""

    estimate: float | None
    lower: float | None
    upper: float | None
    undefined: int = 0


@dataclass(frozen=True)
class Detection:
    """Patients above a line in the reference, told by a test; a rate without denominator is None."""

    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int

    @property
    def sensitivity(self) -> float | None:
        positives = self.true_positive + self.false_negative
        return self.true_positive / positives if positives else None

    @property
    def specificity(self) -> float | None:
        negatives = self.true_negative + self.false_positive
        return self.true_negative / negatives if negatives else None


def bland_altman(first: ArrayLike, second: ArrayLike) -> BlandAltman:
    """Bland and Altman 1986: mean difference +- 1.96 SD (one degree of freedom) of ``second - first``."""
    x, y = _pairs(first, second)
    if x.size < 2:
        return BlandAltman(None, None, None, x.size)
    difference = y - x
    bias, spread = float(difference.mean()), LIMITS_SD * float(difference.std(ddof=1))
    return BlandAltman(bias, bias - spread, bias + spread, x.size)


def mean_absolute_error(first: ArrayLike, second: ArrayLike) -> float | None:
    """Mean of |second - first|; None without pairs."""
    x, y = _pairs(first, second)
    return float(np.abs(y - x).mean()) if x.size else None


def pearson(first: ArrayLike, second: ArrayLike) -> float | None:
    """Pearson's r; None with fewer than two pairs or where one reading is constant."""
    x, y = _pairs(first, second)
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def lin_concordance(first: ArrayLike, second: ArrayLike) -> float | None:
    """Lin's concordance correlation coefficient (Lin 1989, moments with n in the denominator).

    None with fewer than two pairs or where both readings are one and the same constant.
    """
    x, y = _pairs(first, second)
    if x.size < 2:
        return None
    denominator = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    return float(2 * np.mean((x - x.mean()) * (y - y.mean())) / denominator) if denominator > 0 else None


def icc_2_1(ratings: ArrayLike) -> float | None:
    """ICC(2,1): two-way random effects, absolute agreement, single rater (Shrout and Fleiss 1979).

    Args:
        ratings: (patients, readers) values, at least two of each.

    Returns:
        The coefficient (it can be negative), or None where it is undefined.

    Raises:
        ValueError: The ratings are not a table.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"ratings must be (patients, readers), got shape {table.shape}")
    n, k = table.shape
    if n < 2 or k < 2:
        return None
    grand = table.mean()
    between_patients = k * np.sum((table.mean(axis=1) - grand) ** 2) / (n - 1)
    between_readers = n * np.sum((table.mean(axis=0) - grand) ** 2) / (k - 1)
    residual = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + grand
    error = np.sum(residual**2) / ((n - 1) * (k - 1))
    denominator = between_patients + (k - 1) * error + k * (between_readers - error) / n
    return float((between_patients - error) / denominator) if denominator > 0 else None


def detection_at_line(measured: ArrayLike, reference: ArrayLike, line: float) -> Detection:
    """Sensitivity and specificity of ``measured >= line`` for ``reference >= line``, one value a patient."""
    x, y = _pairs(measured, reference)
    told, truly = x >= line, y >= line
    return Detection(
        true_positive=int(np.count_nonzero(told & truly)),
        false_negative=int(np.count_nonzero(~told & truly)),
        true_negative=int(np.count_nonzero(~told & ~truly)),
        false_positive=int(np.count_nonzero(told & ~truly)),
    )


def bootstrap_interval(
    patients: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], float | None],
    generator: np.random.Generator,
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """Percentile bootstrap over patients (Efron 1979).

    Args:
        patients: (N,) or (N, ...) values, one row a patient; whole rows are drawn with replacement.
        statistic: From such an array to a number, or None where it is undefined.
        generator: Source of randomness.
        resamples: Number of draws, at least 1.
        confidence: Coverage, above 0 and below 1.

    Returns:
        The estimate on all patients and its interval; None without patients or without any defined resample.
    """
    rows = np.asarray(patients, dtype=np.float64)
    if rows.shape[0] == 0:
        return Interval(None, None, None)
    drawn = [statistic(rows[generator.integers(0, rows.shape[0], rows.shape[0])]) for _ in range(resamples)]
    defined = np.array([value for value in drawn if value is not None], dtype=np.float64)
    if not defined.size:
        return Interval(statistic(rows), None, None, undefined=resamples)
    tail = 50 * (1 - confidence)
    lower, upper = np.percentile(defined, (tail, 100 - tail))
    return Interval(statistic(rows), float(lower), float(upper), undefined=resamples - defined.size)


def _pairs(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"two lists of equal length were expected, got shapes {x.shape} and {y.shape}")
    return x, y
