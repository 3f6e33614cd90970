"""Summaries over patients: what counts, what is left out and said so."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scarseg_training.evaluation import plots
from scarseg_training.evaluation.plots import draw_agreement, draw_boxes, draw_means
from scarseg_training.evaluation.scores import score_case
from scarseg_training.evaluation.summary import as_json, figure, summarise
from scarseg_training.evaluation.tables import patients_markdown, summary_markdown

from ScarSegLogic.report.picture import to_image


@pytest.fixture
def scores(a_case, half_found):
    """A half found scar, a missed one, a scar-free case in which 15 % were invented, and one that was left alone."""
    (half,) = score_case(a_case, half_found).structures
    nothing = np.zeros_like(a_case.masks["scar"])
    (missed,) = score_case(a_case, {"scar": nothing}).structures
    free = replace(a_case, masks={**a_case.masks, "scar": nothing})
    (invented,) = score_case(free, half_found).structures
    (clean,) = score_case(free, {"scar": nothing}).structures
    names = ("P1", "P2", "P3", "P4")
    rows = (half, replace(missed, tier=2), invented, clean)
    return [replace(row, case=name, patient=name) for row, name in zip(rows, names, strict=True)]


def test_dice_is_averaged_over_cases_with_scar_and_failures_are_counted(scores):
    found = summarise(scores)["scar"]
    assert (found.cases, found.failed) == (2, 1)
    assert found.figures["dice"].counted.mean == pytest.approx((40 / 70 + 0) / 2)
    assert found.figures["hausdorff_95_mm"].counted.undefined == 1
    assert {name: each.counted.mean for name, each in found.dice_by_tier.items()} == {
        "medium": pytest.approx(40 / 70),
        "hard": 0.0,
    }


def test_cases_without_scar_are_scored_by_what_was_invented(scores):
    absent = summarise(scores)["scar"].absent
    assert (absent.cases, absent.false_positive) == (2, 1)
    assert absent.mean_false_ml == pytest.approx(0.3)
    assert absent.mean_false_burden_percent == pytest.approx(7.5)


def test_burdens_of_all_cases_agree_on_paper(scores):
    # Marked 20, 20, 0, 0; found 15, 0, 15, 0: differences -5, -20, 15, 0. At 5 %: one hit, one miss, one false alarm.
    agreement = summarise(scores)["scar"].agreement
    assert agreement.bland_altman.bias == pytest.approx(-2.5)
    assert agreement.mean_absolute_error == pytest.approx(10.0)
    assert (agreement.at_line.sensitivity, agreement.at_line.specificity) == (0.5, 0.5)


def test_burdens_are_averaged_over_a_patients_seeds_before_they_agree(scores):
    # A second seed that tells each patient the other's error: 15, 0, 15, 0 becomes 25, 40, -, 0 on 20, 20, 0, 0.
    half, missed, _, clean = scores
    told = {"P1": 25.0, "P2": 40.0, "P4": 0.0}
    again = [replace(score, predicted_burden_percent=told[score.patient]) for score in (half, missed, clean)]
    agreement = summarise([*scores, *again])["scar"].agreement
    assert agreement.patients == 4
    # Means over seeds 20, 20, 15, 0: errors 0, 0, 15, 0; no patient above 5 % is missed any more.
    assert agreement.bland_altman.bias == pytest.approx(15 / 4)
    assert (agreement.at_line.sensitivity, agreement.at_line.specificity) == (1.0, 0.5)
    assert agreement.pearson == pytest.approx(np.corrcoef([20, 20, 0, 0], [20, 20, 15, 0])[0, 1])
    # What single seeds miss is not averaged away: means of (5, 5), (20, 20), (15) and (0, 0).
    assert agreement.mean_absolute_error == pytest.approx(10.0)


def test_two_visits_are_one_patient(scores):
    first, second, *_ = scores
    visits = [first, replace(second, patient=first.patient)]
    assert summarise(visits)["scar"].agreement.patients == 1
    assert "Burden over 1 patient: bias" in summary_markdown(summarise(visits))


def test_an_interval_draws_patients_not_cases():
    # Ten copies of each of two patients are still two patients: the interval spans both.
    found = figure([0.2] * 10 + [0.8] * 10, ["A"] * 10 + ["B"] * 10)
    assert (found.interval.lower, found.interval.upper) == (pytest.approx(0.2), pytest.approx(0.8))


def test_the_summary_is_json_without_nan(scores):
    document = as_json(summarise(scores)["scar"])
    assert json.loads(json.dumps(document, allow_nan=False))["agreement"]["at_line"]["sensitivity"] == 0.5


def test_the_tables_say_what_is_left_out(scores):
    text = summary_markdown(summarise(scores))
    assert "2 cases have it; in 1 of them nothing was found." in text
    assert "2 cases do not have it: something was found in 1, 0.30 ml (7.50 % of the myocardium)" in text
    assert "| P1 | scar | 1 | 0.571 | 6.0 |" in patients_markdown(scores)


def test_the_pictures_show_every_case(scores, tmp_path):
    draw_agreement(scores, tmp_path / "agreement.png")
    draw_boxes({"one": scores, "other": scores}, tmp_path / "boxes.png")
    means = {f"method {number}": figure([0.1 * number, 0.5], ["A", "B"]) for number in range(9)}
    draw_means(means, tmp_path / "means.png")
    for name in ("agreement.png", "boxes.png", "means.png"):
        colours = Image.open(tmp_path / name).convert("RGB").getcolors(1 << 24)
        assert len(colours) > 50


def test_boxes_are_of_the_cases_that_have_the_structure(scores, tmp_path, monkeypatch):
    # Of four cases two have scar; in one of the others scar was invented, whose Dice of 0 is no box's.
    figures = []
    monkeypatch.setattr(plots, "to_image", lambda figure: figures.append(figure) or to_image(figure))
    draw_boxes({"one": scores}, tmp_path / "boxes.png")
    (axes,) = figures[0].axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one (n = 2)"]
    dots, boxes = axes.collections, axes.patches
    assert max(box.get_zorder() for box in boxes) < min(dot.get_zorder() for dot in dots)
