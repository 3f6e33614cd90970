"""Experts' tiers are taken from their file; elsewhere the phantoms' score is measured."""

from __future__ import annotations

import numpy as np
import pytest
from scarseg_training.datasets import CaseEntry
from scarseg_training.datasets.automatic_tiers import automatic_tier, measured_difficulty
from scarseg_training.datasets.tier_file import with_tiers

from ScarSegLogic.errors import ScarSegError
from Testing.tests.datasets.rings import ring_case, ring_labels

ENTRIES = [CaseEntry("a", "a"), CaseEntry("b", "b"), CaseEntry("c", "c")]


def graded(tmp_path, text):
    """The three cases by name, graded by a file."""
    (tmp_path / "tiers.csv").write_text(text, encoding="utf-8")
    return {entry.case: entry for entry in with_tiers(ENTRIES, tmp_path / "tiers.csv")}


def test_several_readers_give_the_median_and_a_tie_the_harder(tmp_path):
    entries = graded(
        tmp_path,
        "reader,case,tier,comment\nx,a,0,\ny,a,easy,\nz,a,2,motion\nx,b,medium,\ny,b,hard,\n",
    )
    assert (entries["a"].tier, entries["a"].tier_source) == (0, "expert")
    assert entries["b"].tier == 2
    assert (entries["c"].tier, entries["c"].tier_source) == (None, None)


def test_a_reader_who_grades_again_is_counted_once_by_the_last_grade(tmp_path):
    entries = graded(tmp_path, "case,tier,reader\na,2,x\na,0,x\na,1,y\na,0,z\n")
    assert entries["a"].tier == 0


def test_grades_of_slices_stay_with_their_slices(tmp_path):
    entries = graded(tmp_path, "case,slice,tier\na,0,0\na,2,2\na,3,2\nb,,1\nb,1,0\n")
    assert (entries["a"].tier, entries["a"].slice_tiers) == (2, (0, None, 2, 2))
    assert (entries["b"].tier, entries["b"].slice_tiers) == (1, (None, 0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case,tier\na,3\n", r"line 2: the tier is '3', expected 0, 1, 2 or easy, medium, hard"),
        ("case,tier,slice\na,1,0\na,1,x\n", r"line 3: the slice is 'x', expected a whole number"),
        ("case,tier\nz,1\n", r"grades the case z \(1 such\), which the dataset lacks"),
        ("name,tier\na,1\n", r"has the columns \['name', 'tier'\]: expected case, tier"),
    ],
)
def test_a_wrong_line_is_named(text, message, tmp_path):
    with pytest.raises(ScarSegError, match=message):
        graded(tmp_path, text)


def test_noise_and_contrast_are_measured_as_they_were_made():
    # Scar 200 above normal myocardium, noise of SD 10: 20, times the factor that stands for other variation.
    difficulty = measured_difficulty(ring_case())
    assert difficulty.contrast_to_noise == pytest.approx(1.4 * 20, rel=0.25)
    labels = ring_labels()
    assert difficulty.burden_percent == pytest.approx(100 * (labels >= 3).sum() / (labels >= 2).sum())
    assert difficulty.observer_dice is None


def test_more_noise_is_harder():
    labels = ring_labels()
    grey = np.array([50.0, 300.0, 100.0, 300.0, 120.0])[labels]
    noise = np.random.default_rng(0).normal(size=labels.shape)
    tiers = [automatic_tier(ring_case(image=(grey + sd * noise).astype(np.float32))) for sd in (10, 50, 120)]
    assert tiers == [0, 1, 2]


def test_readers_who_disagree_make_a_case_harder():
    scar = ring_case().masks["scar"]
    # |A| = |B| and no common pixel: Dice 0.
    apart = measured_difficulty(ring_case(observers=(scar[:, ::-1],)))
    alike = measured_difficulty(ring_case(observers=(scar,)))
    assert (apart.observer_dice, alike.observer_dice) == (0.0, 1.0)
    assert apart.score - alike.score == pytest.approx(1.0)


def test_a_normal_heart_is_measured_by_its_blood():
    labels = np.where(ring_labels() > 2, 2, ring_labels())
    grey = np.array([50.0, 300.0, 100.0])[labels] + np.random.default_rng(0).normal(0, 10, labels.shape)
    empty = np.zeros_like(labels, bool)
    masks = {"cavity": labels == 1, "myocardium": labels == 2, "scar": empty, "mvo": empty}
    difficulty = measured_difficulty(ring_case(image=grey.astype(np.float32), masks=masks))
    assert difficulty.burden_percent == 0.0
    assert difficulty.contrast_to_noise == pytest.approx(1.9 * 20, rel=0.25)


def test_a_case_without_scar_labels_has_no_automatic_tier():
    masks = ring_case().masks
    assert automatic_tier(ring_case(masks={name: masks[name] for name in ("cavity", "myocardium")})) is None
    assert automatic_tier(ring_case(masks={"la_cavity": masks["cavity"]})) is None
