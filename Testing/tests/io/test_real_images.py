"""The real studies of this project's machines: what their readme says must come out."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pydicom
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom import list_series
from ScarSegLogic.io.images import read_label_map, read_volume, write_label_map
from ScarSegLogic.labels import heart_masks

pytestmark = pytest.mark.real_data


def test_emidec_volumes_are_measured_with_the_spacing_of_pixdim(shared_data):
    labels = read_label_map(shared_data / "emidec_p100" / "Contours" / "Case_P100.nii.gz")
    masks = heart_masks(labels, "emidec")
    ml = labels.geometry.voxel_volume_ml

    assert (masks.scar.sum() * ml, masks.mvo.sum() * ml) == (
        pytest.approx(17.97, abs=0.005),
        pytest.approx(0.75, abs=0.005),
    )
    assert masks.myocardium.sum() * ml == pytest.approx(134.1, abs=0.05)
    assert np.flatnonzero(masks.scar.any(axis=(1, 2))).tolist() == [1, 2, 3, 4, 5, 6]
    assert np.flatnonzero(masks.mvo.any(axis=(1, 2))).tolist() == [5]


@pytest.mark.parametrize(
    ("file", "spacing_kji"),
    [
        ("emidec_p100/Images/Case_P100.nii.gz", (13, 1.40625, 1.40625)),
        ("acdc_patient101/patient101_frame01.nii.gz", (10, 1.64062, 1.64062)),
    ],
)
def test_the_wrong_sform_is_read_right_with_a_warning_and_no_noise(shared_data, file, spacing_kji, capfd):
    volume = read_volume(shared_data / file)

    assert volume.geometry.spacing_kji_mm == pytest.approx(spacing_kji)
    assert len(volume.warnings) == 1
    assert "sform disagrees with pixdim" in volume.warnings[0]
    assert capfd.readouterr().err == ""


def test_acdc_labels_have_a_cavity_in_their_myocardium_and_are_refused_as_emidec(shared_data):
    labels = read_label_map(shared_data / "acdc_patient101" / "patient101_frame01_gt.nii.gz")

    masks = heart_masks(labels, "acdc")

    assert 50 < masks.cavity.sum() * labels.geometry.voxel_volume_ml < 500
    with pytest.raises(ScarSegError, match=r"lies inside its myocardium: .* probably not 'emidec'"):
        heart_masks(labels, "emidec")


def test_the_sunnybrook_series_is_read_with_its_crooked_uids(shared_data, capfd):
    folder = shared_data / "sunnybrook" / "SCD0000101_ED"

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        volume = read_volume(folder)

    assert volume.array.shape == (12, 256, 256)
    assert volume.geometry.spacing_kji_mm == pytest.approx((10, 1.367188, 1.367188), abs=1e-3)
    assert volume.metadata["series_instance_uid"] == "2.16.124.113543.6006.99.08975550791105350405"
    assert "is_magnitude" not in volume.metadata
    assert "SCD0000101" not in repr(volume)
    assert capfd.readouterr() == ("", "")
    (series,) = list_series(folder)
    assert (series.orientation, series.slice_count, series.phases) == ("short axis", 12, 1)


def test_every_sunnybrook_slice_lies_at_the_position_in_its_file(shared_data):
    folder = shared_data / "sunnybrook" / "SCD0000101_ED"
    volume = read_volume(folder)
    found = []

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in folder.iterdir():
            dataset = pydicom.dcmread(path)
            left, posterior, superior = (float(value) for value in dataset.ImagePositionPatient)
            k, j, i = volume.geometry.ras_to_index((-left, -posterior, superior))
            assert (j, i) == pytest.approx((0, 0), abs=0.01)
            assert k == pytest.approx(round(k), abs=0.01)
            assert np.array_equal(volume.array[round(k)], dataset.pixel_array)
            found.append(round(k))
    assert sorted(found) == list(range(12))


def test_an_atrial_study_and_its_cavity_share_a_grid(shared_data):
    case = json.loads((shared_data / "la2018" / "split.json").read_text())["test"][0]
    volume = read_volume(shared_data / "la2018" / f"{case}_image.nii.gz")
    cavity = read_label_map(shared_data / "la2018" / f"{case}_cavity.nii.gz")

    assert volume.geometry.spacing_kji_mm == pytest.approx((0.625, 0.625, 0.625))
    assert volume.geometry.is_same_grid(cavity.geometry)
    assert volume.warnings == ()
    assert 20 < (cavity.array > 0).sum() * cavity.geometry.voxel_volume_ml < 300


def test_labels_written_on_the_grid_of_emidec_come_back_on_it(shared_data, tmp_path):
    labels = read_label_map(shared_data / "emidec_p100" / "Contours" / "Case_P100.nii.gz")

    write_label_map(tmp_path / "segmentation.nrrd", labels)
    again = read_label_map(tmp_path / "segmentation.nrrd")

    assert np.array_equal(again.array, labels.array)
    assert again.geometry.is_same_grid(labels.geometry)
    assert again.warnings == ()
