"""A known share of labels is wrong, always the same ones, and never those of other cases."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scarseg_training.datasets import Case, CaseEntry, Dataset
from scarseg_training.datasets.label_noise import corrupt_scar, with_label_noise

from ScarSegLogic.errors import ScarSegError
from Testing.tests.datasets.rings import ring_case

NAMES = [f"case{number}" for number in range(20)]


@dataclasses.dataclass(frozen=True)
class Rings:
    """Reads rings with thick walls, so that every kind of error has room."""

    def read(self, entry: CaseEntry) -> Case:
        _, rows, columns = np.indices((3, 48, 48))
        radius = np.hypot(rows - 24, columns - 24)
        wall = (radius > 8) & (radius < 20)
        scar = wall & (rows < 18)
        masks = {"cavity": radius <= 8, "myocardium": wall, "scar": scar, "mvo": scar & (rows < 8)}
        return Case(entry.case, entry.patient, np.zeros(wall.shape, np.float32), masks, (8.0, 1.5, 1.5))


@pytest.fixture
def rings():
    return Dataset("rings", None, tuple(CaseEntry(name, name) for name in NAMES), Rings(), "phantoms")


def corrupted(dataset: Dataset) -> set[str]:
    clean = Rings().read(dataset.entries[0]).masks["scar"]
    return {case.case for case in dataset.read_all() if not np.array_equal(case.masks["scar"], clean)}


def test_just_the_share_asked_for_is_corrupted(rings):
    assert [len(corrupted(with_label_noise(rings, NAMES, fraction=share))) for share in (0, 0.1, 0.3, 1)] == [
        0,
        2,
        6,
        20,
    ]


def test_a_larger_share_corrupts_the_same_cases_and_more(rings):
    some, more = (corrupted(with_label_noise(rings, NAMES, fraction=share, seed=7)) for share in (0.2, 0.4))
    assert some < more
    assert some != corrupted(with_label_noise(rings, NAMES, fraction=0.2, seed=8))


def test_cases_that_were_not_named_stay_as_they_are(rings):
    assert corrupted(with_label_noise(rings, NAMES[:5], fraction=1.0)) == set(NAMES[:5])


def test_a_corrupted_scar_lies_in_the_wall_and_is_the_same_every_time(rings):
    clean = rings.read(rings.entries[0])
    first, second, other = corrupt_scar(clean, 1), corrupt_scar(clean, 1), corrupt_scar(clean, 2)
    np.testing.assert_array_equal(first.masks["scar"], second.masks["scar"])
    assert (first.masks["scar"] != other.masks["scar"]).any()
    assert (first.masks["scar"] <= clean.masks["myocardium"]).all()
    assert (first.masks["mvo"] <= first.masks["scar"]).all()
    for untouched in ("cavity", "myocardium"):
        np.testing.assert_array_equal(first.masks[untouched], clean.masks[untouched])


def test_borders_move_both_ways_and_slices_are_forgotten(rings):
    """By one to two pixels: of a region 6 to 12 pixels thick that is a quarter of its pixels, give or take."""
    clean = rings.read(rings.entries[0]).masks["scar"]
    drawn = [corrupt_scar(rings.read(entry), 0).masks["scar"] for entry in rings.entries]
    sizes = np.array([[scar[k].sum() / clean[k].sum() for k in range(3)] for scar in drawn])
    assert 0.02 < np.mean(sizes == 0) < 0.35
    kept = sizes[sizes > 0]
    assert (kept > 1.03).any()
    assert (kept < 0.85).any()
    assert 0.4 < np.median(kept) < 1.4


def test_a_normal_heart_stays_normal():
    masks = dict(ring_case().masks)
    masks["scar"] = masks["mvo"] = np.zeros_like(masks["scar"])
    case = ring_case(masks=masks)
    assert corrupt_scar(case, 0) is case


def test_what_cannot_be_corrupted_is_refused(rings):
    with pytest.raises(ScarSegError, match=r"the share of corrupted labels is 30: expected 0 to 1"):
        with_label_noise(rings, NAMES, fraction=30)
    with pytest.raises(ScarSegError, match=r"case a has no scar label to corrupt"):
        corrupt_scar(ring_case(masks={"cavity": ring_case().masks["cavity"]}), 0)
