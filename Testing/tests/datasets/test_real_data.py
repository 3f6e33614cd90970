"""The real studies through the layouts: what their README says of them comes out."""

from __future__ import annotations

import pytest
from scarseg_training.datasets import open_dataset
from scarseg_training.datasets.burdens import burdens_of
from scarseg_training.datasets.check import check_dataset
from scarseg_training.datasets.splits import given

pytestmark = pytest.mark.real_data


def test_emidec_p100_has_its_volumes_in_spite_of_its_wrong_sform(shared_data):
    dataset = open_dataset(shared_data / "emidec_p100")
    (case,) = dataset.read_all()
    volumes = {name: mask.sum() * case.voxel_ml for name, mask in case.masks.items()}
    assert volumes["scar"] - volumes["mvo"] == pytest.approx(17.97, abs=0.01)
    assert volumes["mvo"] == pytest.approx(0.75, abs=0.01)
    assert volumes["myocardium"] == pytest.approx(134.1, abs=0.05)
    assert case.scar_burden_percent == pytest.approx(13.95, abs=0.01)
    assert (case.spacing_kji_mm, case.phase) == (pytest.approx((13.0, 1.40625, 1.40625)), "acute")
    assert [bool(part.any()) for part in case.masks["scar"]] == [False, *[True] * 6]
    (checked,) = check_dataset(dataset).cases
    assert any("the sform disagrees with pixdim" in remark for remark in checked.remarks)


def test_both_frames_of_acdc_101_are_of_one_patient(shared_data):
    dataset = open_dataset(shared_data / "acdc_patient101")
    diastole, systole = dataset.read_all()
    assert (diastole.patient, systole.patient) == ("patient101", "patient101")
    assert diastole.masks["cavity"].sum() > systole.masks["cavity"].sum() > 0
    assert "scar" not in diastole.masks


def test_the_png_slices_keep_their_test_cases_apart(shared_data):
    dataset = open_dataset(shared_data / "emidec_png")
    assert [len(dataset.of_split(part)) for part in ("train", "test")] == [55, 14]
    entries = dataset.of_split("train")[::6]
    burdens = burdens_of(dataset, entries)
    assert {name for name, burden in burdens.items() if burden == 0} == {
        entry.case for entry in entries if entry.case.startswith("Case_N")
    }
    split = given(dataset.entries, {})
    assert set(split.test) == {entry.case for entry in dataset.of_split("test")}


def test_test_cases_are_not_read_to_divide_the_others(shared_data, monkeypatch):
    dataset = open_dataset(shared_data / "emidec_png")
    read = []
    monkeypatch.setattr(type(dataset), "read", lambda self, entry: read.append(entry.case) or self.reader.read(entry))
    burdens_of(dataset, [*dataset.of_split("test"), dataset.of_split("train")[0]])
    assert read == [dataset.of_split("train")[0].case]


def test_la2018_volumes_are_isotropic_and_have_a_cavity_alone(shared_data):
    dataset = open_dataset(shared_data / "la2018")
    assert [len(dataset.of_split(part)) for part in ("train", "test")] == [30, 10]
    (case,) = dataset.read_all(dataset.of_split("train")[:1])
    assert case.spacing_kji_mm == pytest.approx((0.625, 0.625, 0.625))
    assert list(case.masks) == ["la_cavity"]
    assert 20 < case.masks["la_cavity"].sum() * case.voxel_ml < 250
    assert (case.tier, case.scar_burden_percent) == (None, None)
    assert "research only" in dataset.notice
