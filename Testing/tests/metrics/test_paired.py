"""Paired tests against numbers on paper, scipy, and the sign-flip distribution they stand on."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from ScarSegLogic.metrics.paired import clustered_wilcoxon, effect_size, holm, wilcoxon_signed_rank


def slices_of_patients(patients: int, shift: float, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Pairs of values whose differences share a patient's part; patients have 1 to 9 slices."""
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 10, patients)
    owners = [f"P{patient}" for patient, size in enumerate(sizes) for _ in range(size)]
    shared = np.repeat(generator.normal(0, 1, patients), sizes)
    first = generator.normal(0, 1, len(owners))
    return first, first + shift + shared + generator.normal(0, 0.5, len(owners)), owners


def test_the_exact_p_of_six_gains_is_two_in_sixty_four():
    found = wilcoxon_signed_rank([0] * 6, [1, 2, 3, 4, 5, 6])
    assert found.p == pytest.approx(2 / 64)
    assert (found.statistic, found.pairs, found.tied) == (0, 6, 0)


def test_pairs_without_difference_are_left_out_and_counted():
    found = wilcoxon_signed_rank([0, 0, 0, 0, 7, 8], [1, 2, -3, 4, 7, 8])
    assert (found.pairs, found.tied) == (4, 2)
    assert found.p == pytest.approx(stats.wilcoxon([1, 2, -3, 4]).pvalue)


def test_equal_methods_leave_nothing_to_test():
    assert wilcoxon_signed_rank([1, 2], [1, 2]).p is None
    assert clustered_wilcoxon([1, 2], [1, 2], "ab").p is None


def test_clusters_of_one_pair_give_scipys_normal_approximation():
    first, second, _ = slices_of_patients(40, 0.3)
    found = clustered_wilcoxon(first, second, range(len(first)))
    expected = stats.wilcoxon(first, second, method="asymptotic", correction=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.clusters == len(first)


def test_twins_count_as_one_pair():
    # Two equal slices a patient: the intraclass correlation is one. Tied ranks are 2r - 1/2, nearly twice those alone.
    differences = np.array([3.0, -1.0, 2.0, 5.0, 4.0, 6.0, -7.0, 8.0])
    twice, owners = np.repeat(differences, 2), np.repeat(np.arange(8), 2)
    once = clustered_wilcoxon(np.zeros(8), differences, np.arange(8))
    found = clustered_wilcoxon(np.zeros(16), twice, owners)
    assert found.statistic == pytest.approx(once.statistic, abs=0.02)
    assert found.p > wilcoxon_signed_rank(np.zeros(16), twice).p


def test_the_clustered_z_on_paper():
    # Signed ranks: a 1, 2; b -3; c 4, of means 1.5, -3, 4 and grand mean 1.
    # Mean squares: between (2 * .25 + 16 + 9) / 2 = 12.75, within .5 / 1; typical size (4 - 6 / 4) / 2 = 1.25.
    # rho = 9.8 / (9.8 + .5), corrected above 1, hence 1, so every weight is 1: z = (1.5 - 3 + 4) / root of the squares.
    found = clustered_wilcoxon([0, 0, 0, 0], [0.1, 0.2, -0.3, 0.4], "aabc")
    assert found.statistic == pytest.approx(2.5 / np.sqrt(27.25))


def test_the_variance_is_that_of_flipping_the_signs_of_whole_patients():
    first, second, owners = slices_of_patients(9, 0.0, seed=3)
    found = clustered_wilcoxon(first, second, owners)
    difference = second - first
    index = np.unique(owners, return_inverse=True)[1]
    flipped = [
        clustered_wilcoxon(np.zeros_like(first), difference * np.array(signs)[index], owners).statistic
        for signs in product((-1, 1), repeat=9)
    ]
    exact = np.mean(np.abs(flipped) >= abs(found.statistic) - 1e-9)
    assert found.p == pytest.approx(exact, abs=0.06)


def test_slices_of_one_patient_that_move_together_do_not_pass_for_evidence():
    p_clustered, p_slices = [], []
    for seed in range(200):
        first, second, owners = slices_of_patients(25, 0.0, seed=seed)
        p_clustered.append(clustered_wilcoxon(first, second, owners).p)
        p_slices.append(wilcoxon_signed_rank(first, second).p)
    assert np.mean(np.array(p_clustered) < 0.05) < 0.09
    assert np.mean(np.array(p_slices) < 0.05) > 0.2


def test_effect_sizes_on_paper():
    # Gains of rank 1, 2, 4 and a loss of rank 3: (7 - 3) / 10.
    found = effect_size([0, 0, 0, 0], [1, 2, -3, 4])
    assert found.rank_biserial == pytest.approx(0.4)
    assert found.mean_difference == 1
    assert found.median_difference == 1.5
    assert found.cohen_dz == pytest.approx(1 / np.std([1, 2, -3, 4], ddof=1))
    assert effect_size([1, 1], [1, 1]).rank_biserial is None
    assert effect_size([], []).mean_difference is None


def test_holm_on_paper():
    # 3 x .01, then 2 x .02 = .04, then .03 which may not fall below .04.
    assert holm([0.03, None, 0.01, 0.02]) == pytest.approx((0.04, None, 0.03, 0.04), nan_ok=True)
    assert holm([0.6, 0.9]) == (1.0, 1.0)


def test_undefined_values_are_refused():
    with pytest.raises(ValueError, match="undefined value cannot be tested"):
        wilcoxon_signed_rank([0.1, np.nan], [0.2, 0.3])
