"""Patients stay together, strata are shared out, test cases stay apart."""

from __future__ import annotations

from collections import Counter

import pytest
from scarseg_training.config import SplitConfig
from scarseg_training.datasets import CaseEntry
from scarseg_training.datasets.splits import (
    Split,
    check_leaks,
    chronic_to_acute,
    divide,
    given,
    holdout,
    kfold,
    leave_cohort_out,
)

from ScarSegLogic.errors import ScarSegError

BURDENS = {f"p{number:02d}": 0.0 if number < 20 else float(number) for number in range(80)}
"""20 patients without scar and 60 with burdens of 20 to 79 %: strata 20 to 39, 40 to 59 and 60 to 79."""
ENTRIES = [CaseEntry(name, name) for name in BURDENS]


def strata(names: tuple[str, ...]) -> Counter:
    return Counter(int(BURDENS[name] // 20) for name in names)


def test_an_80_20_split_has_both_shares_of_every_stratum():
    split = holdout(ENTRIES, BURDENS, fractions=(0.8, 0.2, 0.0), seed=3)
    assert strata(split.train) == {0: 16, 1: 16, 2: 16, 3: 16}
    assert strata(split.validation) == {0: 4, 1: 4, 2: 4, 3: 4}
    assert split.test == ()


def test_a_70_15_15_split_has_its_shares_to_within_a_patient():
    split = holdout(ENTRIES, BURDENS, fractions=(0.7, 0.15, 0.15), seed=0)
    assert [len(split.train), len(split.validation), len(split.test)] == [56, 12, 12]
    assert all(abs(strata(split.train)[stratum] - 14) <= 1 for stratum in range(4))
    assert all(abs(strata(split.test)[stratum] - 3) <= 1 for stratum in range(4))


def test_folds_cover_every_patient_once_and_are_stratified():
    folds = [kfold(ENTRIES, BURDENS, folds=5, fold=fold, seed=1) for fold in range(5)]
    assert sorted(name for fold in folds for name in fold.validation) == sorted(BURDENS)
    for fold in folds:
        assert sorted((*fold.train, *fold.validation)) == sorted(BURDENS)
        assert strata(fold.validation) == {0: 4, 1: 4, 2: 4, 3: 4}


def test_the_seed_decides_and_the_order_of_cases_does_not():
    assert holdout(ENTRIES, BURDENS, seed=5) == holdout(ENTRIES[::-1], BURDENS, seed=5)
    assert holdout(ENTRIES, BURDENS, seed=5) != holdout(ENTRIES, BURDENS, seed=6)


def test_cases_of_a_patient_stay_together():
    entries = [CaseEntry(f"{name}_{exam}", name) for name in BURDENS for exam in range(3)]
    for seed in range(5):
        split = holdout(entries, dict.fromkeys((entry.case for entry in entries), 1.0), seed=seed)
        assert not {name[:3] for name in split.train} & {name[:3] for name in split.validation}
        assert len(split.train) == 192


def test_the_datas_own_test_cases_are_never_learnt_from():
    entries = [CaseEntry(name, name, split="test" if number < 30 else "train") for number, name in enumerate(BURDENS)]
    kept = tuple(sorted(BURDENS)[:30])
    for split in (
        given(entries, BURDENS),
        holdout(entries, BURDENS, fractions=(0.7, 0.15, 0.15)),
        kfold(entries, BURDENS),
    ):
        assert split.test == kept
        assert sorted((*split.train, *split.validation)) == sorted(BURDENS)[30:]
    assert len(given(entries, BURDENS).validation) == 10


def test_given_validation_cases_are_kept():
    parts = {0: "validation", 1: "test"}
    entries = [CaseEntry(name, name, split=parts.get(number, "train")) for number, name in enumerate(BURDENS)]
    split = given(entries, BURDENS)
    assert (split.validation, split.test, len(split.train)) == (("p00",), ("p01",), 78)


def test_data_without_a_split_of_their_own_are_divided_at_random():
    assert given(ENTRIES, BURDENS, seed=2) == holdout(ENTRIES, BURDENS, seed=2)


def test_a_given_split_that_leaks_a_patient_is_refused():
    entries = [CaseEntry("a1", "a", split="train"), CaseEntry("a2", "a", split="test"), CaseEntry("b1", "b"),
               CaseEntry("c1", "c")]  # fmt: skip
    with pytest.raises(ScarSegError, match=r"leaks patient a: a1 is in '(train|validation)', a2 in 'test'"):
        given(entries, dict.fromkeys(("a1", "a2", "b1", "c1"), 1.0))
    with pytest.raises(ScarSegError, match=r"leaks patient a: a1 is in 'train', a2 in 'validation': put all cases"):
        check_leaks(Split(("a1", "b1"), ("a2",)), entries)


def test_cohorts_left_out_are_the_test_and_nothing_else():
    entries = [CaseEntry(name, name, cohort="ABCD"[number % 4]) for number, name in enumerate(BURDENS)]
    split = leave_cohort_out(entries, BURDENS, cohorts=["B", "D"])
    cohort = {entry.case: entry.cohort for entry in entries}
    assert {cohort[name] for name in split.test} == {"B", "D"}
    assert {cohort[name] for name in (*split.train, *split.validation)} == {"A", "C"}
    assert [len(split.train), len(split.validation), len(split.test)] == [32, 8, 40]
    with pytest.raises(ScarSegError, match=r"cohorts to test on are E: expected one or more of A, B, C, D"):
        leave_cohort_out(entries, BURDENS, cohorts=["B", "E"])


def test_a_patient_of_both_phases_is_only_tested_on():
    entries = [CaseEntry(f"{name}c", name, phase="chronic") for name in "abcdefghij"]
    entries += [CaseEntry("ja", "j", phase="acute"), CaseEntry("ka", "k", phase="acute"), CaseEntry("n", "n")]
    split = chronic_to_acute(entries, dict.fromkeys((entry.case for entry in entries), 1.0))
    assert split.test == ("ja", "ka")
    assert sorted((*split.train, *split.validation)) == [f"{name}c" for name in "abcdefghi"]
    with pytest.raises(ScarSegError, match=r"no case has the phase 'chronic': name phases in dataset.json"):
        chronic_to_acute(ENTRIES, BURDENS)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (SplitConfig(), given(ENTRIES, BURDENS, seed=4)),
        (SplitConfig(kind="holdout", fractions=(0.6, 0.2, 0.2)),
         holdout(ENTRIES, BURDENS, fractions=(0.6, 0.2, 0.2), seed=4)),
        (SplitConfig(kind="kfold", folds=4, fold=3), kfold(ENTRIES, BURDENS, folds=4, fold=3, seed=4)),
    ],
)  # fmt: skip
def test_a_config_chooses_the_way_of_splitting(config, expected):
    assert divide(ENTRIES, BURDENS, config, 4) == expected


def test_an_impossible_split_is_refused():
    with pytest.raises(ScarSegError, match=r"2 patients are too few to be split 0.2 : 0.2 : 0.2 : 0.2 : 0.2"):
        kfold(ENTRIES[:2], BURDENS)
    with pytest.raises(ScarSegError, match=r"fold 5 of 5 does not exist"):
        kfold(ENTRIES, BURDENS, folds=5, fold=5)
    with pytest.raises(ScarSegError, match=r"fractions \(0.8, 0.3, 0.0\) of a split must be 0 or more and add up to 1"):
        holdout(ENTRIES, BURDENS, fractions=(0.8, 0.3, 0.0))
