"""What is wrong with a case is said with its name, and no wrong mask becomes a label."""

from __future__ import annotations

import numpy as np
import pytest
from scarseg_training.datasets import Case, CaseEntry, open_dataset
from scarseg_training.datasets.reading import FileReader

from ScarSegLogic.errors import ScarSegError
from Testing.tests.datasets.rings import ring_case, ring_image, ring_labels, write, write_slices


@pytest.fixture
def a_study(tmp_path):
    """A study with a label map, and its entry."""
    write(tmp_path / "lge.nii.gz", ring_image())
    write(tmp_path / "labels.nii.gz", ring_labels())
    return CaseEntry("b7", "b", {"image": ("lge.nii.gz",), "labels": ("labels.nii.gz",)})


def test_the_scar_includes_its_mvo_and_the_wall_its_scar(a_study, tmp_path):
    case = FileReader(tmp_path, "emidec").read(a_study)
    assert (case.masks["mvo"] <= case.masks["scar"]).all()
    assert case.masks["mvo"].sum() == 2
    assert (case.masks["scar"] <= case.masks["myocardium"]).all()


def test_a_mask_of_another_size_is_refused(a_study, tmp_path):
    write(tmp_path / "labels.nii.gz", ring_labels()[:2])
    with pytest.raises(ScarSegError, match=r"case b7: labels.* has 2 x 24 x 28 voxels, its image 3 x 24 x 28"):
        FileReader(tmp_path, "emidec").read(a_study)


def test_a_mask_of_another_spacing_is_refused(a_study, tmp_path):
    write(tmp_path / "labels.nii.gz", ring_labels(), (8.0, 1.5, 1.5))
    with pytest.raises(
        ScarSegError, match=r"case b7: labels.* has a spacing of 8 x 1.5 x 1.5 mm, its image 8 x 1.5 x 1"
    ):
        FileReader(tmp_path, "emidec").read(a_study)


def test_values_of_another_convention_are_refused(a_study, tmp_path):
    write(tmp_path / "labels.nii.gz", ring_labels("myops"))
    with pytest.raises(ScarSegError, match=r"case b7: the label map labels holds the values \[200, 500, 2221\]"):
        FileReader(tmp_path, "emidec").read(a_study)


def test_a_convention_whose_cavity_lies_outside_its_wall_is_refused(a_study, tmp_path):
    # Cavity and wall exchanged, as ACDC has them for who reads it as EMIDEC.
    write(tmp_path / "labels.nii.gz", np.array([0, 2, 1, 0, 0])[ring_labels()])
    with pytest.raises(ScarSegError, match=r"case b7: only 0% of the cavity .* lies inside its myocardium"):
        FileReader(tmp_path, "emidec").read(a_study)


def test_a_label_map_without_a_convention_is_refused(a_study, tmp_path):
    with pytest.raises(ScarSegError, match=r"case b7: the convention of the label map labels is not known"):
        FileReader(tmp_path).read(a_study)


def test_a_damaged_image_is_named_with_its_case(a_study, tmp_path):
    content = (tmp_path / "lge.nii.gz").read_bytes()
    (tmp_path / "lge.nii.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(ScarSegError, match=r"case b7: .*lge\.nii\.gz"):
        FileReader(tmp_path, "emidec").read(a_study)


def test_a_missing_label_slice_is_named(tmp_path):
    write_slices(tmp_path, "Case_P001", ring_image(), ring_labels())
    (tmp_path / "Case_P001_slice001_label.png").unlink()
    dataset = open_dataset(tmp_path)
    with pytest.raises(ScarSegError, match=r"case Case_P001: .*Case_P001_slice001_label\.png: there is no such file"):
        dataset.read(dataset.entries[0])


def test_slices_of_several_sizes_are_refused(tmp_path):
    write_slices(tmp_path, "Case_P001", ring_image(), ring_labels())
    write_slices(tmp_path / "other", "Case_P001", ring_image()[:, :20], ring_labels()[:, :20])
    (tmp_path / "other" / "Case_P001_slice002_image.png").replace(tmp_path / "Case_P001_slice002_image.png")
    dataset = open_dataset(tmp_path)
    with pytest.raises(ScarSegError, match=r"slice002_image\.png has 20 x 28 pixels, the slices before it 24 x 28"):
        dataset.read(dataset.entries[0])


def test_single_masks_are_whatever_is_above_zero(tmp_path):
    labels = ring_labels()
    write(tmp_path / "lge.nii.gz", ring_image())
    for name, mask in (("cavity", labels == 1), ("myocardium", labels >= 2), ("scar", labels >= 3)):
        write(tmp_path / f"{name}.nii.gz", mask * 420)
    write(tmp_path / "second.nii.gz", (labels == 3) * 1)
    files = {name: (f"{name}.nii.gz",) for name in ("cavity", "myocardium", "scar")}
    entry = CaseEntry("a", "a", {"image": ("lge.nii.gz",), **files, "observers": ("second.nii.gz",)})
    case = FileReader(tmp_path).read(entry)
    np.testing.assert_array_equal(case.masks["scar"], labels >= 3)
    np.testing.assert_array_equal(case.observers[0], labels == 3)


def test_a_wall_drawn_without_its_scar_is_refused(tmp_path):
    labels = ring_labels()
    write(tmp_path / "lge.nii.gz", ring_image())
    for name, mask in (("myocardium", labels == 2), ("scar", labels >= 3)):
        write(tmp_path / f"{name}.nii.gz", mask * 1)
    files = {name: (f"{name}.nii.gz",) for name in ("myocardium", "scar")}
    with pytest.raises(ScarSegError, match=r"case a: 100% of the scar lies outside the myocardium, which must be the"):
        FileReader(tmp_path).read(CaseEntry("a", "a", {"image": ("lge.nii.gz",), **files}))


def test_tiers_of_the_first_slices_are_filled_up(a_study, tmp_path):
    entry = CaseEntry("b7", "b", a_study.files, tier=1, slice_tiers=(None, 2))
    case = FileReader(tmp_path, "emidec").read(entry)
    assert case.slice_tiers == (None, 2, None)
    assert [case.tier_of_slice(index) for index in range(3)] == [1, 2, 1]
    entry = CaseEntry("b7", "b", a_study.files, tier=1, slice_tiers=(None, None, None, 2))
    with pytest.raises(ScarSegError, match=r"case b7: slice 3 was graded, but it has 3 slices, counted from 0"):
        FileReader(tmp_path, "emidec").read(entry)


def test_burden_is_scar_inside_the_wall_over_the_wall():
    image = np.zeros((1, 2, 5), np.float32)
    wall = np.array([[[1, 1, 1, 1, 0], [0, 0, 0, 0, 0]]], bool)
    scar = np.array([[[1, 0, 0, 0, 1], [0, 0, 0, 0, 0]]], bool)
    case = Case("a", "a", image, {"myocardium": wall, "scar": scar}, (8.0, 1.5, 1.25))
    assert case.scar_burden_percent == 25.0
    assert case.voxel_ml == pytest.approx(0.015)
    assert Case("a", "a", image, {"myocardium": wall}, (8.0, 1.5, 1.25)).scar_burden_percent is None


def test_a_case_refuses_masks_that_do_not_fit_it():
    with pytest.raises(ScarSegError, match=r"case a: the mask 'observer 1' is 2 x 24 x 28, the image 3 x 24 x 28"):
        ring_case(observers=(np.zeros((2, 24, 28), bool),))
    with pytest.raises(ScarSegError, match=r"case a has the unknown masks \['infarct'\]: expected cavity, myocardium"):
        ring_case(masks={"infarct": np.zeros((3, 24, 28), bool)})
