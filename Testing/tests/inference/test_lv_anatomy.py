"""The way through crops and back is tested with a stand-in that reads the anatomy from grey values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.inference import lv_anatomy
from ScarSegLogic.inference.lv_anatomy import cavity_and_wall, find_insertion, predict_anatomy
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.preprocessing.slice_box import SliceBox, heart_box
from ScarSegLogic.volume import Volume
from Testing.tests.models.tiny_packages import PREPROCESSING, a_manifest, random_network, save_network

CERTAIN = 20.0
SIZE = 96


class GreyValueNetwork:
    """Dark is wall, bright is cavity; insertions are hot at fixed places of the crop."""

    insertions: tuple[tuple[int, int], ...] = ()

    def localiser(self, batch):
        dark, bright = self._classes(batch)
        return torch.where(dark | bright, CERTAIN, -CERTAIN)[:, None]

    def segmenter(self, batch):
        dark, bright = self._classes(batch)
        heat = torch.full(dark.shape, -CERTAIN)
        for row, column in self.insertions:
            heat[:, row, column] = CERTAIN
        half = torch.arange(dark.shape[-1]) % 2 == 0
        # Wall is healthy or infarcted, column by column.
        classes = [~dark & ~bright, bright, dark & half, dark & ~half]
        return torch.stack([*(torch.where(each, CERTAIN, 0.0) for each in classes), heat], dim=1)

    @staticmethod
    def _classes(batch):
        middle = batch[:, 1]
        low, high = middle.amin((1, 2), keepdim=True), middle.amax((1, 2), keepdim=True)
        share = (middle - low) / (high - low).clamp(min=1e-6)
        return share < 0.4, share > 0.6


@pytest.fixture
def package(tmp_path) -> ModelPackage:
    # A field of view so small that the apex' cavity is more than the share that normalisation clips.
    sizes = PREPROCESSING | {"crop_size": SIZE, "localiser_size": SIZE, "localiser_field_of_view_mm": 160.0}
    return ModelPackage(tmp_path, a_manifest("lv_anatomy", preprocessing=sizes))


@pytest.fixture
def grey_value_network(monkeypatch) -> GreyValueNetwork:
    network = GreyValueNetwork()
    monkeypatch.setattr(lv_anatomy, "network_of", lambda *_: network)
    return network


@pytest.mark.usefixtures("grey_value_network")
def test_masks_come_back_onto_an_anisotropic_grid(a_ring_study, package):
    found = predict_anatomy(a_ring_study.image, package, "cpu")
    assert overlap(found.cavity, a_ring_study.cavity).dice > 0.97
    assert overlap(found.myocardium, a_ring_study.myocardium).dice > 0.95
    assert not (found.cavity & found.myocardium).any()


@pytest.mark.usefixtures("grey_value_network")
def test_a_heart_at_the_edge_of_the_image_is_segmented(a_ring_study, package):
    matrix = np.array(a_ring_study.image.geometry.ijk_to_ras)
    image = Volume(a_ring_study.image.array[:, 21:, :104], Geometry((5, 75, 104), matrix))
    found = predict_anatomy(image, package, "cpu")
    assert overlap(found.myocardium, a_ring_study.myocardium[:, 21:, :104]).dice > 0.95


@pytest.mark.usefixtures("grey_value_network")
def test_a_smaller_structure_of_the_same_grey_is_not_the_heart(a_ring_study, package):
    array = a_ring_study.image.array.copy()
    array[1:3, 80:86, 10:18] = 0.0
    found = predict_anatomy(Volume(array, a_ring_study.image.geometry), package, "cpu")
    assert not found.myocardium[:, 78:, :20].any()
    assert overlap(found.myocardium, a_ring_study.myocardium).dice > 0.95


@pytest.mark.usefixtures("grey_value_network")
def test_a_hole_in_the_ventricle_belongs_to_the_cavity(a_ring_study, package):
    array = a_ring_study.image.array.copy()
    array[:, 39:42, 78:83] = 100.0
    found = predict_anatomy(Volume(array, a_ring_study.image.geometry), package, "cpu")
    assert found.cavity[2, 40, 80]


def test_a_cavity_pixel_with_a_trace_of_infarct_is_wall():
    cavity, healthy, infarct = np.array([[0.9, 0.05, 0.0], [0.8, 0.05, 0.15], [0.1, 0.5, 0.1], [0.1, 0.1, 0.1]]).T
    inside, wall = cavity_and_wall(cavity, healthy, infarct)
    assert inside.tolist() == [True, False, False, False]
    assert wall.tolist() == [False, True, True, False]


def test_an_image_without_heart_is_refused(a_ring_study, package, grey_value_network):
    grey_value_network.localiser = lambda batch: torch.full_like(batch[:, :1], -CERTAIN)
    with pytest.raises(ScarSegError, match=r"no left ventricle was found in rings: .*--myocardium"):
        predict_anatomy(a_ring_study.image, package, "cpu")


def test_a_faint_heart_is_found_below_the_threshold_of_the_manifest(a_ring_study, package, grey_value_network):
    certain = grey_value_network.localiser
    # Probability 0.27: under the manifest's 0.5, above the fallback's 0.2.
    grey_value_network.localiser = lambda batch: torch.where(certain(batch) > 0, -1.0, -CERTAIN)
    found = predict_anatomy(a_ring_study.image, package, "cpu")
    assert overlap(found.myocardium, a_ring_study.myocardium).dice > 0.95


@pytest.mark.usefixtures("grey_value_network")
def test_a_first_box_that_shows_part_of_the_heart_is_refined(a_ring_study, package, monkeypatch):
    # The heart fills rows 21 to 59 and columns 57 to 103; this box ends at row 50 and column 95.
    monkeypatch.setattr(lv_anatomy, "_locate", lambda *_: SliceBox((30.0, 70.0), (40.0, 50.0)))
    found = predict_anatomy(a_ring_study.image, package, "cpu")
    assert overlap(found.myocardium, a_ring_study.myocardium).dice > 0.95


@pytest.mark.parametrize("upside_down", [False, True])
def test_the_more_anterior_of_two_insertions_is_given_in_patient_space(
    a_ring_study, package, grey_value_network, upside_down
):
    grey_value_network.insertions = ((20, 47), (20, 48), (75, 47), (75, 48))
    study = a_ring_study
    matrix = np.array(study.image.geometry.ijk_to_ras)
    if upside_down:
        matrix[:3, 1] *= -1
    image = replace(study.image, geometry=Geometry(study.image.array.shape, matrix))
    point, reason = find_insertion(image, study.cavity, study.myocardium, package, "cpu")
    assert reason is None
    box = heart_box(study.cavity | study.myocardium, PREPROCESSING["heart_margin"])
    candidates = [box.from_crop(np.array([row, 47.5]), SIZE) for row in (20, 75)]
    places = image.geometry.index_to_ras([(2, *candidate) for candidate in candidates])
    anterior = max(places, key=lambda place: place[1] + place[2])
    np.testing.assert_allclose(point, anterior, atol=1.5)


def test_faint_insertions_are_not_given(a_ring_study, package, grey_value_network):
    assert grey_value_network.insertions == ()
    study = a_ring_study
    point, reason = find_insertion(study.image, study.cavity, study.myocardium, package, "cpu")
    assert point is None
    assert "was not found with confidence: place it" in reason


def test_no_insertion_is_sought_without_a_cavity(a_ring_study, package, grey_value_network):
    grey_value_network.segmenter = lambda batch: torch.zeros(len(batch), 5, SIZE, SIZE)
    study = a_ring_study
    found = find_insertion(study.image, study.cavity, study.myocardium, package, "cpu")
    assert found == (None, "no slice shows the cavity")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_weights_find_nothing_or_disjoint_masks(tmp_path, seed):
    image = make_lv_phantom(LVPhantomConfig(seed=3, matrix_size=96, observer_count=0, with_truth=False)).image
    package = save_network("lv_anatomy", random_network("lv_anatomy", seed), tmp_path)
    try:
        found, sentence = predict_anatomy(image, package, "cpu"), ""
    except ScarSegError as error:
        found, sentence = None, str(error)
    if found is None:
        assert "no left ventricle was found" in sentence
        return
    assert found.cavity.shape == found.myocardium.shape == image.array.shape
    assert not (found.cavity & found.myocardium).any()
    assert (found.rv_insertion_ras is None) == (found.rv_insertion_reason is not None)


def test_a_manifest_without_its_numbers_is_refused_before_anything_runs(a_ring_study, tmp_path):
    package = ModelPackage(tmp_path, a_manifest("lv_anatomy", preprocessing={"crop_size": 96}))
    with pytest.raises(ScarSegError, match=r"manifest\.json lacks a positive number as preprocessing\.heart_margin"):
        predict_anatomy(a_ring_study.image, package, "cpu")
