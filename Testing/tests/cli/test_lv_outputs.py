"""Which files `scarseg lv` leaves, and in whose name."""

from __future__ import annotations

import json

import pydicom
import pytest

from ScarSegLogic.io.images import read_volume
from Testing.tests.report.dicom_study import write_mr_series
from Testing.tests.report.output_names import OUTPUTS

DICOM_OUTPUTS = {"segmentation_seg.dcm", "measurements_sr.dcm"}


def test_what_an_earlier_run_wrote_and_this_one_does_not_is_removed(scarseg, a_study, out):
    arguments = ("lv", a_study.image, "--myocardium", a_study.labels, "--out", out)
    assert scarseg(*arguments, "--method", "nsd", "--dicom").code == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS | DICOM_OUTPUTS | {"remote.nrrd", "dicom_image"}
    (out / "notes.txt").write_text("mine")
    assert scarseg(*arguments, "--method", "manual", "--threshold", "260").code == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS | {"notes.txt"}


@pytest.fixture
def a_dicom_folder(a_study):
    folder = a_study.image.parent / "series"
    write_mr_series(read_volume(a_study.image), folder)
    return folder


def test_a_dicom_study_gets_dicom_results_of_its_own_study(scarseg, a_study, a_dicom_folder, out):
    outcome = scarseg(
        "lv",
        a_dicom_folder,
        "--myocardium",
        a_study.labels,
        "--method",
        "otsu",
        "--out",
        out,
        "--accepted-by",
        "A. Reader",
    )
    assert outcome.code == 0, outcome.err
    assert {path.name for path in out.iterdir()} == OUTPUTS | DICOM_OUTPUTS | {"remote.nrrd"}
    source = pydicom.dcmread(next(a_dicom_folder.iterdir()))
    seg, report = (pydicom.dcmread(out / name) for name in ("segmentation_seg.dcm", "measurements_sr.dcm"))
    assert seg.StudyInstanceUID == report.StudyInstanceUID == source.StudyInstanceUID
    assert report.VerificationFlag == "VERIFIED"
    assert report.VerifyingObserverSequence[0].VerifyingObserverName == "A. Reader"


def test_dicom_results_can_be_left_out(scarseg, a_study, a_dicom_folder, out):
    outcome = scarseg(
        "lv", a_dicom_folder, "--myocardium", a_study.labels, "--method", "otsu", "--out", out, "--no-dicom"
    )
    assert outcome.code == 0, outcome.err
    assert not DICOM_OUTPUTS & {path.name for path in out.iterdir()}


def test_a_reader_without_a_name_accepts_nothing(scarseg, a_study, out):
    scarseg(
        "lv", a_study.image, "--myocardium", a_study.labels, "--method", "otsu", "--out", out, "--accepted-by", "  "
    )
    assert "DRAFT" in (out / "report.html").read_text(encoding="utf-8")
    assert json.loads((out / "review.json").read_text(encoding="utf-8"))["accepted"] == []


def break_headers(folder):
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset["StudyTime"] = pydicom.DataElement("StudyTime", "TM", "99", validation_mode=0)
        dataset.save_as(path)


def test_headers_that_dicom_does_not_allow_cost_the_dicom_files_alone(scarseg, a_study, a_dicom_folder, out):
    break_headers(a_dicom_folder)
    arguments = ("lv", a_dicom_folder, "--myocardium", a_study.labels, "--method", "otsu", "--out", out)
    assert scarseg(*arguments).code == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS | {"remote.nrrd"}
    warnings = json.loads((out / "result.json").read_text(encoding="utf-8"))["warnings"]
    assert any(text.startswith("DICOM SEG and SR were left out: the headers of") for text in warnings)
    outcome = scarseg(*arguments, "--dicom")
    assert outcome.code == 1
    assert "cannot be taken over" in outcome.err
