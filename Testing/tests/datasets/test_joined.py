"""Cohorts of several layouts as one dataset."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scarseg_training.datasets import open_dataset
from scarseg_training.datasets.burdens import burdens_of
from scarseg_training.datasets.check import check_dataset
from scarseg_training.datasets.dataset_json import write_dataset
from scarseg_training.datasets.splits import leave_cohort_out

from ScarSegLogic.errors import ScarSegError
from Testing.tests.datasets.rings import ring_image, ring_labels, write, write_slices


def write_parts(folder, parts):
    (folder / "all.json").write_text(json.dumps({"schema_version": 1, "name": "all", "parts": parts}))
    return folder / "all.json"


@pytest.fixture
def two_cohorts(tmp_path):
    """Three patients in PNG by EMIDEC's convention, two in NIfTI by MyoPS'."""
    for number in range(3):
        write_slices(tmp_path / "slices", f"Case_P00{number}", ring_image(number) / 2, ring_labels())
    for number in (101, 102):
        write(tmp_path / "volumes" / f"myops_training_{number}_DE.nii.gz", ring_image(number))
        write(tmp_path / "volumes" / f"myops_training_{number}_gd.nii.gz", ring_labels("myops"))
    return write_parts(tmp_path, ["slices", "volumes"])


def test_each_part_keeps_its_layout_and_convention(two_cohorts):
    dataset = open_dataset(two_cohorts)
    by_name = {case.case: case for case in dataset.read_all()}
    assert sorted(by_name) == [
        *(f"slices-Case_P00{number}" for number in range(3)),
        *(f"volumes-myops_training_{number}" for number in (101, 102)),
    ]
    for case in by_name.values():
        np.testing.assert_array_equal(case.masks["scar"], ring_labels() >= 3)
        assert case.patient == case.case
    assert "mvo" not in by_name["volumes-myops_training_101"].masks
    assert "EMIDEC" in dataset.notice
    assert "MyoPS" in dataset.notice
    assert check_dataset(dataset).faults == ()


def test_one_cohort_is_learnt_from_and_the_other_tested_on(two_cohorts):
    dataset = open_dataset(two_cohorts)
    split = leave_cohort_out(dataset.entries, burdens_of(dataset), cohorts=["myops"], fractions=(0.6, 0.4, 0.0))
    assert split.test == ("volumes-myops_training_101", "volumes-myops_training_102")
    assert [len(split.train), len(split.validation)] == [2, 1]


@pytest.mark.usefixtures("two_cohorts")
def test_parts_called_alike_are_refused(tmp_path):
    write_slices(tmp_path / "more" / "slices", "Case_P009", ring_image(9) / 2, ring_labels())
    with pytest.raises(ScarSegError, match=r"two parts of all are called alike \(slices, slices\)"):
        open_dataset(write_parts(tmp_path, ["slices", "more/slices"]))


def test_parts_that_are_no_list_are_refused(tmp_path):
    with pytest.raises(ScarSegError, match=r"'parts' is a list of folders, dataset\.json files or phantoms"):
        open_dataset(write_parts(tmp_path, "slices"))
    with pytest.raises(ScarSegError, match=r"the dataset all has no parts: name folders under 'parts'"):
        open_dataset(write_parts(tmp_path, []))


def test_a_joined_dataset_is_not_written_as_one_list(two_cohorts, tmp_path):
    with pytest.raises(ScarSegError, match=r"all is not one folder of files"):
        write_dataset(open_dataset(two_cohorts), tmp_path / "dataset.json")
