"""Every layout of SCIENCE.md section 9 is recognised by its file names and read with its own meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scarseg_training.datasets import open_dataset
from scarseg_training.datasets.layouts import LAYOUTS

from ScarSegLogic.errors import ScarSegError
from Testing.tests.datasets.rings import SPACING_KJI_MM, ring_image, ring_labels, write, write_slices


def emidec(folder: Path) -> None:
    write(folder / "Case_P001" / "Images" / "Case_P001.nii.gz", ring_image())
    write(folder / "Case_P001" / "Contours" / "Case_P001.nii.gz", ring_labels())
    (folder / "Case_P001" / "Case P001.txt").write_bytes("Gap between slices\xa0: 8 mm".encode("latin-1"))


def emidec_uncompressed(folder: Path) -> None:
    write(folder / "Case_P001" / "Images" / "Case_P001.nii", ring_image())
    write(folder / "Case_P001" / "Contours" / "Case_P001.nii.gz", ring_labels())


def emidec_in_directories(folder: Path) -> None:
    for kind, array in (("Images", ring_image()), ("Contours", ring_labels())):
        write(folder / "Case_P001" / kind / "Case_P001.nii" / "Case_P001.nii", array)


def emidec_png(folder: Path) -> None:
    write_slices(folder, "Case_P001", ring_image(), ring_labels())


def acdc(folder: Path) -> None:
    write(folder / "patient001" / "patient001_4d.nii.gz", ring_image())
    for frame in ("frame01", "frame12"):
        write(folder / "patient001" / f"patient001_{frame}.nii.gz", ring_image())
        write(folder / "patient001" / f"patient001_{frame}_gt.nii.gz", ring_labels("acdc"))


def myops(folder: Path) -> None:
    for sequence in ("C0", "DE", "T2"):
        write(folder / "train25" / f"myops_training_101_{sequence}.nii.gz", ring_image())
    labels = ring_labels("myops")
    labels[2, 12, 21] = 1220
    write(folder / "train25_myops_gd" / "myops_training_101_gd.nii.gz", labels)


def mscmrseg(folder: Path) -> None:
    write(folder / "LGE" / "patient2_LGE.nii.gz", ring_image())
    write(folder / "LGE" / "patient2_C0.nii.gz", ring_image())
    write(folder / "manual" / "patient2_LGE_manual.nii.gz", ring_labels("mscmrseg"))


def myosaiq(folder: Path) -> None:
    for time in ("D8", "M12"):
        write(folder / "training" / time / "images" / f"007_{time}.nii.gz", ring_image())
        write(folder / "training" / time / "labels" / f"007_{time}.nii.gz", ring_labels("myosaiq"))


def lascarqs(folder: Path) -> None:
    study = folder / "task1" / "train_data" / "train_1"
    write(study / "enhanced.nii.gz", ring_image())
    write(study / "atriumSegImgMO.nii.gz", np.where(ring_labels() == 1, 420, 0))
    # Scar reaches into the cavity, as it does in the challenge.
    write(
        study / "scarSegImgM.nii.gz", (np.indices(ring_labels().shape)[1] < 11).astype(np.uint8) * (ring_labels() > 0)
    )


def atriaseg2018(folder: Path) -> None:
    write(folder / "0RZDK210BSMWAA6467LU" / "lgemri.nrrd", ring_image())
    write(folder / "0RZDK210BSMWAA6467LU" / "laendo.nrrd", np.where(ring_labels() == 1, 255, 0))


def la2018(folder: Path) -> None:
    write(folder / "AB12_image.nii.gz", ring_image())
    write(folder / "AB12_cavity.nii.gz", (ring_labels() == 1).astype(np.uint8))


WALL = {"cavity", "myocardium"}
LAYOUTS_ON_DISK = [
    (emidec, "emidec", "Case_P001", {*WALL, "scar", "mvo"}),
    (emidec_uncompressed, "emidec", "Case_P001", {*WALL, "scar", "mvo"}),
    (emidec_in_directories, "emidec", "Case_P001", {*WALL, "scar", "mvo"}),
    (emidec_png, "emidec_png", "Case_P001", {*WALL, "scar", "mvo"}),
    (acdc, "acdc", "patient001_frame01", WALL),
    (myops, "myops", "myops_training_101", {*WALL, "scar"}),
    (mscmrseg, "mscmrseg", "patient2", WALL),
    (myosaiq, "myosaiq", "007_D8", {*WALL, "scar", "mvo"}),
    (lascarqs, "lascarqs", "train_1", {"la_cavity", "la_scar"}),
    (atriaseg2018, "atriaseg2018", "0RZDK210BSMWAA6467LU", {"la_cavity"}),
    (la2018, "la2018", "AB12", {"la_cavity"}),
]


@pytest.mark.parametrize(("write_layout", "name", "case", "structures"), LAYOUTS_ON_DISK)
def test_a_layout_is_recognised_and_its_masks_mean_what_they_mean(write_layout, name, case, structures, tmp_path):
    write_layout(tmp_path)
    dataset = open_dataset(tmp_path)
    (read,) = dataset.read_all(dataset.named([case]))
    assert dataset.layout == name
    assert set(read.masks) == structures
    labels = ring_labels()
    truth = {
        "cavity": labels == 1,
        "myocardium": labels >= 2,
        "scar": labels >= 3,
        "mvo": labels == 4,
        "la_cavity": labels == 1,
        "la_scar": (labels > 0) & (np.indices(labels.shape)[1] < 11),
    }
    if name == "myops":
        # Oedema is living wall.
        truth["myocardium"][2, 12, 21] = True
    for structure, mask in read.masks.items():
        np.testing.assert_array_equal(mask, truth[structure], err_msg=structure)
    if name == "emidec_png":
        assert read.spacing_kji_mm == (10.0, 1.40625, 1.40625)
        np.testing.assert_array_equal(read.image, np.clip(ring_image(), 0, 255).astype(np.uint8))
    else:
        assert read.spacing_kji_mm == pytest.approx(SPACING_KJI_MM)
        np.testing.assert_array_equal(read.image, ring_image())


def test_every_layout_is_tested():
    assert {name for _, name, _, _ in LAYOUTS_ON_DISK} == set(LAYOUTS)


def test_cavity_and_scar_of_an_atrium_may_overlap(tmp_path):
    lascarqs(tmp_path)
    (case,) = open_dataset(tmp_path).read_all()
    assert (case.masks["la_cavity"] & case.masks["la_scar"]).any()


def test_studies_of_several_centres_with_one_name_keep_their_centre(tmp_path):
    for centre in ("centre_1", "centre_2"):
        lascarqs(tmp_path / centre)
    entries = open_dataset(tmp_path).entries
    assert [entry.case for entry in entries] == [f"centre_{number}_task1_train_data_train_1" for number in (1, 2)]


def test_two_moments_of_a_heart_beat_are_one_patient(tmp_path):
    acdc(tmp_path)
    entries = open_dataset(tmp_path).entries
    assert [(entry.case, entry.patient) for entry in entries] == [
        ("patient001_frame01", "patient001"),
        ("patient001_frame12", "patient001"),
    ]


def test_an_exam_after_8_days_is_acute_and_after_a_year_chronic_of_one_patient(tmp_path):
    myosaiq(tmp_path)
    entries = open_dataset(tmp_path).entries
    assert [(entry.case, entry.patient, entry.phase) for entry in entries] == [
        ("007_D8", "007", "acute"),
        ("007_M12", "007", "chronic"),
    ]


def test_infarct_patients_of_emidec_are_acute_and_its_cohort_is_the_layout(tmp_path):
    emidec_png(tmp_path)
    write_slices(tmp_path, "Case_N002", ring_image(), ring_labels())
    phases = {entry.case: (entry.phase, entry.cohort) for entry in open_dataset(tmp_path).entries}
    assert phases == {"Case_P001": ("acute", "emidec_png"), "Case_N002": (None, "emidec_png")}


def test_scans_stored_across_the_slices_come_slices_first(tmp_path):
    write(tmp_path / "AB12_image.nii.gz", ring_image().transpose(1, 2, 0), (1.5, 1.25, 8.0))
    cavity = (ring_labels() == 1).astype(np.uint8)
    write(tmp_path / "AB12_cavity.nii.gz", cavity.transpose(1, 2, 0), (1.5, 1.25, 8.0))
    (case,) = open_dataset(tmp_path).read_all()
    assert case.spacing_kji_mm == pytest.approx(SPACING_KJI_MM)
    np.testing.assert_array_equal(case.image, ring_image())
    np.testing.assert_array_equal(case.masks["la_cavity"], cavity > 0)


def test_a_folder_of_no_layout_lists_the_layouts(tmp_path):
    (tmp_path / "scan.nii.gz").touch()
    with pytest.raises(
        ScarSegError, match=r"no layout known here \(emidec, .*la2018\): .* a dataset\.json, see docs/datasets\.md"
    ) as refusal:
        open_dataset(tmp_path)
    assert len(str(refusal.value)) - len(str(tmp_path)) < 250


def test_a_folder_of_two_layouts_asks_for_one(tmp_path):
    la2018(tmp_path)
    atriaseg2018(tmp_path)
    with pytest.raises(ScarSegError, match=r"several layouts \(atriaseg2018, la2018\): name one with --layout"):
        open_dataset(tmp_path)
    assert [entry.case for entry in open_dataset(tmp_path, layout="la2018").entries] == ["AB12"]
    with pytest.raises(ScarSegError, match=r"unknown layout 'la2019': expected one of emidec, emidec_png"):
        open_dataset(tmp_path, layout="la2019")
    with pytest.raises(ScarSegError, match=r"holds no case of the layout 'acdc': expected patient###"):
        open_dataset(tmp_path, layout="acdc")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ScarSegError, match=r"nowhere: there is no such folder"):
        open_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize("data", ["phantoms:lv:2", "file"])
def test_a_layout_is_only_named_for_folders(data, tmp_path):
    (tmp_path / "file").write_text("{}", encoding="utf-8")
    data = tmp_path / data if data == "file" else data
    for option in ({"layout": "emidec"}, {"labels": "emidec"}):
        with pytest.raises(ScarSegError, match="says itself how it is laid out and labelled"):
            open_dataset(data, **option)
