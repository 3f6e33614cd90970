"""The LA job with networks: packages of random weights, answers of known networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.workflow.la import run_la
from ScarSegLogic.workflow.la_predictions import find_cavity
from Testing.tests.atrium import LEFT, RIGHT, Atrium, grid
from Testing.tests.models.tiny_packages import random_network, save_network

ATRIUM = Atrium(grid((2.5, 1.25, 1.25)), {"LSPV": LEFT, "RSPV": RIGHT})
CAP = ATRIUM.cap(np.array([0.0, 0.0, -1.0]), 40.0)
IMAGE = ATRIUM.image(CAP)
BLIND = np.zeros(IMAGE.array.shape, np.float32)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Packages by task."""
    made = {task: tmp_path_factory.mktemp(task) for task in ("la_cavity", "la_scar")}
    for task, folder in made.items():
        save_network(task, random_network("la_cavity"), folder)
    return made


@pytest.fixture
def request_(folders, monkeypatch) -> LARequest:
    """Both models; the networks find the true cavity, and scar that reaches out of the wall."""
    wide = (CAP | np.roll(CAP, 3, axis=1)).astype(np.float32)
    monkeypatch.setattr("ScarSegLogic.inference.la_cavity.find_la_cavity", lambda *_: ATRIUM.cavity.copy())
    monkeypatch.setattr("ScarSegLogic.inference.la_scar.find_la_scar", lambda *_: 0.9 * wide)
    return LARequest(
        method=LAMethod.MODEL,
        cavity_model=str(folders["la_cavity"]),
        scar_model=str(folders["la_scar"]),
        device="cpu",
    )


def mask(array: np.ndarray) -> LabelMap:
    return LabelMap(array.astype(np.uint8), ATRIUM.geometry, "Segment")


def test_without_a_cavity_the_models_find_both(request_):
    result = run_la(IMAGE, request_)
    np.testing.assert_array_equal(result.cavity.array > 0, ATRIUM.cavity)
    assert result.cavity_found
    assert [use.task for use in result.models] == ["la_cavity", "la_scar"]
    assert not ((result.scar.array > 0) & (result.wall.array == 0)).any()
    assert result.burden.scar_volume_ml > 0
    assert result.scar_outside_wall_ml > 0
    assert result.threshold.value is None


def test_a_given_cavity_needs_the_scar_model_alone(request_):
    result = run_la(IMAGE, replace(request_, cavity_model="none"), cavity=mask(ATRIUM.cavity))
    assert not result.cavity_found
    assert [use.task for use in result.models] == ["la_scar"]


def test_scar_drawn_by_hand_in_a_given_cavity_needs_no_model():
    drawn = mask(CAP & ATRIUM.wall)
    result = run_la(IMAGE, LARequest(method=LAMethod.MODEL, scar_model="none"), cavity=mask(ATRIUM.cavity), scar=drawn)
    assert result.edited_by_hand
    assert not result.models


def test_a_model_s_scar_that_lies_nowhere_is_no_scar(request_, monkeypatch):
    monkeypatch.setattr("ScarSegLogic.inference.la_scar.find_la_scar", lambda *_: BLIND)
    assert run_la(IMAGE, request_).burden.scar_volume_ml == 0


def test_the_cavity_alone_is_that_of_the_whole_job(request_):
    found = find_cavity(IMAGE, request_)
    assert found.labels.geometry == IMAGE.geometry
    np.testing.assert_array_equal(found.labels.array, run_la(IMAGE, request_).cavity.array)
    assert [use.task for use in found.models] == ["la_cavity"]


def test_swapped_and_missing_packages_are_refused_with_what_to_do(request_, folders):
    swapped = replace(request_, cavity_model=str(folders["la_scar"]))
    with pytest.raises(ScarSegError, match="here one for la_cavity is needed; or draw the cavity"):
        run_la(IMAGE, swapped)
    with pytest.raises(ScarSegError, match=r"unknown model 'none'.*choose the method 'iir', 'sd' or 'otsu'"):
        run_la(IMAGE, replace(request_, scar_model="none"))


def test_a_threshold_in_a_found_cavity_asks_the_cavity_model_alone(request_):
    result = run_la(IMAGE, replace(request_, method=LAMethod.SD, scar_model="none"))
    assert [use.task for use in result.models] == ["la_cavity"]
    assert result.threshold.value is not None
