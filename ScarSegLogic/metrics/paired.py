"""Two methods on the same patients: is one better, by how much, and how sure is that."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

RHO_BIAS = 2.5
"""Small-sample correction of the intraclass correlation: rho (1 + (1 - rho^2) / (m - 5/2)) (Rosner 2006, as in the
authors' R package clusrank)."""


@dataclass(frozen=True)
class PairedTest:
    """A two-sided test of ``second - first`` against symmetry about zero.

    Attributes:
        statistic: Of the test, or None where nothing can be tested.
        p: Two-sided, 0 to 1, or None.
        pairs: Pairs that were tested; those without difference are left out of both tests.
        tied: Pairs without difference.
        clusters: Patients behind the pairs; the number of pairs where each has one.
    """

    statistic: float | None
    p: float | None
    pairs: int
    tied: int
    clusters: int


@dataclass(frozen=True)
class EffectSize:
    """How large ``second - first`` is; None where it is undefined.

    Attributes:
        mean_difference, median_difference: In the units of the values.
        rank_biserial: Matched-pairs rank-biserial correlation, -1 to 1 (Kerby 2014): the rank sum of gains minus that
            of losses over their total.
        cohen_dz: Mean over SD of the differences (Cohen 1988, section 2.3.5).
    """

    mean_difference: float | None
    median_difference: float | None
    rank_biserial: float | None
    cohen_dz: float | None


def wilcoxon_signed_rank(first: ArrayLike, second: ArrayLike) -> PairedTest:
    """Wilcoxon's signed-rank test (Wilcoxon 1945), one pair a patient; exact where scipy has the exact distribution.

    Raises:
        ValueError: The lists differ in length or hold something undefined.
    """
    differences = _differences(first, second)
    moved = differences[differences != 0]
    tied = int(differences.size - moved.size)
    if not moved.size:
        return PairedTest(None, None, 0, tied, 0)
    found = stats.wilcoxon(moved)
    return PairedTest(float(found.statistic), float(found.pvalue), moved.size, tied, moved.size)


def clustered_wilcoxon(first: ArrayLike, second: ArrayLike, clusters: Sequence[Hashable]) -> PairedTest:
    """Wilcoxon's signed-rank test for clustered pairs (Rosner, Glynn and Lee 2006), for slices within patients.

    All differences are ranked together; each cluster counts by its mean signed rank, weighted by
    g / (1 + (g - 1) rho), g its pairs and rho the intraclass correlation of the signed ranks. Under the hypothesis the
    sign of each cluster is a coin, which gives the variance. Normal approximation: fewer than about twenty clusters are
    too few to trust the p.

    Args:
        first, second: (N,) values of the slices.
        clusters: (N,) patient of each slice.

    Raises:
        ValueError: The lists differ in length or hold something undefined.
    """
    differences = _differences(first, second)
    if len(clusters) != differences.size:
        raise ValueError(f"{differences.size} pairs cannot belong to {len(clusters)} cluster names")
    names = {name: index for index, name in enumerate(dict.fromkeys(clusters))}
    moved = differences != 0
    owners = np.array([names[name] for name in clusters], dtype=np.intp)[moved]
    tied = int(np.count_nonzero(~moved))
    if not owners.size:
        return PairedTest(None, None, 0, tied, 0)
    _, owners = np.unique(owners, return_inverse=True)
    signed_ranks = stats.rankdata(np.abs(differences[moved])) * np.sign(differences[moved])
    sizes = np.bincount(owners)
    means = np.bincount(owners, weights=signed_ranks) / sizes
    weights = sizes / (1 + (sizes - 1) * _intraclass_correlation(signed_ranks, owners))
    spread = float(np.sqrt(np.sum((weights * means) ** 2)))
    if spread == 0:
        return PairedTest(0.0, 1.0, owners.size, tied, sizes.size)
    z = float(np.sum(weights * means)) / spread
    return PairedTest(z, float(2 * stats.norm.sf(abs(z))), owners.size, tied, sizes.size)


def effect_size(first: ArrayLike, second: ArrayLike) -> EffectSize:
    """Size of ``second - first`` over pairs.

    Raises:
        ValueError: The lists differ in length or hold something undefined.
    """
    differences = _differences(first, second)
    if not differences.size:
        return EffectSize(None, None, None, None)
    moved = differences[differences != 0]
    ranks = stats.rankdata(np.abs(moved))
    deviation = float(differences.std(ddof=1)) if differences.size > 1 else 0.0
    return EffectSize(
        mean_difference=float(differences.mean()),
        median_difference=float(np.median(differences)),
        rank_biserial=float(np.sum(ranks * np.sign(moved)) / ranks.sum()) if moved.size else None,
        cohen_dz=float(differences.mean()) / deviation if deviation > 0 else None,
    )


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm's step-down adjustment (Holm 1979); undefined tests stay undefined and count for nothing."""
    defined = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(defined):
        largest = max(largest, min(1.0, (len(defined) - rank) * p))
        adjusted[index] = largest
    return tuple(adjusted)


def _intraclass_correlation(values: NDArray[np.float64], owners: NDArray[np.intp]) -> float:
    """One-way ANOVA estimate for clusters of unequal size, bias-corrected, kept within 0 to 1."""
    sizes = np.bincount(owners)
    clusters, count = sizes.size, values.size
    if clusters < 2 or count == clusters:
        return 0.0
    means = np.bincount(owners, weights=values) / sizes
    within = float(np.sum((values - means[owners]) ** 2)) / (count - clusters)
    between = float(np.sum(sizes * (means - values.mean()) ** 2)) / (clusters - 1)
    typical_size = (count - np.sum(sizes**2) / count) / (clusters - 1)
    shared = (between - within) / typical_size
    if shared <= 0:
        return 0.0
    rho = shared / (shared + within)
    if clusters <= RHO_BIAS:
        return float(rho)
    return float(min(1.0, rho * (1 + (1 - rho**2) / (clusters - RHO_BIAS))))


def _differences(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"two lists of equal length were expected, got shapes {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("pairs with an undefined value cannot be tested: leave them out and count them")
    return y - x
