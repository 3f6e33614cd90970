"""Cavity and scar of the left atrium by networks that see what is bright, on oblique grids in any order of axes."""

from __future__ import annotations

import dataclasses

import cc3d
import numpy as np
import pytest
import torch
from torch import nn

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.inference import la_cavity, la_scar
from ScarSegLogic.inference.la_cavity import find_la_cavity
from ScarSegLogic.inference.la_scar import find_la_scar
from ScarSegLogic.inference.watch import interruptible, watched
from ScarSegLogic.volume import Volume
from Testing.tests.models.tiny_packages import random_network, save_network
from Testing.tests.rotations import rotation

RADIUS_MM = 20.0
GRIDS = {
    "axial": ((40, 90, 100), (2.5, 1.2, 1.1), np.diag([-1.0, -1.0, 1.0])),
    "oblique": ((40, 90, 100), (2.5, 1.2, 1.1), rotation((1, 2, 3), 35) @ np.diag([-1.0, -1.0, 1.0])),
    "sagittal": ((60, 80, 90), (1.8, 1.3, 1.2), [[0, 0, 1], [1, 0, 0], [0, -1, 0]]),
}


class Bright(nn.Module):
    """Logits that are positive where the z-scored image is bright."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return 20 * (image - 1.0)


class TwoLooks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.localiser, self.segmenter = Bright(), Bright()


def a_study(grid: str) -> tuple[Volume, np.ndarray]:
    """A bright ball off the middle, and a smaller one far from it."""
    shape, spacing, directions = GRIDS[grid]
    geometry = Geometry.from_spacing(shape, spacing, directions=directions, origin_ras_mm=(10, -20, 30))
    places = geometry.index_to_ras(np.moveaxis(np.indices(shape), 0, -1))
    middle = geometry.index_to_ras((np.array(shape) - 1) / 2)
    ball = np.linalg.norm(places - middle - geometry.directions @ (12.0, -9.0, 6.0), axis=-1) < RADIUS_MM
    other = np.linalg.norm(places - middle + geometry.directions @ (34.0, -24.0, 20.0), axis=-1) < 6.0
    array = np.where(ball | other, 200.0, 50.0).astype(np.float32)
    array += np.random.default_rng(0).normal(0, 2, shape).astype(np.float32)
    return Volume(array, geometry, name="ball"), ball


@pytest.fixture
def bright(monkeypatch):
    monkeypatch.setattr(la_cavity, "network_of", lambda *_: interruptible(TwoLooks()))
    monkeypatch.setattr(la_scar, "network_of", lambda *_: interruptible(Bright()))


@pytest.fixture
def a_cavity_package(tmp_path):
    return save_network("la_cavity", random_network("la_cavity"), tmp_path)


@pytest.fixture
def a_scar_package(tmp_path):
    return save_network("la_scar", nn.Linear(1, 1), tmp_path)


@pytest.mark.usefixtures("bright")
@pytest.mark.parametrize("grid", GRIDS)
def test_the_largest_bright_body_is_found_on_the_studys_own_grid(grid, a_cavity_package):
    image, ball = a_study(grid)
    found = find_la_cavity(image, a_cavity_package, "cpu")
    assert found.shape == ball.shape
    assert 2 * (found & ball).sum() / (found.sum() + ball.sum()) > 0.95


@pytest.mark.usefixtures("bright")
def test_a_hole_within_the_cavity_is_filled(a_cavity_package):
    image, ball = a_study("axial")
    k, j, i = (int(side.mean()) for side in np.nonzero(ball))
    image.array[k - 2 : k + 3, j - 4 : j + 5, i - 4 : i + 5] = 50.0
    assert find_la_cavity(image, a_cavity_package, "cpu")[k, j, i]


@pytest.mark.usefixtures("bright")
def test_a_study_without_an_atrium_is_refused_in_words(a_cavity_package):
    image, _ = a_study("axial")
    empty = Volume(np.full_like(image.array, 50.0), image.geometry, name="empty")
    with pytest.raises(ScarSegError, match="no left atrium was found in empty"):
        find_la_cavity(empty, a_cavity_package, "cpu")


def test_a_real_network_of_the_package_gives_one_component(a_cavity_package):
    """Random weights answer about one half everywhere: with a lower threshold everything is cavity."""
    manifest = dataclasses.replace(a_cavity_package.manifest, thresholds={"la_cavity": 1e-6, "localiser": 1e-6})
    image, _ = a_study("oblique")
    found = find_la_cavity(image, dataclasses.replace(a_cavity_package, manifest=manifest), "cpu")
    assert cc3d.connected_components(found).max() == 1


@pytest.mark.usefixtures("bright")
def test_whoever_waits_can_stop_the_search(a_cavity_package):
    def stop() -> None:
        raise KeyboardInterrupt

    image, _ = a_study("axial")
    with pytest.raises(KeyboardInterrupt), watched(stop):
        find_la_cavity(image, a_cavity_package, "cpu")


@pytest.mark.usefixtures("bright")
@pytest.mark.parametrize("grid", GRIDS)
def test_scar_is_looked_for_about_the_cavity_and_comes_back_to_the_grid(grid, a_scar_package):
    image, ball = a_study(grid)
    probability = find_la_scar(image, ball, a_scar_package, "cpu")
    assert probability.shape == ball.shape
    bright = (probability > 0.5) & ball
    assert 2 * bright.sum() / ((probability > 0.5).sum() + ball.sum()) > 0.9


def test_an_empty_cavity_is_refused_in_words(a_scar_package):
    image, ball = a_study("axial")
    with pytest.raises(ScarSegError, match="the cavity of ball is empty"):
        find_la_scar(image, np.zeros_like(ball), a_scar_package, "cpu")


def test_a_manifest_without_its_grid_is_refused_in_words(tmp_path):
    package = save_network("la_cavity", random_network("la_cavity"), tmp_path, preprocessing={})
    with pytest.raises(ScarSegError, match=r"crop_spacing_mm.*localiser_shape_kji"):
        find_la_cavity(a_study("axial")[0], package, "cpu")
