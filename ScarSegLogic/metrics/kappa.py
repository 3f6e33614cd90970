"""Agreement of readers who put the same things into ordered categories: kappa and alpha.

Every coefficient is a function of counts that add up over things, so counts can be kept by patient and a bootstrap over
patients adds up those of the drawn ones.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

MISSING = -1
"""A thing that a reader did not judge."""


class Weights(StrEnum):
    """How much a disagreement of d categories counts: 1, d or d squared."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Level(StrEnum):
    """How categories differ from each other (Krippendorff 2011): any difference alike, by ranks, or by distance."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


def confusion_matrix(first: ArrayLike, second: ArrayLike, categories: int) -> NDArray[np.int64]:
    """Counts (categories, categories): row what the first reader said, column what the second said.

    Args:
        first, second: (N,) categories from 0 on, ``MISSING`` where not judged; such pairs are left out.
        categories: How many categories there are.

    Raises:
        ValueError: The lists differ in length or hold another category.
    """
    table = _ratings(np.stack([np.asarray(first), np.asarray(second)], axis=-1), categories)
    both = table[(table != MISSING).all(axis=1)]
    return np.bincount(both[:, 0] * categories + both[:, 1], minlength=categories**2).reshape(categories, categories)


def cohen_kappa(confusion: ArrayLike, weights: Weights = Weights.NONE) -> float | None:
    """Cohen's kappa (Cohen 1960), weighted (Cohen 1968).

    Args:
        confusion: (categories, categories) counts of two readers.
        weights: How disagreements count.

    Returns:
        At most 1; None without pairs or where both readers used one and the same category only.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    if counts.sum() == 0:
        return None
    distance = np.abs(np.subtract.outer(np.arange(len(counts)), np.arange(len(counts)))).astype(np.float64)
    cost = {Weights.NONE: (distance > 0) * 1.0, Weights.LINEAR: distance, Weights.QUADRATIC: distance**2}[weights]
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    by_chance = float((cost * expected).sum())
    return 1.0 - float((cost * counts).sum()) / by_chance if by_chance > 0 else None


def category_counts(ratings: ArrayLike, categories: int) -> NDArray[np.int64]:
    """How many readers put each thing into each category, (things, categories).

    Args:
        ratings: (things, readers) categories, ``MISSING`` where not judged.
        categories: How many categories there are.

    Raises:
        ValueError: The ratings are no table or hold another category.
    """
    table = _ratings(ratings, categories)
    return np.stack([(table == category).sum(axis=1) for category in range(categories)], axis=1)


def fleiss_sums(counts: ArrayLike, readers: int) -> NDArray[np.float64]:
    """What Fleiss' kappa needs of each thing that all readers judged, (things, 1 + categories).

    The first column is the share of pairs of readers who agree, the others are the counts; things that were not judged
    by all are zero throughout and count for nothing.
    """
    table = np.asarray(counts, dtype=np.float64)
    if readers < 2:
        return np.zeros((len(table), 1 + table.shape[1]))
    agreeing = (table * (table - 1)).sum(axis=1) / (readers * (readers - 1))
    complete = table.sum(axis=1) == readers
    return np.column_stack([agreeing, table]) * complete[:, np.newaxis]


def fleiss_kappa(sums: ArrayLike) -> float | None:
    """Fleiss' kappa (Fleiss 1971) from the columns of `fleiss_sums` added up, and the number of things within.

    Args:
        sums: (2 + categories,): number of things, then the sums of the columns of `fleiss_sums`.

    Returns:
        At most 1; None without things or where everything lies in one category.
    """
    things, agreeing, *totals = np.asarray(sums, dtype=np.float64)
    if things == 0:
        return None
    shares = np.array(totals) / np.sum(totals)
    by_chance = float((shares**2).sum())
    return (float(agreeing / things) - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else None


def coincidences(counts: ArrayLike) -> NDArray[np.float64]:
    """The coincidence matrix of each thing (Krippendorff 2011), (things, categories, categories).

    Every ordered pair of readers of a thing, over the number of its readers less one; things with fewer than two
    readers are zero.
    """
    table = np.asarray(counts, dtype=np.float64)
    readers = table.sum(axis=1)
    pairs = table[:, :, np.newaxis] * table[:, np.newaxis, :]
    diagonal = np.arange(table.shape[1])
    pairs[:, diagonal, diagonal] -= table
    return pairs / np.where(readers > 1, readers - 1, np.inf)[:, np.newaxis, np.newaxis]


def krippendorff_alpha(coincidence: ArrayLike, level: Level = Level.ORDINAL) -> float | None:
    """Krippendorff's alpha (Krippendorff 2011); readers may have left things out.

    Args:
        coincidence: (categories, categories), the matrices of `coincidences` added up.
        level: How categories differ.

    Returns:
        At most 1; None without pairs or where everything lies in one category.
    """
    observed = np.asarray(coincidence, dtype=np.float64)
    totals = observed.sum(axis=1)
    if totals.sum() <= 1:
        return None
    expected = (np.outer(totals, totals) - np.diag(totals)) / (totals.sum() - 1)
    cost = _squared_differences(totals, level)
    by_chance = float((cost * expected).sum())
    return 1.0 - float((cost * observed).sum()) / by_chance if by_chance > 0 else None


def _squared_differences(totals: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
    """Krippendorff's metric delta squared; ordinal: the things between two categories, each of these by half."""
    index = np.arange(len(totals), dtype=np.float64)
    if level is Level.NOMINAL:
        return (index[:, np.newaxis] != index) * 1.0
    places = index if level is Level.INTERVAL else np.cumsum(totals) - totals / 2
    return np.subtract.outer(places, places) ** 2


def _ratings(ratings: ArrayLike, categories: int) -> NDArray[np.int64]:
    table = np.asarray(ratings)
    if table.ndim != 2:
        raise ValueError(f"ratings must be (things, readers), got shape {table.shape}")
    table = table.astype(np.int64)
    if table.size and (table.min() < MISSING or table.max() >= categories):
        raise ValueError(f"categories must lie from 0 to {categories - 1}, got {table.min()} to {table.max()}")
    return table
