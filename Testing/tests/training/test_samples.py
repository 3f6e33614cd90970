from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk

torch = pytest.importorskip("torch")
from scarseg_training.recipes import recipe_named  # noqa: E402
from scarseg_training.samples import INSERTION_SIGMA_PIXELS, Framing, slice_samples  # noqa: E402
from scarseg_training.samples_of_run import samples_of_run  # noqa: E402
from scarseg_training.studies import emidec_split, read_emidec_case  # noqa: E402

from ScarSegLogic.errors import ScarSegError  # noqa: E402
from ScarSegLogic.preprocessing.intensity import with_neighbours  # noqa: E402
from ScarSegLogic.preprocessing.slice_box import heart_box  # noqa: E402

FRAMING = Framing(crop_size=32, localiser_size=32)


def test_the_middle_of_a_canvas_is_the_crop_that_inference_takes(make_study):
    study = make_study("ring")
    heart = slice_samples([study], FRAMING).heart
    box = heart_box(study.labels > 0, FRAMING.heart_margin)
    expected = with_neighbours(box.crop(study.image, 32))
    np.testing.assert_allclose(heart[:, :3, 16:48, 16:48].numpy(), expected, rtol=1e-4, atol=1e-2)


def test_a_canvas_holds_cavity_wall_infarct_and_mvo(make_study):
    heart = slice_samples([make_study("ring")], FRAMING).heart
    cavity, wall, infarct, mvo = (heart[1, channel] for channel in range(3, 7))
    assert heart.shape == (3, 8, 64, 64)
    assert heart[:, 3:].min() >= 0
    assert heart[:, 3:].max() <= 1 + 1e-6
    assert (cavity + wall).max() <= 1 + 1e-5
    assert (infarct <= wall + 1e-5).all()
    assert (mvo <= infarct + 1e-5).all()
    assert mvo.sum() > 0
    assert not heart[0, 6].any()


def test_insertions_are_blobs_at_their_place_and_absent_where_they_are_unknown(make_study):
    study = make_study("ring")
    heart = slice_samples([study], FRAMING).heart
    box = heart_box(study.labels > 0, FRAMING.heart_margin).scaled(2)
    for point in study.insertions_ji[0]:
        row, column = box.to_crop(point, 64)
        near = heart[0, 7, round(row), round(column)].item()
        assert near >= np.exp(-0.5 / (2 * INSERTION_SIGMA_PIXELS**2))
    assert not heart[2, 7].any()


def test_whole_slices_hold_the_filled_ventricle_with_its_area(make_study):
    study = make_study("ring")
    whole = slice_samples([study], dataclasses.replace(FRAMING, localiser_field_of_view_mm=80.0)).whole
    pixel_mm2 = (80.0 / 32) ** 2
    area_mm2 = (study.labels[0] > 0).sum() * 1.5 * 1.2
    assert whole.shape == (3, 4, 32, 32)
    assert whole[0, 3].sum().item() * pixel_mm2 == pytest.approx(area_mm2, rel=0.03)


def test_studies_without_a_ventricle_are_left_out_and_cases_can_be_picked(make_study):
    empty = make_study("empty")
    empty.labels[:] = 0
    samples = slice_samples([make_study("a"), empty, make_study("b", with_insertions=False)], FRAMING)
    assert samples.cases == ("a",) * 3 + ("b",) * 3
    assert samples.has_insertions.tolist() == [True] * 3 + [False] * 3
    picked = samples.of_cases(["b"])
    assert picked.cases == ("b",) * 3
    torch.testing.assert_close(picked.heart, samples.heart[3:])


@pytest.fixture
def png_folder(tmp_path, make_study):
    """EMIDEC-like PNG slices of 12 train cases; the test case is a trap: reading it fails."""
    train = [f"Case_N{number:03}" for number in range(6)] + [f"Case_P{number:03}" for number in range(6)]
    for case in train:
        study = make_study(case)
        for index, (image, labels) in enumerate(zip(study.image, study.labels, strict=True)):
            grey = np.clip(image / 2, 0, 255).astype(np.uint8)
            sitk.WriteImage(sitk.GetImageFromArray(grey), tmp_path / f"{case}_slice{index:03}_image.png")
            sitk.WriteImage(sitk.GetImageFromArray(labels), tmp_path / f"{case}_slice{index:03}_label.png")
    (tmp_path / "Case_P099_slice000_image.png").write_bytes(b"must not be opened")
    (tmp_path / "split.json").write_text(f'{{"train": {train}, "test": ["Case_P099"]}}'.replace("'", '"'))
    return tmp_path


def test_a_run_never_opens_test_cases_and_holds_whole_patients_out(png_folder, make_config):
    config = make_config("lv_scar", emidec=True, phantoms=1, validation_every=6)
    training, validation = samples_of_run(config, png_folder)
    assert set(validation.cases) == {"Case_N003", "Case_P003"}
    assert not set(training.cases) & set(validation.cases)
    assert len(set(training.cases)) == 10 + 1
    assert "phantom_100000" in training.cases
    assert "Case_P099" not in {*training.cases, *validation.cases}


@pytest.mark.real_data
def test_the_test_cases_of_emidec_are_never_asked_for(shared_data, monkeypatch):
    asked = []

    def recorded(_folder, cases):
        asked.extend(cases)
        return iter(())

    monkeypatch.setattr("scarseg_training.samples_of_run.read_emidec_cases", recorded)
    monkeypatch.setattr("scarseg_training.samples_of_run.phantom_studies", lambda *_: iter(()))
    monkeypatch.setattr("scarseg_training.samples_of_run.slice_samples", lambda studies, _: list(studies) or _Nothing())
    folder = shared_data / "emidec_png"
    samples_of_run(recipe_named("small_lv_scar_emidec"), folder)
    split = emidec_split(folder)
    assert sorted(asked) == sorted(split["train"])
    assert not set(asked) & set(split["test"])
    assert len(split["test"]) == 14


class _Nothing:
    cases = ()

    def of_cases(self, _cases):
        return self


@pytest.mark.real_data
def test_a_real_case_is_read_with_image_and_labels_of_one_size(shared_data):
    study = read_emidec_case(shared_data / "emidec_png", "Case_P003")
    assert study.image.shape == study.labels.shape == (len(study.image), 256, 256)
    assert set(np.unique(study.labels)) <= {0, 1, 2, 3, 4}
    assert study.insertions_ji is None


def test_a_recipe_with_emidec_needs_its_folder(make_config):
    with pytest.raises(ScarSegError, match="tiny_lv_scar needs EMIDEC: give its folder of PNG slices with --data"):
        samples_of_run(make_config("lv_scar", emidec=True), None)


def test_a_folder_without_split_is_refused(tmp_path, make_config):
    with pytest.raises(ScarSegError, match=r"holds no split\.json"):
        samples_of_run(make_config("lv_scar", emidec=True), tmp_path)


def test_too_few_cases_to_hold_one_out_are_refused(make_config):
    with pytest.raises(ScarSegError, match="1 cases are too few to hold every 11th out"):
        samples_of_run(make_config("lv_scar", phantoms=1), None)


def test_a_slice_without_label_or_of_another_size_is_refused(png_folder):
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 3), np.uint8)), png_folder / "Case_N001_slice000_label.png")
    with pytest.raises(ScarSegError, match=r"Case_N001_slice000_image\.png is \(40, 56\), its label \(3, 3\)"):
        read_emidec_case(png_folder, "Case_N001")
    (png_folder / "Case_N001_slice000_label.png").unlink()
    with pytest.raises(ScarSegError, match=r"has no label Case_N001_slice000_label\.png"):
        read_emidec_case(png_folder, "Case_N001")
    with pytest.raises(ScarSegError, match="has no slices of Case_X"):
        read_emidec_case(png_folder, "Case_X")
