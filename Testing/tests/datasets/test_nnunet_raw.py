"""nnU-Net's raw layout: its names and labels, the right spacing, and predictions back on the cases' grids."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk
from scarseg_training.datasets import Case, CaseEntry, Dataset
from scarseg_training.datasets.nnunet_labels import labels_of
from scarseg_training.datasets.nnunet_raw import export_raw, read_predictions
from scarseg_training.datasets.splits import Split

from ScarSegLogic.errors import ScarSegError
from Testing.tests.datasets.rings import SPACING_KJI_MM, ring_case, ring_image, ring_labels, write

SPLIT = Split(("a", "b"), ("c",), ("d",))


class Rings:
    """Reads the ring; some masks only."""

    def __init__(self, without: dict[str, str]) -> None:
        self.without = without

    def read(self, entry: CaseEntry) -> Case:
        masks = {name: mask for name, mask in ring_case().masks.items() if self.without.get(entry.case) != name}
        return ring_case(entry.case, patient=entry.patient, masks=masks)


def rings(without: dict[str, str] | None = None, patients: str = "abcd") -> Dataset:
    entries = tuple(CaseEntry(case, patient) for case, patient in zip("abcd", patients, strict=True))
    return Dataset("my rings", None, entries, Rings(without or {}), "phantoms", licence="private")


def test_the_layout_is_nnunets(tmp_path):
    raw = export_raw(rings(), SPLIT, tmp_path, number=7)
    assert raw.folder == tmp_path / "Dataset007_my_rings"
    files = {path.relative_to(raw.folder).as_posix() for path in raw.folder.rglob("*") if path.is_file()}
    assert files == {
        "dataset.json",
        "splits_final.json",
        *(f"imagesTr/{case}_0000.nii.gz" for case in "abc"),
        *(f"labelsTr/{case}.nii.gz" for case in "abc"),
        "imagesTs/d_0000.nii.gz",
    }
    description = json.loads((raw.folder / "dataset.json").read_text())
    assert description["channel_names"] == {"0": "LGE MR"}
    assert description["labels"] == {"background": 0, "cavity": 1, "normal_myocardium": 2, "scar": 3, "mvo": 4}
    assert (description["numTraining"], description["file_ending"]) == (3, ".nii.gz")
    assert json.loads(raw.splits.read_text()) == [{"train": ["a", "b"], "val": ["c"]}]


def test_images_and_labels_are_one_grid_with_the_cases_spacing(tmp_path):
    raw = export_raw(rings(), SPLIT, tmp_path)
    image = sitk.ReadImage(str(raw.folder / "imagesTr" / "a_0000.nii.gz"))
    labels = sitk.ReadImage(str(raw.folder / "labelsTr" / "a.nii.gz"))
    assert image.GetSpacing() == pytest.approx(SPACING_KJI_MM[::-1])
    for of_grid in ("GetSpacing", "GetOrigin", "GetDirection", "GetSize"):
        assert getattr(labels, of_grid)() == pytest.approx(getattr(image, of_grid)())
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels), ring_labels())
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), ring_image())


def test_a_prediction_comes_back_as_masks(tmp_path):
    raw = export_raw(rings(), SPLIT, tmp_path)
    ((case, masks),) = read_predictions(raw.folder / "labelsTr", [ring_case("b")], raw.labels)
    assert set(masks) == set(case.masks)
    for name, mask in masks.items():
        np.testing.assert_array_equal(mask, case.masks[name])


def test_an_atriums_cavity_and_scar_overlap_and_come_back():
    cavity, scar = np.zeros((2, 1, 4, 4), bool)
    cavity[0, :3], scar[0, 2:] = True, True
    case = Case("a", "a", np.zeros((1, 4, 4), np.float32), {"la_cavity": cavity, "la_scar": scar}, (2.5, 1.0, 1.0))
    labels = labels_of(case)
    encoded = labels.encode(case)
    assert encoded[0, :, 0].tolist() == [1, 1, 3, 2]
    assert labels.names == {"background": 0, "la_cavity": 1, "la_scar": 2, "la_scar_in_cavity": 3}
    for name, mask in labels.decode(encoded).items():
        np.testing.assert_array_equal(mask, case.masks[name])


def test_labels_count_up_without_gaps_whatever_was_marked():
    masks = ring_case().masks
    for marked, highest in (("cavity myocardium", 2), ("cavity myocardium scar", 3), ("la_cavity", 1)):
        some = {name: masks.get(name, masks["cavity"]) for name in marked.split()}
        assert list(labels_of(ring_case(masks=some)).names.values()) == list(range(highest + 1))


def test_cases_labelled_unlike_the_others_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ScarSegError, match=r"case c has the masks cavity, myocardium, scar, other cases cavity, my"):
        export_raw(rings({"c": "mvo"}), SPLIT, tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ScarSegError, match=r"case a has the masks mvo, myocardium, scar: nnU-Net needs cavity and"):
        export_raw(rings({"a": "cavity"}), SPLIT, tmp_path)


def test_a_leaking_or_empty_split_is_refused(tmp_path):
    with pytest.raises(ScarSegError, match=r"leaks patient a: a is in 'train', c in 'validation'"):
        export_raw(rings(patients="abad"), SPLIT, tmp_path)
    with pytest.raises(ScarSegError, match=r"has no training case for nnU-Net"):
        export_raw(rings(), Split((), ("a",)), tmp_path)


def test_a_missing_or_foreign_prediction_is_refused(tmp_path):
    labels = labels_of(ring_case())
    with pytest.raises(ScarSegError, match=r"nnU-Net wrote no prediction of case a: expected .*a\.nii\.gz"):
        list(read_predictions(tmp_path, [ring_case("a")], labels))
    write(tmp_path / "a.nii.gz", ring_labels()[:2])
    with pytest.raises(ScarSegError, match=r"has the shape \(2, 24, 28\) or place of another image than case a"):
        list(read_predictions(tmp_path, [ring_case("a")], labels))
