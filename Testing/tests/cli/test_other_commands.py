"""`phantom`, `demo`, `models` and `series`."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.volume import Volume
from ScarSegLogic.workflow.lv import run_lv

SUNNYBROOK = Path(__file__).resolve().parents[4] / "shared" / "data" / "sunnybrook"
LICENCES = {
    "la_cavity_la2018": "LicenseRef-research-only-NC",
    "lv_anatomy_emidec": "CC-BY-NC-SA-4.0",
    "lv_scar_emidec": "CC-BY-NC-SA-4.0",
    "lv_anatomy_phantom": "Apache-2.0",
    "lv_scar_phantom": "Apache-2.0",
}
"""The shipped models: the terms of patients' data bind what was trained on them."""


def test_a_phantom_is_written_with_image_labels_readers_and_truth(scarseg, out):
    outcome = scarseg("phantom", "lv", "--seed", "7", "--tier", "hard", "--out", out)
    assert outcome.code == 0, outcome.err
    names = {path.name for path in out.iterdir()}
    assert {"image.nrrd", "truth_labels.nrrd", "truth.json", "observer_1.nrrd"} <= names
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert (truth["seed"], truth["tier"]) == (7, "hard")


def test_the_same_seed_writes_the_same_bytes(scarseg, tmp_path):
    for name in ("one", "two"):
        scarseg("phantom", "lv", "--seed", "3", "--pattern", "rca", "--contrast", "psir", "--out", tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize(("option", "value"), [("--tier", "brutal"), ("--pattern", "stripes"), ("--contrast", "t9")])
def test_an_unknown_kind_of_phantom_is_refused(scarseg, out, option, value):
    outcome = scarseg("phantom", "lv", option, value, "--out", out)
    assert outcome.code == 1
    assert f"'{value}': expected one of" in outcome.err
    assert not out.exists()


def test_the_demo_compares_the_volumes_of_its_phantom_with_those_found(scarseg, out, monkeypatch):
    """The truth's own contours stand in for the models, which a fresh checkout may lack."""

    def with_true_contours(image: Volume, request: LVRequest, **options: object) -> object:
        labels = make_lv_phantom(LVPhantomConfig(seed=2, pattern="lad", observer_count=0)).labels
        request = dataclasses.replace(request, method=ScarMethod.FWHM, anatomy_model="none")
        return run_lv(image, request, **{**options, "myocardium": labels})

    monkeypatch.setattr("ScarSegLogic.workflow.lv.run_lv", with_true_contours)
    monkeypatch.setattr("ScarSegLogic.cli.lv_job.models_in_use", lambda *_, **__: ())
    outcome = scarseg("demo", "--seed", "2", "--out", out)
    assert outcome.code == 0, outcome.err
    row = next(line for line in outcome.out.splitlines() if "whole myocardium" in line)
    truth_ml, found_ml, difference_ml = (float(text) for text in re.findall(r"[-+]?\d+\.\d", row))
    assert found_ml == pytest.approx(truth_ml, rel=0.02)
    assert difference_ml == pytest.approx(found_ml - truth_ml, abs=0.11)
    assert "Phantom 2" in (out / "report.html").read_text(encoding="utf-8")
    assert outcome.err.index("making phantom 2") < outcome.err.index("writing the report")


@pytest.mark.slow
def test_the_demo_prints_truth_beside_result_and_where_the_report_lies(scarseg, out):
    outcome = scarseg("demo", "--out", out)
    assert outcome.code == 0, outcome.err
    for text in ("truth", "result", "scar burden", str((out / "report.html").resolve())):
        assert text in outcome.out
    assert "Licence:" in outcome.err
    assert (out / "phantom" / "truth.json").is_file()
    truth = json.loads((out / "phantom" / "truth.json").read_text(encoding="utf-8"))
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert result["myocardium_volume_ml"] == pytest.approx(truth["myocardium_volume_ml"], rel=0.3)


def test_a_demo_without_models_leaves_no_folder(scarseg, out, monkeypatch, tmp_path):
    monkeypatch.setattr("ScarSegLogic.models.catalogue.RESOURCES_FOLDER", tmp_path / "bare")
    outcome = scarseg("demo", "--out", out)
    assert outcome.code == 1
    assert "unknown model" in outcome.err
    assert not out.exists()


def test_shipped_models_are_listed_with_their_licence(scarseg):
    listed = json.loads(scarseg("models", "list", "--json").out)["models"]
    assert {model["name"]: model["licence"] for model in listed} == LICENCES
    assert all(model["training_data"] and model["metrics"] for model in listed)
    assert {model["name"] for model in listed if not model["notice"]} == {"lv_anatomy_phantom", "lv_scar_phantom"}


def test_shipped_models_are_whole(scarseg):
    outcome = scarseg("models", "verify")
    assert outcome.code == 0, outcome.err
    assert outcome.out.split("\n")[:-1] == [f"{name}: whole" for name in sorted(LICENCES)]


def test_models_are_listed_with_licence_and_measured_accuracy(scarseg, make_package, monkeypatch, tmp_path):
    monkeypatch.setattr("ScarSegLogic.models.catalogue.RESOURCES_FOLDER", tmp_path / "Resources")
    models = tmp_path / "Resources" / "Models"
    models.mkdir(parents=True)
    make_package("lv_scar").rename(models / "toy")
    model = json.loads(scarseg("models", "list", "--json").out)["models"][0]
    assert (model["licence"], model["metrics"]["measured_on"]) == ("CC-BY-NC-SA-4.0", "toys")
    table = " ".join(re.findall(r"[^\s│┃]+", scarseg("models", "list").out))
    assert "licence accuracy" in table
    assert "0.72" in table
    assert "make toys" not in table


def test_verifying_where_no_model_is_installed_fails_with_a_sentence(scarseg, monkeypatch, tmp_path):
    monkeypatch.setattr("ScarSegLogic.models.catalogue.RESOURCES_FOLDER", tmp_path / "bare")
    outcome = scarseg("models", "verify")
    assert outcome.code == 1
    assert f"Error: no model package is installed in {tmp_path / 'bare' / 'Models'}" in outcome.err


def test_verifying_names_the_damaged_model_and_exits_with_1(scarseg, make_package):
    copy = make_package("lv_scar")
    (copy / "weights.safetensors").write_bytes(b"nothing")
    outcome = scarseg("models", "verify", copy, "--json")
    row = json.loads(outcome.out)["models"][0]
    assert outcome.code == 1
    assert not row["whole"]
    assert "damaged" in row["error"]


def test_a_licence_notice_is_shown_before_use_and_kept_in_the_json(
    scarseg, a_study, tmp_path, make_package, monkeypatch
):
    """The restricted package is only asked for the insertion point here; the answer does not matter."""
    answer = (None, "the toy finds nothing")
    monkeypatch.setattr("ScarSegLogic.inference.lv_anatomy.find_insertion", lambda *_: answer)
    arguments = (
        "lv", a_study.image, "--myocardium", a_study.labels, "--method", "fwhm",
        "--anatomy-model", make_package("lv_anatomy"),
    )  # fmt: skip
    shown = scarseg(*arguments, "--out", tmp_path / "one")
    assert "Licence: model toy (CC-BY-NC-SA-4.0): not for commercial use" in shown.err
    assert shown.err.index("Licence:") < shown.err.index("reading the study")
    quiet = scarseg(*arguments, "--out", tmp_path / "two", "--json")
    assert quiet.err.index("Licence: model toy") < quiet.err.index("reading the study")
    document = json.loads(quiet.out)
    assert any("not for commercial use" in warning for warning in document["warnings"])
    assert [model["notice"] for model in document["models"]] == ["not for commercial use"]
    report = (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    assert "licence CC-BY-NC-SA-4.0 (not for commercial use)" in report


@pytest.mark.real_data
def test_the_series_of_a_real_dicom_folder_are_listed(scarseg):
    if not SUNNYBROOK.is_dir():
        pytest.skip(f"real data absent: {SUNNYBROOK}")
    rows = json.loads(scarseg("series", SUNNYBROOK, "--json").out)["series"]
    assert [(row["orientation"], row["slice_count"]) for row in rows] == [("short axis", 12)]
    assert rows[0]["uid"] in scarseg("series", SUNNYBROOK).out


def test_a_folder_without_dicom_is_refused(scarseg, tmp_path):
    outcome = scarseg("series", tmp_path)
    assert outcome.code == 1
    assert "holds no DICOM" in outcome.err
