"""The module's numbers are the command line's, and stay so through a saved scene; DICOM objects belong to the study."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
import slicer

from ScarSegLogic.io.images import read_volume, write_label_map, write_volume
from ScarSegLogic.mrml.volumes import geometry_of_volume
from ScarSegLogic.quantification.result_json import result_to_json
from Testing.desktop.study import load_study
from Testing.tests.report.dicom_study import write_mr_series

REPOSITORY = Path(__file__).resolve().parents[3]
NUMBERS = (
    "myocardium_volume_ml", "scar_volume_ml", "mvo_volume_ml", "infarct_volume_ml", "scar_mass_g",
    "scar_fraction_percent", "threshold", "per_slice", "aha17", "remote", "shapes",
)  # fmt: skip


def by_command_line(folder: Path, *arguments: str) -> dict:
    """`result.json` of `scarseg lv`."""
    command = [sys.executable, "-m", "ScarSegLogic.cli", "lv", *arguments, "--out", str(folder / "cli")]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads((folder / "cli" / "result.json").read_text(encoding="utf-8"))


def assert_same_numbers(module: dict, command_line: dict, tolerance_mm: float = 0.0) -> None:
    """Every number is equal to the last digit; positions may differ by what a scene's files keep of them."""
    for key in NUMBERS:
        mine, other = module[key], command_line[key]
        if key in ("aha17", "remote", "shapes"):
            mine, points = without_points(mine)
            other, other_points = without_points(other)
            assert points == pytest.approx(other_points, abs=tolerance_mm), key
        assert mine == other, key


def without_points(value: object) -> tuple[object, list[float]]:
    """A copy without positions, and the positions."""
    if isinstance(value, dict):
        points = [number for key in sorted(value) if key.endswith("_ras") for number in value[key]]
        parts = {key: without_points(item) for key, item in value.items() if not key.endswith("_ras")}
        return {key: part[0] for key, part in parts.items()}, points + [n for part in parts.values() for n in part[1]]
    if isinstance(value, list):
        items = [without_points(item) for item in value]
        return [item[0] for item in items], [number for item in items for number in item[1]]
    return value, []


@pytest.mark.slow
def test_module_and_command_line_agree_on_a_drawn_heart(desk, tmp_path: Path) -> None:
    write_volume(tmp_path / "study.nrrd", desk.phantom.image)
    heart = np.minimum(desk.phantom.labels.array, 2).astype(np.uint8)
    write_label_map(tmp_path / "heart.nrrd", type(desk.phantom.labels)(heart, desk.phantom.labels.geometry))
    expected = by_command_line(
        tmp_path, str(tmp_path / "study.nrrd"), "--method", "nsd", "--myocardium", str(tmp_path / "heart.nrrd")
    )
    # Read back, as Slicer would: a file's header keeps the grid to some digits only.
    volume = read_volume(tmp_path / "study.nrrd")
    node = slicer.util.addVolumeFromArray(volume.array, volume.geometry.ijk_to_ras, volume.name)
    desk.ui.volumeSelector.setCurrentNode(node)
    desk.draw_true_heart()
    desk.choose_method("nsd")
    assert "Scar segmented" in desk.press(desk.ui.applyButton)
    assert_same_numbers(result_to_json(desk.study.result), expected)


@pytest.mark.slow
@pytest.mark.real_data
def test_module_and_command_line_agree_on_a_real_study_by_model(desk, shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "emidec_p100" / "Images" / "Case_P100.nii.gz"
    expected = by_command_line(tmp_path, str(path))
    volume = read_volume(path)
    node = slicer.util.addVolumeFromArray(volume.array, volume.geometry.ijk_to_ras, volume.name)
    desk.ui.volumeSelector.setCurrentNode(node)
    desk.choose_method("model")
    assert "Scar segmented" in desk.press(desk.ui.applyButton)
    assert_same_numbers(result_to_json(desk.study.result), expected)


@pytest.mark.slow
def test_edits_points_and_review_survive_an_mrb_and_recompute_identically(measured, tmp_path: Path) -> None:
    measured.erase_scar_in_one_slice()
    measured.wait()
    measured.press(measured.ui.confirmRvInsertionButton)
    measured.accept_all("Dr. Müller")
    before = result_to_json(measured.study.result)
    request, state, review = measured.study.request, measured.study.state, measured.study.review
    report = measured.ui.reportState.text
    assert report.startswith("FINAL")
    path = str(tmp_path / "study with spaces.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(path)
    measured.wait()
    study = measured.study
    assert (study.request, study.state, study.review) == (request, state, review)
    assert measured.ui.reportState.text == report
    assert measured.ui.resultState.text.startswith("Up to date.")
    assert measured.ui.bullseye.pixmap is not None
    assert "Measured" in measured.press(measured.ui.recomputeButton)
    assert_same_numbers(result_to_json(study.result), before, 1e-9)
    assert measured.ui.reportState.text == report


@pytest.mark.slow
def test_dicom_objects_carry_the_identifiers_of_the_study(desk, desktop, tmp_path: Path) -> None:
    write_mr_series(desk.phantom.image, tmp_path / "series")
    source = pydicom.dcmread(next((tmp_path / "series").iterdir()))
    node = load_study(desktop, tmp_path / "series")
    assert geometry_of_volume(node).is_same_grid(desk.phantom.image.geometry)
    desk.ui.volumeSelector.setCurrentNode(node)
    desk.draw_true_heart()
    desk.choose_method("nsd")
    assert "Scar segmented" in desk.press(desk.ui.applyButton)
    (tmp_path / "export").mkdir()
    desk.ui.exportFolder.currentPath = str(tmp_path / "export")
    for box in (desk.ui.dicomSegCheckBox, desk.ui.dicomSrCheckBox):
        assert box.enabled, box.toolTip
        box.checked = True
    assert "Exported" in desk.press(desk.ui.exportButton)
    written = [pydicom.dcmread(path) for path in (tmp_path / "export").rglob("*.dcm")]
    assert {dataset.Modality for dataset in written} == {"SEG", "SR"}
    for dataset in written:
        assert dataset.StudyInstanceUID == source.StudyInstanceUID
        assert dataset.PatientID == source.PatientID
    segmentation = next(dataset for dataset in written if dataset.Modality == "SEG")
    assert segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID == source.SeriesInstanceUID


@pytest.mark.slow
def test_a_volume_without_dicom_brings_a_derived_series_and_says_so(measured, tmp_path: Path) -> None:
    measured.ui.exportFolder.currentPath = str(tmp_path)
    for box in (measured.ui.dicomSegCheckBox, measured.ui.dicomSrCheckBox):
        assert "not loaded from DICOM: an MR series derived from it is written too" in box.toolTip
        assert box.enabled
        box.checked = True
    assert "Exported" in measured.press(measured.ui.exportButton)
    written = [pydicom.dcmread(path) for path in tmp_path.rglob("*.dcm")]
    series = [dataset for dataset in written if dataset.Modality == "MR"]
    assert len(series) == measured.phantom.image.array.shape[0]
    assert {"DERIVED"} == {dataset.ImageType[0] for dataset in series}
    segmentation = next(dataset for dataset in written if dataset.Modality == "SEG")
    assert segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID == series[0].SeriesInstanceUID
    assert "SR" in {dataset.Modality for dataset in written}


def test_images_that_left_the_dicom_database_are_told(measured, monkeypatch) -> None:
    measured.volume.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    measured.panel.show()
    assert not measured.ui.dicomSegCheckBox.enabled
    assert "no longer in Slicer's DICOM database" in measured.ui.dicomSrCheckBox.toolTip
    monkeypatch.delattr("slicer.dicomDatabase")
    measured.panel.show()
    assert not measured.ui.dicomSegCheckBox.enabled, "Slicer runs without its DICOM module too"
