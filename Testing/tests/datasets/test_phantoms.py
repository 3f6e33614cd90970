"""Phantoms as cases: the same every time, with their tiers, truth and readers."""

from __future__ import annotations

import numpy as np
import pytest
from scarseg_training.datasets import Case, open_dataset
from scarseg_training.datasets.automatic_tiers import measured_difficulty
from scipy import stats

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.phantom.la_config import LAPhantomConfig
from ScarSegLogic.phantom.la_phantom import make_la_phantom


@pytest.fixture(scope="module")
def cases():
    """One phantom by its truth and by a reader."""
    return [next(open_dataset(f"phantoms:lv:1:labels={source}").read_all()) for source in ("truth", "observer")]


def test_a_phantom_is_its_generators_with_its_tier_and_truth(cases):
    phantom = make_lv_phantom(LVPhantomConfig(seed=100_000, observer_count=3))
    truth = cases[0]
    labels = phantom.labels.array
    assert (truth.case, truth.patient, truth.tier) == ("phantom_100000", "phantom_100000", phantom.truth.tier.number)
    assert truth.spacing_kji_mm == phantom.image.geometry.spacing_kji_mm
    np.testing.assert_array_equal(truth.image, phantom.image.array)
    for name, mask in (
        ("cavity", labels == 1),
        ("myocardium", labels >= 2),
        ("scar", labels >= 3),
        ("mvo", labels == 4),
    ):
        np.testing.assert_array_equal(truth.masks[name], mask)
    np.testing.assert_array_equal(truth.insertions_ji, phantom.insertions_kji)


def test_a_readers_labels_differ_from_the_truth_on_the_same_image(cases):
    truth, read = cases
    assert read.case == truth.case
    np.testing.assert_array_equal(read.image, truth.image)
    common = (read.masks["scar"] & truth.masks["scar"]).sum()
    agreement = 2 * common / (read.masks["scar"].sum() + truth.masks["scar"].sum())
    assert 0.3 < agreement < 0.95
    # Seed 100000 modulo three readers: the second one's.
    np.testing.assert_array_equal(read.masks["scar"], truth.observers[100_000 % 3])
    assert len(truth.observers) == 3


def test_even_tiers_are_known_before_anything_is_made():
    dataset = open_dataset("phantoms:lv:6:tiers=even,first_seed=200000")
    assert [entry.tier for entry in dataset.entries] == [0, 1, 2, 0, 1, 2]
    assert [entry.case for entry in dataset.entries[:2]] == ["phantom_200000", "phantom_200001"]
    assert [case.tier for case in dataset.read_all(dataset.entries[:3])] == [0, 1, 2]


def test_the_name_of_phantoms_holds_the_options_that_are_not_the_defaults():
    dataset = open_dataset("phantoms:lv:6:tiers=even,labels=truth,first_seed=200000")
    assert dataset.name == "6 LV phantoms (tiers=even, first_seed=200000)"
    assert dataset.phantoms == "phantoms:lv:6:tiers=even,first_seed=200000"
    assert open_dataset(dataset.phantoms) == dataset
    assert (open_dataset("phantoms:lv:6").name, open_dataset("phantoms:lv:6").phantoms) == (
        "6 LV phantoms",
        "phantoms:lv:6",
    )


@pytest.mark.slow
def test_the_measured_difficulty_follows_the_one_phantoms_were_made_with():
    made, measured = [], []
    for seed in range(400_000, 400_012):
        phantom = make_lv_phantom(LVPhantomConfig(seed=seed, observer_count=3))
        labels = phantom.labels.array
        masks = {"cavity": labels == 1, "myocardium": labels >= 2, "scar": labels >= 3}
        spacing = phantom.image.geometry.spacing_kji_mm
        readers = tuple(observer.array >= 3 for observer in phantom.observers)
        case = Case(f"{seed}", f"{seed}", phantom.image.array, masks, spacing, observers=readers)
        made.append(phantom.truth.difficulty.score)
        measured.append(measured_difficulty(case).score)
    assert stats.spearmanr(made, measured).statistic > 0.85
    assert abs(np.median(np.subtract(measured, made))) < 0.4


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("phantoms:lv", r"'phantoms:lv' names no phantoms: expected phantoms:lv:COUNT"),
        ("phantoms:rv:3", r"names no phantoms"),
        ("phantoms:lv:0", r"names no phantoms"),
        ("phantoms:lv:3:label=truth", r"unknown option 'label': expected first_seed, labels, tiers"),
        ("phantoms:lv:3:labels=mine", r"labels is 'mine', expected truth or observer"),
        ("phantoms:lv:3:first_seed=x", r"first_seed is 'x', expected a whole number"),
    ],
)
def test_a_name_of_no_phantoms_is_refused(name, message):
    with pytest.raises(ScarSegError, match=message):
        open_dataset(name)


def test_an_atrial_phantom_is_its_generators_with_cavity_and_scar():
    dataset = open_dataset("phantoms:la:1")
    case = next(dataset.read_all())
    phantom = make_la_phantom(LAPhantomConfig(seed=100_000, observer_count=0, with_truth=False))
    assert dataset.phantoms == "phantoms:la:1"
    assert case.spacing_kji_mm == phantom.image.geometry.spacing_kji_mm
    np.testing.assert_array_equal(case.image, phantom.image.array)
    np.testing.assert_array_equal(case.masks["la_cavity"], phantom.cavity.array > 0)
    np.testing.assert_array_equal(case.masks["la_scar"], phantom.scar.array > 0)
