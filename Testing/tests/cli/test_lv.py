"""`scarseg lv` on a small study."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from ScarSegLogic.cli.one_sentence import OneSentenceGroup
from Testing.tests.report.output_names import OUTPUTS

VOXEL_ML = 1.5 * 1.5 * 9.0 / 1000.0


@pytest.mark.parametrize(
    "options",
    [
        ("--method", "fwhm"),
        ("--method", "fwhm", "--fwhm-scope", "slice"),
        ("--method", "nsd", "--n-sd", "3", "--grey-zone", "sd_2_3"),
        ("--method", "otsu"),
        ("--method", "ewa"),
        ("--method", "manual", "--threshold", "260"),
    ],
    ids=" ".join,
)
def test_every_method_without_a_model_finds_the_scar_of_the_study(scarseg, a_study, out, options):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, *options, "--out", out)
    assert outcome.code == 0, outcome.err
    uses_remote = "manual" not in options
    assert {path.name for path in out.iterdir()} == OUTPUTS | ({"remote.nrrd"} if uses_remote else set())
    document = json.loads((out / "result.json").read_text(encoding="utf-8"))
    true_ml = (a_study.label_array == 3).sum() * VOXEL_ML
    assert document["infarct_volume_ml"] == pytest.approx(true_ml, rel=0.05)
    assert document["myocardium_volume_ml"] == pytest.approx((a_study.label_array >= 2).sum() * VOXEL_ML, rel=1e-6)


def test_the_segmentation_lies_on_the_input_grid(scarseg, a_study, out):
    scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out)
    image, written = sitk.ReadImage(str(a_study.image)), sitk.ReadImage(str(out / "segmentation.nrrd"))
    assert written.GetSize() == image.GetSize()
    assert written.GetSpacing() == pytest.approx(image.GetSpacing())
    assert written.GetOrigin() == pytest.approx(image.GetOrigin())
    assert set(np.unique(sitk.GetArrayFromImage(written))) <= {0, 1, 2, 3, 4}


def test_json_stands_alone_on_stdout_and_equals_the_file(scarseg, a_study, out):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out, "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out) == json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert "reading the study" in outcome.err


def test_json_holds_no_nan(scarseg, a_study, out):
    def refuse(name: str) -> float:
        raise AssertionError(f"{name} in JSON")

    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--method", "nsd", "--out", out, "--json")
    json.loads(outcome.out, parse_constant=refuse)


@pytest.mark.parametrize("broken", ["missing.nrrd", "--no-such-option"])
def test_failures_with_json_are_one_error_object_on_stdout(scarseg, a_study, out, broken):
    outcome = scarseg("lv", broken, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out, "--json")
    document = json.loads(outcome.out)
    assert list(document) == ["error"]
    assert broken in document["error"]
    assert outcome.code == (2 if broken.startswith("--") else 1)


def test_without_json_the_numbers_and_the_place_of_the_report_are_printed(scarseg, a_study, out):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out)
    assert "scar burden" in outcome.out
    assert str((out / "report.html").resolve()) in outcome.out
    assert "For research use only" in outcome.out


def test_excluded_slices_are_recorded_and_left_out(scarseg, a_study, out):
    outcome = scarseg(
        "lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--exclude-slices", "5,0",
        "--out", out, "--json",
    )  # fmt: skip
    document = json.loads(outcome.out)
    assert document["excluded_slices"] == [0, 5]
    kept = (a_study.label_array[1:5] >= 2).sum() * VOXEL_ML
    assert document["myocardium_volume_ml"] == pytest.approx(kept, rel=1e-6)


def test_a_remote_mask_of_the_user_is_used_and_named(scarseg, a_study, out, write_image):
    remote = np.zeros_like(a_study.label_array)
    remote[2, :, :24] = a_study.label_array[2, :, :24] == 2
    path = write_image(a_study.image.with_name("remote.nrrd"), remote)
    outcome = scarseg(
        "lv", a_study.image, "--myocardium", a_study.labels, "--method", "nsd", "--remote", path, "--out", out, "--json"
    )
    document = json.loads(outcome.out)
    assert document["remote"]["source"] == "given"
    assert document["remote"]["mean"] == pytest.approx(a_study.pixels[remote > 0].mean(), rel=0.01)


def test_a_given_insertion_point_yields_aha_segments(scarseg, a_study, out):
    # Pixel (36, 10) of slice 0 in the file's LPS is (15, 54, 0) mm; in RAS both signs turn.
    outcome = scarseg(
        "lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--rv-insertion", "-22,-54,18",
        "--out", out, "--json",
    )  # fmt: skip
    document = json.loads(outcome.out)
    assert document["aha17"] is not None, document["aha17_reason"]
    assert document["aha17"]["rv_insertion_source"] == "given"
    assert len(document["aha17"]["segments"]) == 17


def test_without_an_insertion_point_the_segments_are_null_or_said_to_be_predicted(scarseg, a_study, out):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out, "--json")
    document = json.loads(outcome.out)
    if document["aha17"] is None:
        assert document["aha17_reason"]
    else:
        assert document["aha17"]["rv_insertion_source"] == "predicted"


def test_the_report_is_a_draft_unless_a_reader_is_named(scarseg, a_study, tmp_path):
    arguments = ("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm")
    scarseg(*arguments, "--out", tmp_path / "draft")
    scarseg(*arguments, "--out", tmp_path / "accepted", "--accepted-by", "Dr. <b>Reader</b>")
    assert "DRAFT" in (tmp_path / "draft" / "report.html").read_text(encoding="utf-8")
    accepted = (tmp_path / "accepted" / "report.html").read_text(encoding="utf-8")
    assert "DRAFT" not in accepted
    assert "Dr. &lt;b&gt;Reader" in accepted


def test_a_failed_second_run_leaves_the_results_of_the_first(scarseg, a_study, out):
    arguments = ("lv", a_study.image, "--myocardium", a_study.labels, "--out", out)
    assert scarseg(*arguments, "--method", "fwhm").code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert scarseg(*arguments, "--method", "nsd", "--exclude-slices", "77").code == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_an_unexpected_failure_exits_with_3_and_logs_its_place_without_data(
    scarseg, a_study, out, tmp_path, monkeypatch
):
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("Mr. Patient")

    monkeypatch.setattr("ScarSegLogic.workflow.lv.run_lv", fail)
    arguments = ("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out)
    outcome = scarseg(*arguments)
    assert outcome.code == 3
    assert "RuntimeError" in outcome.err
    assert "--debug" in outcome.err
    assert "Traceback" not in outcome.err
    assert not out.exists()
    log = (tmp_path / "log" / "scarseg.log").read_text(encoding="utf-8")
    assert "RuntimeError" in log
    assert "lv_job.py" in log
    assert "Patient" not in log
    assert "Traceback" in scarseg(*arguments, "--debug").err


def test_being_stopped_exits_with_130_and_leaves_nothing(scarseg, a_study, out, monkeypatch):
    def stop(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ScarSegLogic.workflow.lv.run_lv", stop)
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out)
    assert outcome.code == 130
    assert "stopped: nothing was written" in outcome.err
    assert not out.exists()
    assert not [path for path in out.parent.iterdir() if "partial" in path.name]


def test_missing_model_libraries_are_explained(scarseg, a_study, out, monkeypatch):
    def missing(*_arguments: object, **_options: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("ScarSegLogic.workflow.lv.run_lv", missing)
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out)
    assert outcome.code == 1
    assert "install torch and monai" in outcome.err


def test_a_reader_that_leaves_the_pipe_is_no_failure_of_ours(monkeypatch):
    def leave(*_arguments: object, **_options: object) -> None:
        raise BrokenPipeError

    duplicated = []
    monkeypatch.setattr("typer.core.TyperGroup.main", leave)
    monkeypatch.setattr("os.dup2", lambda old, new: duplicated.append((old, new)))
    with open(Path(sys.executable).anchor + "dev/null" if sys.platform != "win32" else "nul", "w") as sink:  # noqa: PTH123
        monkeypatch.setattr("sys.stdout", sink)
        with pytest.raises(SystemExit) as left:
            OneSentenceGroup(name="scarseg").main(["models", "list"])
    assert left.value.code == 1
    assert len(duplicated) == 1


def test_the_proposed_remote_can_be_edited_and_given_back(scarseg, a_study, tmp_path):
    arguments = ("lv", a_study.image, "--myocardium", a_study.labels, "--method", "nsd", "--json")
    proposed = json.loads(scarseg(*arguments, "--out", tmp_path / "first").out)["remote"]
    written = sitk.ReadImage(str(tmp_path / "first" / "remote.nrrd"))
    mask = sitk.GetArrayFromImage(written)
    assert (mask.dtype, set(np.unique(mask))) == (np.uint8, {0, 1})
    assert written.GetSpacing() == sitk.ReadImage(str(a_study.image)).GetSpacing()
    assert mask.sum() == proposed["voxel_count"]
    mask[3:] = 0
    edited = sitk.GetImageFromArray(mask)
    edited.CopyInformation(written)
    sitk.WriteImage(edited, str(tmp_path / "moved.nrrd"))
    moved = json.loads(scarseg(*arguments, "--remote", tmp_path / "moved.nrrd", "--out", tmp_path / "second").out)
    assert moved["remote"]["voxel_count"] == mask.sum() < proposed["voxel_count"]


def test_mvo_larger_than_its_limit_is_not_counted(scarseg, a_study, out, write_image):
    pixels = a_study.pixels.copy()
    pixels[2, 34:38, 49:51] = 60.0  # 4 x 2 dark pixels of 2.25 mm² inside the scar of slice 2
    assert (a_study.label_array[2, 33:39, 48:52] == 3).all()
    path = write_image(a_study.image.with_name("dark.nrrd"), pixels)
    arguments = ("lv", path, "--myocardium", a_study.labels, "--method", "fwhm", "--out", out, "--json")
    assert json.loads(scarseg(*arguments).out)["mvo_volume_ml"] == pytest.approx(8 * VOXEL_ML)
    assert json.loads(scarseg(*arguments, "--maximum-mvo-mm2", "17").out)["mvo_volume_ml"] == 0


@pytest.mark.real_data
def test_the_real_emidec_study_yields_its_published_myocardium(scarseg, out, shared_data):
    folder = shared_data / "emidec_p100"
    outcome = scarseg(
        "lv", folder / "Images" / "Case_P100.nii.gz", "--myocardium", folder / "Contours" / "Case_P100.nii.gz",
        "--method", "fwhm", "--out", out, "--json",
    )  # fmt: skip
    document = json.loads(outcome.out)
    assert document["myocardium_volume_ml"] == pytest.approx(134.1, rel=0.01)
    assert any("sform" in warning for warning in document["warnings"])
    assert math.isfinite(document["scar_fraction_percent"])


def test_remote_myocardium_is_measured_around_a_point(scarseg, a_study, out):
    # Voxel (2, 36, 13) lies in the middle of the wall, 31.5 mm to the left of the centre of the ring.
    point = "-19.5,-54,18"
    outcome = scarseg(
        "lv", a_study.image, "--myocardium", a_study.labels, "--method", "nsd", "--remote-point", point, "--out", out,
        "--json",
    )  # fmt: skip
    remote = json.loads(outcome.out)["remote"]
    assert remote["source"] == "given"
    assert remote["mean"] == pytest.approx(100, abs=3)
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "remote.nrrd")))
    assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() == [2]
    assert (a_study.label_array[mask > 0] == 2).all()
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["request"]["remote_ras"] == [-19.5, -54, 18]


def test_a_remote_mask_and_a_remote_point_exclude_each_other(scarseg, a_study, out):
    both = ("--remote", a_study.labels, "--remote-point", "0,0,0")
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, *both, "--out", out)
    assert outcome.code == 2
    assert "exclude each other" in outcome.err
    assert not out.exists()


def test_a_remote_point_that_is_no_point_is_refused(scarseg, a_study, out):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--remote-point", "1,2", "--out", out)
    assert outcome.code == 2
    assert "'1,2' is not a point" in outcome.err
