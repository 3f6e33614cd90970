from __future__ import annotations

import numpy as np
import pytest
import torch

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference import lv_scar
from ScarSegLogic.inference.lv_scar import predict_scar
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.preprocessing.scar_input import InputForm, ScarInput
from Testing.tests.models.tiny_packages import PREPROCESSING, THRESHOLDS, a_manifest, random_network, save_network

CERTAIN = 20.0


@pytest.fixture
def predict(a_ring_study, tmp_path, monkeypatch):
    """Predict on the rings with a function in the network's place."""

    def run(forward, *, myocardium=None, **thresholds):
        monkeypatch.setattr(lv_scar, "network_of", lambda *_: forward)
        manifest = a_manifest(
            preprocessing=PREPROCESSING | {"crop_size": 96}, thresholds=THRESHOLDS["lv_scar"] | thresholds
        )
        wall = a_ring_study.myocardium if myocardium is None else myocardium
        return predict_scar(a_ring_study.image, a_ring_study.cavity, wall, ModelPackage(tmp_path, manifest), "cpu")

    return run


def logits(infarct, mvo):
    return torch.stack([torch.where(each, CERTAIN, -CERTAIN) for each in (infarct, mvo)], dim=1)


def test_the_network_is_given_cavity_and_myocardium_and_its_answer_comes_back_in_place(predict, a_ring_study):
    found = predict(lambda batch: logits(batch[:, 4] > 0.5, batch[:, 3] > 0.5))
    assert overlap(found.infarct, a_ring_study.myocardium).dice > 0.97
    # The cavity's answer lies outside the wall but for its rim.
    assert found.mvo.sum() < 0.1 * a_ring_study.myocardium.sum()


def test_nothing_is_found_outside_the_myocardium(predict, a_ring_study):
    found = predict(lambda batch: torch.full((len(batch), 2, 96, 96), CERTAIN))
    np.testing.assert_array_equal(found.infarct, a_ring_study.myocardium)
    np.testing.assert_array_equal(found.mvo, a_ring_study.myocardium)
    assert not found.probability[~a_ring_study.myocardium].any()


def test_mvo_lies_inside_the_infarct(predict):
    found = predict(lambda batch: logits(batch[:, 4] > 2, batch[:, 4] > 0.5))
    assert not found.infarct.any()
    assert not found.mvo.any()


def test_the_thresholds_of_the_manifest_decide(predict):
    def undecided(batch):
        return torch.logit(torch.tensor([0.4, 0.3]))[None, :, None, None].expand(len(batch), 2, 96, 96)

    assert not predict(undecided, infarct=0.45).infarct.any()
    found = predict(undecided, infarct=0.35, mvo=0.35)
    assert found.infarct.any()
    assert not found.mvo.any()
    assert predict(undecided, infarct=0.35, mvo=0.25).mvo.any()


def test_the_middle_of_three_slices_is_the_slice_itself(predict, a_ring_study):
    seen = []

    def watching(batch):
        seen.append(batch.numpy())
        return torch.zeros(len(batch), 2, 96, 96)

    predict(watching)
    images = seen[0][:, :3]
    np.testing.assert_array_equal(images[1:, 0], images[:-1, 1])
    np.testing.assert_array_equal(images[:-1, 2], images[1:, 1])
    np.testing.assert_array_equal(images[0, 0], images[0, 1])
    assert set(np.unique(seen[0][:, 3:])) == {0.0, 1.0}
    assert len(images) == len(a_ring_study.image.array)


def test_an_empty_myocardium_and_cavity_are_refused(a_ring_study, tmp_path):
    package = save_network("lv_scar", random_network("lv_scar"), tmp_path)
    nothing = np.zeros_like(a_ring_study.cavity)
    with pytest.raises(ScarSegError, match="the myocardium of rings is empty"):
        predict_scar(a_ring_study.image, nothing, nothing, package, "cpu")


def test_a_package_for_anatomy_is_refused(a_ring_study, tmp_path):
    package = save_network("lv_anatomy", random_network("lv_anatomy"), tmp_path)
    with pytest.raises(ScarSegError, match="is for lv_anatomy, here a model for lv_scar is needed"):
        predict_scar(a_ring_study.image, a_ring_study.cavity, a_ring_study.myocardium, package, "cpu")


def test_a_masked_crop_shows_the_network_the_wall_alone_and_needs_no_cavity(a_ring_study, tmp_path, monkeypatch):
    seen = []

    def bright(batch):
        seen.append(batch)
        return torch.where(batch != 0, CERTAIN, -CERTAIN)

    monkeypatch.setattr(lv_scar, "network_of", lambda *_: bright)
    scar_input = ScarInput(InputForm.MASKED_HEART_CROP, 64, 1.1)
    manifest = a_manifest(
        preprocessing=scar_input.as_manifest(), labels=("infarct",), thresholds={"infarct": 0.5}, network_config={}
    )
    no_cavity = np.zeros_like(a_ring_study.cavity)
    found = predict_scar(a_ring_study.image, no_cavity, a_ring_study.myocardium, ModelPackage(tmp_path, manifest))
    assert seen[0].shape == (5, 1, 64, 64)
    assert overlap(found.infarct, a_ring_study.myocardium).dice > 0.95
    assert not found.infarct[~a_ring_study.myocardium].any()
    assert found.mvo is None


def test_a_network_with_more_outputs_than_labels_is_refused(predict):
    with pytest.raises(ScarSegError, match="has 3 outputs, its manifest names infarct, mvo: the model package"):
        predict(lambda batch: torch.zeros(len(batch), 3, 96, 96))
