"""A dataset written down opens as it was, and a wrong ``dataset.json`` says where it is wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scarseg_training.datasets import dataset_json, open_dataset
from scarseg_training.datasets.phantoms import phantom_dataset

from ScarSegLogic.errors import ScarSegError
from Testing.tests.datasets.rings import ring_image, ring_labels, write, write_slices

OWN = {
    "schema_version": 1,
    "name": "my clinic",
    "licence": "private",
    "cases": [
        {
            "case": "a1",
            "patient": "a",
            "image": "a1/lge.nrrd",
            "cavity": "a1/cavity.nrrd",
            "myocardium": "a1/wall.nrrd",
            "scar": "a1/scar.nrrd",
            "observers": ["a1/second.nrrd"],
            "tier": 2,
            "slice_tiers": [0, None, 2],
            "cohort": "north",
            "phase": "chronic",
            "split": "test",
        }
    ],
}


def write_own(folder, **changes):
    """The files of ``OWN``, and it with changed entries of its case."""
    labels = ring_labels()
    write(folder / "a1" / "lge.nrrd", ring_image())
    masks = {"cavity": labels == 1, "wall": labels >= 2, "scar": labels >= 3, "second": labels == 3}
    for name, mask in masks.items():
        write(folder / "a1" / f"{name}.nrrd", mask * 1)
    document = {**OWN, "cases": [{**OWN["cases"][0], **changes}]}
    (folder / "dataset.json").write_text(json.dumps(document))


def test_a_dataset_written_by_hand_is_read(tmp_path):
    write_own(tmp_path)
    dataset = open_dataset(tmp_path)
    (case,) = dataset.read_all()
    assert (dataset.name, dataset.licence, case.case, case.patient) == ("my clinic", "private", "a1", "a")
    assert (case.tier, case.slice_tiers, case.cohort, case.phase) == (2, (0, None, 2), "north", "chronic")
    assert dataset.of_split("test") == dataset.entries
    np.testing.assert_array_equal(case.masks["scar"], ring_labels() >= 3)
    np.testing.assert_array_equal(case.observers[0], ring_labels() == 3)


def test_a_written_dataset_opens_as_it_was_wherever_the_file_lies(tmp_path):
    write_slices(tmp_path / "data", "Case_P001", ring_image(), ring_labels())
    (tmp_path / "data" / "split.json").write_text('{"train": ["Case_P001"]}')
    dataset = open_dataset(tmp_path / "data")
    for path in (tmp_path / "elsewhere" / "mine.json", tmp_path / "data" / "dataset.json"):
        dataset_json.write_dataset(dataset, path)
        again = open_dataset(path)
        assert again.entries == dataset.entries
        for name in ("name", "layout", "label_scheme", "licence", "notice"):
            assert getattr(again, name) == getattr(dataset, name)
        (before,), (after,) = dataset.read_all(), again.read_all()
        assert after.spacing_kji_mm == before.spacing_kji_mm
        np.testing.assert_array_equal(after.image, before.image)
    assert json.loads((tmp_path / "data" / "dataset.json").read_text())["folder"] == "."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patient": None}, r"case a1 lacks its patient or its image"),
        ({"tier": 3}, r"case a1 has the tier 3: expected one of 0, 1, 2"),
        ({"phase": "old"}, r"case a1 has the phase 'old': expected one of acute, chronic"),
        ({"split": "training"}, r"case a1 has the split 'training': expected one of train, validation, test"),
        ({"slice_tiers": "0"}, r"case a1 has the slice_tiers '0': expected a list of 0, 1, 2 or null"),
        (
            {"infarct": "x.nrrd"},
            r"case a1 has the unknown entries \['infarct'\]: expected burden_percent, case, cavity",
        ),
        ({"image": 5}, r"case a1, image is 5: expected a path"),
    ],
)
def test_a_wrong_entry_is_named_with_its_case(changes, message, tmp_path):
    write_own(tmp_path, **changes)
    with pytest.raises(ScarSegError, match=message):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"dataset\.json cannot be read as JSON"),
        ('{"schema_version": 2}', r"has the schema_version 2, this ScarSeg reads 1"),
        ('{"schema_version": 1, "cases": []}', r"lists no cases"),
        ('{"schema_version": 1, "cases": ["a1"]}', r"'cases' is no list of cases: expected one JSON object a case"),
        ('{"schema_version": 1, "cases": [{"patient": "a"}]}', r"lists a case without a name"),
        ('{"schema_version": 1, "scans": []}', r"holds the unknown entries \['scans'\]"),
        ('{"schema_version": 1, "kind": "other"}', r"is no dataset of ScarSeg"),
    ],
)
def test_a_file_that_is_no_dataset_is_refused(text, message, tmp_path):
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(ScarSegError, match=message):
        open_dataset(tmp_path)


def test_a_case_listed_twice_is_refused(tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps({**OWN, "cases": OWN["cases"] * 2}))
    with pytest.raises(ScarSegError, match=r"the dataset my clinic holds the cases a1 more than once"):
        open_dataset(tmp_path)


def test_the_dataset_json_of_nnunet_is_not_taken_for_ours(tmp_path):
    write_slices(tmp_path, "Case_P001", ring_image(), ring_labels())
    (tmp_path / "dataset.json").write_text('{"channel_names": {"0": "LGE MR"}, "labels": {}, "numTraining": 1}')
    assert open_dataset(tmp_path).layout == "emidec_png"


def test_phantoms_are_named_and_not_written(tmp_path):
    with pytest.raises(ScarSegError, match=r"2 LV phantoms is not one folder of files"):
        dataset_json.write_dataset(phantom_dataset("phantoms:lv:2"), tmp_path / "dataset.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"train": ["Case_P001"], "test": ["Case_P001"]}', r"has the case Case_P001 in 'train' and again in 'test'"),
        ('{"train": ["Case_P009"]}', r"names the case Case_P009 \(1 such\), which its folder lacks"),
        ('{"training": ["Case_P001"]}', r"split\.json: expected lists of case names under train, validation, test"),
        ("[", r"split\.json cannot be read as JSON"),
    ],
)
def test_a_wrong_split_file_is_refused(text, message, tmp_path):
    write_slices(tmp_path, "Case_P001", ring_image(), ring_labels())
    (tmp_path / "split.json").write_text(text)
    with pytest.raises(ScarSegError, match=message):
        open_dataset(tmp_path)
