"""`scarseg-train check` says case by case what is there and what is wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk
import typer
from scarseg_training.commands.check import check
from scarseg_training.datasets import open_dataset
from scarseg_training.datasets.check import check_dataset
from typer.testing import CliRunner

from Testing.tests.datasets.rings import ring_image, ring_labels, write_slices

app = typer.Typer()
app.command()(check)


@pytest.fixture
def four_patients(tmp_path):
    """Three with scar, one without."""
    normal = np.where(ring_labels() > 2, 2, ring_labels())
    for number in range(3):
        write_slices(tmp_path, f"Case_P00{number}", ring_image(number) / 2, ring_labels())
    write_slices(tmp_path, "Case_N009", ring_image(9) / 2, normal)
    return tmp_path


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_what_is_found_is_shown_and_written(four_patients):
    result = run(four_patients)
    assert result.exit_code == 0, result.output
    assert "4 of 4 cases can be used, of 4 patients; 3 with scar" in result.output
    document = json.loads((four_patients / "dataset.json").read_text())
    assert document["schema_version"] == 1
    by_name = {case["case"]: case for case in document["cases"]}
    share = 100 * (ring_labels() >= 3).sum() / (ring_labels() >= 2).sum()
    assert by_name["Case_P001"]["burden_percent"] == pytest.approx(share, abs=1e-3)
    assert by_name["Case_P001"]["tier_source"] == "automatic"
    assert by_name["Case_N009"]["burden_percent"] == 0
    row = next(line for line in result.output.splitlines() if line.startswith("Case_N009"))
    assert "3 x 24 x 28" in row
    assert "no scar" in row


def test_cases_that_cannot_be_used_are_named_left_out_and_found_again(four_patients):
    (four_patients / "Case_P001_slice001_label.png").unlink()
    write_slices(four_patients, "Case_P002", ring_image(2) / 2, ring_labels() * 9)
    result = run(four_patients)
    assert result.exit_code == 1
    assert "WRONG: " in result.output
    assert "2 of 4 cases cannot be used" in str(result.exception)
    assert {entry.case for entry in open_dataset(four_patients).entries} == {"Case_P000", "Case_N009"}
    excluded = {
        each["case"]: each["reason"] for each in json.loads((four_patients / "dataset.json").read_text())["excluded"]
    }
    assert "Case_P001_slice001_label.png: there is no such file" in excluded["Case_P001"]
    assert "holds the values [9, 18, 27, 36]" in excluded["Case_P002"]
    write_slices(four_patients, "Case_P001", ring_image(1) / 2, ring_labels())
    write_slices(four_patients, "Case_P002", ring_image(2) / 2, ring_labels())
    assert run(four_patients).exit_code == 0
    assert len(open_dataset(four_patients).entries) == 4


def test_a_patient_in_two_parts_is_refused_and_nothing_is_written(four_patients):
    document = {
        "schema_version": 1,
        "labels": "emidec",
        "spacing_kji_mm": [8, 1.5, 1.5],
        "cases": [
            {"case": case, "patient": "p", "split": split, "tier": 0, "image": [f"{case}_slice000_image.png"],
             "labels": [f"{case}_slice000_label.png"]}
            for case, split in (("Case_P000", "train"), ("Case_P001", "test"))
        ],
    }  # fmt: skip
    path = four_patients / "mine.json"
    path.write_text(json.dumps(document))
    result = run(path, "--out", four_patients / "out.json")
    assert result.exit_code == 1
    assert "WRONG: patient p is in test and train" in result.output
    assert not (four_patients / "out.json").exists()


def test_one_image_of_two_patients_is_a_leak(four_patients):
    write_slices(four_patients, "Case_P003", ring_image(0) / 2, ring_labels())
    checked = check_dataset(open_dataset(four_patients))
    assert len(checked.faults) == 1
    assert "Case_P000 and Case_P003 of different patients hold the same image" in checked.faults[0]


def test_a_mask_whose_header_lies_elsewhere_is_remarked(tmp_path):
    image = sitk.GetImageFromArray(ring_image())
    cavity = sitk.GetImageFromArray((ring_labels() == 1).astype(np.uint8))
    cavity.SetDirection((-1, 0, 0, 0, 1, 0, 0, 0, 1))
    sitk.WriteImage(image, str(tmp_path / "x_image.nii.gz"))
    sitk.WriteImage(cavity, str(tmp_path / "x_cavity.nii.gz"))
    (checked,) = check_dataset(open_dataset(tmp_path)).cases
    assert checked.remarks == ("scar was not marked", "by its header x_cavity lies elsewhere: matched voxel by voxel")


def test_an_empty_wall_is_a_fault(four_patients):
    write_slices(four_patients, "Case_P002", ring_image(2) / 2, np.where(ring_labels() == 2, 0, ring_labels()) * 0)
    checked = check_dataset(open_dataset(four_patients))
    ((entry, reason),) = checked.excluded
    assert entry.case == "Case_P002"
    assert "the label map" in reason
    assert "is empty" in reason


def test_a_missing_cavity_is_a_fault(four_patients):
    write_slices(four_patients, "Case_P002", ring_image(2) / 2, np.where(ring_labels() == 1, 0, ring_labels()))
    ((_, reason),) = check_dataset(open_dataset(four_patients)).excluded
    assert reason == "its mask 'cavity' is empty: draw it or leave the case out"


def test_experts_tiers_replace_automatic_ones(four_patients):
    grades = four_patients / "expert grades.csv"
    grades.write_text("case,tier,reader\nCase_P000,hard,x\n")
    assert run(four_patients, "--tiers", grades).exit_code == 0
    entry = open_dataset(four_patients).named(["Case_P000"])[0]
    assert (entry.tier, entry.tier_source) == (2, "expert")
    assert "there is no such file" in str(run(four_patients, "--tiers", "nowhere.csv").exception)


def test_phantoms_are_checked_without_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("phantoms:lv:1")
    assert result.exit_code == 0
    assert "1 of 1 cases can be used" in result.output
    assert list(tmp_path.iterdir()) == []
