"""Kappa and alpha against statsmodels and krippendorff on random tables, and on paper."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from ScarSegLogic.metrics.kappa import (
    MISSING,
    Level,
    Weights,
    category_counts,
    cohen_kappa,
    coincidences,
    confusion_matrix,
    fleiss_kappa,
    fleiss_sums,
    krippendorff_alpha,
)


def random_ratings(seed: int, *, missing: float = 0.0, readers: int = 4, things: int = 60) -> np.ndarray:
    """Readers who err by a category now and then, and leave some things out."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, things)
    ratings = np.clip(truth[:, np.newaxis] + generator.integers(-1, 2, (things, readers)), 0, 2)
    return np.where(generator.random(ratings.shape) < missing, MISSING, ratings)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("weights", list(Weights))
def test_cohen_agrees_with_statsmodels(seed, weights):
    ratings = random_ratings(seed)
    confusion = confusion_matrix(ratings[:, 0], ratings[:, 1], 3)
    expected = cohens_kappa(confusion, wt=None if weights is Weights.NONE else weights.value).kappa
    assert cohen_kappa(confusion, weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_fleiss_agrees_with_statsmodels(seed):
    counts = category_counts(random_ratings(seed), 3)
    sums = fleiss_sums(counts, 4).sum(axis=0)
    assert fleiss_kappa([len(counts), *sums]) == pytest.approx(statsmodels_fleiss(counts), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("level", list(Level))
def test_alpha_agrees_with_krippendorff(seed, level):
    ratings = random_ratings(seed, missing=0.3)
    found = krippendorff_alpha(coincidences(category_counts(ratings, 3)).sum(axis=0), level)
    table = np.where(ratings == MISSING, np.nan, ratings.astype(float)).T
    expected = krippendorff.alpha(reliability_data=table, level_of_measurement=level.value, value_domain=[0, 1, 2])
    assert found == pytest.approx(expected, abs=1e-12)


def test_cohen_on_paper():
    # 20 of 30 agree; by chance (15 * 17 + 15 * 13) / 30 = 15 would: (20 - 15) / (30 - 15).
    assert cohen_kappa([[11, 4], [6, 9]]) == pytest.approx(1 / 3)


def test_pairs_that_one_reader_left_out_do_not_count():
    assert confusion_matrix([0, 1, MISSING], [0, MISSING, 2], 3).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_things_that_not_all_readers_judged_are_left_out_of_fleiss():
    counts = category_counts([[0, 0, 1], [2, 2, MISSING]], 3)
    assert fleiss_sums(counts, 3).tolist() == [[pytest.approx(1 / 3), 2, 1, 0], [0, 0, 0, 0]]


def test_what_cannot_be_told_is_none():
    assert cohen_kappa(np.zeros((3, 3))) is None
    assert cohen_kappa([[5, 0], [0, 0]]) is None
    assert fleiss_kappa([0, 0, 0, 0]) is None
    assert fleiss_kappa([4, 4, 8, 0]) is None
    assert krippendorff_alpha(np.zeros((3, 3))) is None
    assert krippendorff_alpha([[4.0, 0.0], [0.0, 0.0]]) is None


def test_a_category_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="from 0 to 2, got 0 to 3"):
        confusion_matrix([0, 3], [0, 1], 3)
    with pytest.raises(ValueError, match=r"must be \(things, readers\)"):
        category_counts([0, 1], 3)
