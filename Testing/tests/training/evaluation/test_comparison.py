"""Comparisons: seeds averaged, patients paired, tests adjusted; and evaluations that come back from disk."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scarseg_training.evaluation.comparison import compare, patient_means
from scarseg_training.evaluation.comparison_report import comparison_markdown, write_comparison
from scarseg_training.evaluation.evaluation import (
    Evaluation,
    Method,
    evaluate,
    read_evaluation,
    write_evaluation,
)
from scarseg_training.evaluation.scores import SliceScore, score_case
from scipy import stats

from ScarSegLogic.errors import ScarSegError


@pytest.fixture
def judged(a_case, half_found):
    """Make an evaluation of patients with the given Dice; their slices have it too."""
    (template,) = score_case(a_case, half_found).structures

    def make(name, dice, *, seed=0, error=5.0):
        method = Method(name, seed, "patients", "test")
        structures, slices = [], []
        for index, value in enumerate(dice):
            told = template.reference_burden_percent + error
            case = f"P{index}"
            changes = {"case": case, "patient": case, "tier": index % 2, "predicted_burden_percent": told}
            structures.append(replace(template, dice=value, **changes))
            slices += [SliceScore(case, case, "scar", place, index % 2, value, error) for place in range(index % 3 + 1)]
        return Evaluation(method, tuple(structures), tuple(slices))

    return make


def row_of(rows, *, method="ours", measure="dice", tier="all"):
    (row,) = (row for row in rows if (row.method, row.measure, row.tier) == (method, measure, tier))
    return row


BASELINE = [0.1 * index for index in range(8)]
BETTER = [value + 0.01 * (index + 1) for index, value in enumerate(BASELINE)]


def test_the_primary_test_is_wilcoxons_per_patient(judged):
    row = row_of(compare([judged("plain", BASELINE), judged("ours", BETTER)], "plain"))
    assert row.test.p == pytest.approx(stats.wilcoxon(np.subtract(BETTER, BASELINE)).pvalue)
    assert row.difference.estimate == pytest.approx(0.045)
    assert row.effect.rank_biserial == pytest.approx(1.0)
    assert row.clustered.pairs == 15
    assert row.clustered.clusters == 8


def test_seeds_are_averaged_within_each_patient_before_anything_is_tested(judged):
    seeds = [judged("ours", [value + shift for value in BASELINE], seed=n) for n, shift in enumerate((-0.02, 0.04))]
    assert patient_means(seeds, "scar", "dice")["P1"] == pytest.approx(0.11)
    row = row_of(compare([judged("plain", BASELINE), *seeds], "plain"))
    assert row.patients == 8
    assert row.seeds == (1, 2)
    assert row.difference.estimate == pytest.approx(0.01)


def test_p_values_are_adjusted_over_the_methods_of_a_measure(judged):
    third = [value + (0.01 if index else -0.2) for index, value in enumerate(BASELINE)]
    rows = compare([judged("plain", BASELINE), judged("ours", BETTER), judged("third", third)], "plain")
    first, second = (row_of(rows, method=name) for name in ("ours", "third"))
    assert first.p_holm == pytest.approx(2 * first.test.p)
    assert second.p_holm == pytest.approx(max(second.test.p, first.p_holm))
    assert row_of(rows, tier="easy").p_holm is None


def test_tiers_are_compared_apart(judged):
    rows = compare([judged("plain", BASELINE), judged("ours", BETTER)], "plain")
    assert (row_of(rows, tier="easy").patients, row_of(rows, tier="medium").patients) == (4, 4)


def test_few_patients_get_an_interval_and_no_p(judged):
    row = row_of(compare([judged("plain", BASELINE[:5]), judged("ours", BETTER[:5])], "plain"))
    assert row.test.p is None
    assert row.clustered is None
    assert row.difference.lower is not None


def test_a_smaller_burden_error_is_a_negative_difference(judged):
    rows = compare([judged("plain", BASELINE, error=6.0), judged("ours", BASELINE, error=2.0)], "plain")
    assert row_of(rows, measure="burden_error").difference.estimate == pytest.approx(-4.0)
    # Equal Dice leaves nothing to test.
    assert row_of(rows).test.p is None


def test_other_cases_are_refused_by_name(judged):
    with pytest.raises(ScarSegError, match="were not judged on the same cases: P7 is not in all evaluations"):
        compare([judged("plain", BASELINE), judged("ours", BETTER[:7])], "plain")


def test_a_seed_that_is_given_twice_is_refused(judged):
    with pytest.raises(ScarSegError, match="seed 0 of plain was given twice: give one evaluation a seed and fold"):
        compare([judged("plain", BASELINE), judged("plain", BASELINE), judged("ours", BETTER)], "plain")


def fold_of(evaluation, fold, patients):
    """The part of an evaluation that a fold judges."""
    kept = {f"P{patient}" for patient in patients}
    return replace(
        evaluation,
        method=replace(evaluation.method, fold=fold),
        structures=tuple(score for score in evaluation.structures if score.patient in kept),
        slices=tuple(score for score in evaluation.slices if score.patient in kept),
    )


def test_the_folds_of_a_seed_are_compared_as_the_run_that_judges_every_case(judged):
    plain, ours = judged("plain", BASELINE), judged("ours", BETTER)
    folds = [fold_of(each, fold, range(4 * fold, 4 * fold + 4)) for fold in (0, 1) for each in (plain, ours)]
    assert compare(folds, "plain") == compare([plain, ours], "plain")
    with pytest.raises(ScarSegError, match=r"not judged on the same cases: P4, P5, P6, P7 are not in all"):
        compare([*folds[:2], folds[2]], "plain")


def test_a_fold_that_is_given_twice_is_refused(judged):
    first = fold_of(judged("plain", BASELINE), 1, range(4))
    with pytest.raises(ScarSegError, match="fold 1 of seed 0 of plain was given twice"):
        compare([first, first, judged("ours", BETTER)], "plain")
    # A whole run beside a fold of the same seed counts that fold's cases double.
    with pytest.raises(ScarSegError, match="seed 0 of plain was given twice"):
        compare([first, judged("plain", BASELINE), judged("ours", BETTER)], "plain")


def test_an_evaluation_that_is_older_than_folds_is_read(a_case, half_found, tmp_path):
    write_evaluation(evaluate(Method("ours", 3, "rings", "test"), [a_case], lambda _case: half_found), tmp_path / "out")
    path = tmp_path / "out" / "evaluation.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["method"]["fold"]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read_evaluation(tmp_path / "out").method.fold is None


def test_evaluations_against_other_labels_of_the_same_cases_are_refused(judged):
    other = judged("ours", BETTER)
    first, *rest = other.structures
    other = replace(other, structures=(replace(first, reference_ml=9.0), *rest))
    with pytest.raises(
        ScarSegError, match=r"other labels: the scar marked in P0 is 0.80 ml in one .* 9.00 ml in another"
    ):
        compare([judged("plain", BASELINE), other], "plain")


def test_an_unknown_baseline_and_a_lonely_method_are_refused(judged):
    with pytest.raises(ScarSegError, match="there is no evaluation of other: there are plain, ours"):
        compare([judged("plain", BASELINE), judged("ours", BETTER)], "other")
    with pytest.raises(ScarSegError, match="there is only plain: give evaluations of at least two methods"):
        compare([judged("plain", BASELINE)], "plain")


def test_a_comparison_is_written_for_machines_and_people(judged, tmp_path):
    evaluations = [judged("plain", BASELINE), judged("ours", BETTER)]
    rows = compare(evaluations, "plain")
    write_comparison(rows, evaluations, tmp_path / "out")
    document = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert document["schema_version"] == 1
    assert document["comparisons"][0]["difference"]["estimate"] == pytest.approx(0.045)
    assert "| ours | plain | all | 8 | 0.350 [" in comparison_markdown(rows)
    assert (tmp_path / "out" / "dice_scar.png").stat().st_size > 5000


def test_an_evaluation_comes_back_from_its_folder(a_case, half_found, tmp_path):
    method = Method("ours", 3, "rings", "test", thresholds={"infarct": 0.4})
    evaluation = evaluate(method, [a_case], lambda _case: half_found)
    write_evaluation(evaluation, tmp_path / "out")
    assert read_evaluation(tmp_path / "out") == evaluation
    report = (tmp_path / "out" / "evaluation.md").read_text(encoding="utf-8")
    assert "# ours, seed 3 on rings" in report
    assert "Thresholds, chosen on validation cases: infarct 0.4." in report
    # One case makes no agreement.
    assert not (tmp_path / "out" / "agreement_scar.png").exists()


def test_a_method_that_finds_nothing_that_is_marked_is_refused(a_case, half_found):
    method = Method("ours", 0, "rings", "test")
    with pytest.raises(ScarSegError, match="ours cannot be judged on rings: of 1 test cases none has a mask"):
        evaluate(method, [a_case], lambda _case: {"la_cavity": half_found["scar"]})


def test_a_folder_without_evaluation_is_refused(tmp_path):
    with pytest.raises(ScarSegError, match="holds no evaluation: make one with scarseg-train evaluate"):
        read_evaluation(tmp_path)
