"""Figures of one case on paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scarseg_training.evaluation.scores import SliceScore, StructureScore, score_case
from scarseg_training.evaluation.tables import read_csv, write_csv

from ScarSegLogic.errors import ScarSegError


def test_the_figures_of_a_half_found_scar_on_paper(a_case, half_found):
    (score,) = score_case(a_case, half_found).structures
    # 20 of 40 voxels found, 10 invented: Dice 40 / 70, precision 20 / 30, recall 20 / 40.
    assert score.dice == pytest.approx(40 / 70)
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == 0.5
    # 40 and 30 voxels of 20 mm3 out of 200 in the wall.
    assert (score.reference_ml, score.predicted_ml) == (pytest.approx(0.8), pytest.approx(0.6))
    assert (score.reference_burden_percent, score.predicted_burden_percent) == (20.0, 15.0)
    assert score.burden_error == 5.0
    # The invented column lies 6 columns of 1 mm from the scar.
    assert score.hausdorff_mm == pytest.approx(6.0)
    assert (score.lesions, score.lesions_found, score.lesions_predicted, score.lesions_false) == (1, 1, 2, 1)
    assert (score.tier, score.phase, score.cohort) == (1, "acute", None)
    assert score.reference_solidity == pytest.approx(1.0)


def test_slices_have_their_own_dice_burden_and_tier(a_case, half_found):
    first, second = score_case(a_case, half_found).slices
    assert first == SliceScore("Case_P1", "P1", "scar", 0, 0, pytest.approx(2 * 10 / 30), pytest.approx(10.0))
    assert second == SliceScore("Case_P1", "P1", "scar", 1, 1, pytest.approx(2 * 10 / 40), pytest.approx(0.0))


def test_only_structures_that_are_marked_are_scored(a_case, half_found):
    scores = score_case(a_case, half_found | {"mvo": half_found["scar"]})
    assert [score.structure for score in scores.structures] == ["scar"]


def test_a_missed_scar_is_a_failure_with_dice_zero_and_no_distance(a_case):
    (score,) = score_case(a_case, {"scar": np.zeros_like(a_case.masks["scar"])}).structures
    assert (score.dice, score.failed, score.hausdorff_95_mm) == (0.0, True, None)
    assert score.perimeter_similarity == 0.0


def test_scores_come_back_from_csv_as_they_were(a_case, half_found, tmp_path):
    scores = score_case(a_case, half_found)
    write_csv(scores.structures, tmp_path / "patients.csv")
    write_csv(scores.slices, tmp_path / "slices.csv")
    assert read_csv(StructureScore, tmp_path / "patients.csv") == scores.structures
    assert read_csv(SliceScore, tmp_path / "slices.csv") == scores.slices


def test_a_damaged_table_is_refused_by_its_line(a_case, half_found, tmp_path):
    path = tmp_path / "patients.csv"
    (score,) = score_case(a_case, half_found).structures
    write_csv([score, replace(score, case="Case_P2")], path)
    path.write_text(path.read_text(encoding="utf-8").replace("Case_P2,P1,scar,1", "Case_P2,P1,scar,hard"), "utf-8")
    with pytest.raises(ScarSegError, match=r"patients\.csv cannot be read in line 3 .*evaluate again"):
        read_csv(StructureScore, path)
    with pytest.raises(ScarSegError, match=r"slices\.csv is missing: evaluate again"):
        read_csv(SliceScore, tmp_path / "slices.csv")
