"""The job with networks: random ones for the paths, the shipped ones on a real study where there are any."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.labels import MVO, SCAR
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.workflow.lv import find_heart, run_lv
from Testing.tests.models.tiny_packages import random_network, save_network

DICE_FLOOR = 0.70


@pytest.fixture(scope="module")
def random_models(tmp_path_factory) -> dict[str, str]:
    """Folders of random packages, as fields of a request."""
    folders = {task: tmp_path_factory.mktemp(task) for task in ("lv_anatomy", "lv_scar")}
    for task, folder in folders.items():
        save_network(task, random_network(task), folder)
    return {"anatomy_model": str(folders["lv_anatomy"]), "scar_model": str(folders["lv_scar"]), "device": "cpu"}


def test_scar_of_the_model_lies_in_the_given_myocardium(a_study, random_models):
    stored = a_study.stored((2, 1, 0), (False, True, False))
    request = LVRequest(method=ScarMethod.MODEL, **random_models)
    result = run_lv(stored.image, request, myocardium=stored.labels)
    infarct = np.isin(result.segmentation.array, (SCAR, MVO))
    assert (stored.labels.array[infarct] >= 2).all()
    assert [use.task for use in result.models] == ["lv_anatomy", "lv_scar"]


def test_the_heart_alone_is_what_the_whole_job_finds_on_the_grid_of_the_image(a_study, random_models):
    image = a_study.stored((2, 1, 0), (False, True, False)).image
    request = LVRequest(method=ScarMethod.OTSU, **random_models)
    heart = find_heart(image, request)
    result = run_lv(image, request)
    assert heart.labels.geometry == image.geometry
    assert set(np.unique(heart.labels.array)) <= {0, 1, 2}
    np.testing.assert_array_equal(heart.labels.array == 2, result.segmentation.array >= 2)
    np.testing.assert_array_equal(heart.labels.array == 1, result.segmentation.array == 1)
    assert heart.models == result.models
    assert result.myocardium_found
    assert (heart.rv_insertion_ras is None) == (heart.rv_insertion_reason is not None)


def test_a_model_needs_the_cavity(a_study, random_models):
    wall = LVRequest(method=ScarMethod.MODEL, labels="mask", **random_models)
    labels = type(a_study.labels)((a_study.labels.array >= 2).astype(np.uint8), a_study.labels.geometry, "wall")
    with pytest.raises(ScarSegError, match="wall has a myocardium but no cavity"):
        run_lv(a_study.image, wall, myocardium=labels)


def test_swapped_packages_are_refused(a_study, random_models):
    request = LVRequest(method=ScarMethod.MODEL, scar_model=random_models["anatomy_model"], device="cpu")
    with pytest.raises(ScarSegError, match="is for lv_anatomy, here one for lv_scar is needed"):
        run_lv(a_study.image, request, myocardium=a_study.labels)


@pytest.fixture(scope="module")
def p100(shared_data):
    folder = shared_data / "emidec_p100"
    return (
        read_volume(folder / "Images" / "Case_P100.nii.gz"),
        read_label_map(folder / "Contours" / "Case_P100.nii.gz"),
    )


@pytest.mark.real_data
def test_the_shipped_scar_model_reaches_its_floor_on_a_real_study(p100):
    image, labels = p100
    result = run_lv(image, LVRequest(method=ScarMethod.MODEL, device="cpu"), myocardium=labels)
    found = np.isin(result.segmentation.array, (SCAR, MVO))
    assert overlap(found, labels.array >= SCAR).dice >= DICE_FLOOR
    assert result.burden.myocardium_volume_ml == pytest.approx(134.1, rel=0.01)


@pytest.mark.real_data
def test_the_shipped_models_work_on_a_real_study_without_a_given_myocardium(p100):
    image, labels = p100
    result = run_lv(image, LVRequest(method=ScarMethod.MODEL, device="cpu"))
    assert overlap(result.segmentation.array >= 2, labels.array >= 2).dice > 0.7
    assert overlap(result.segmentation.array >= SCAR, labels.array >= SCAR).dice > 0.6


@pytest.mark.parametrize("pair", ["emidec", "phantom"])
def test_the_shipped_models_find_the_heart_and_scar_of_a_phantom(a_study, pair):
    request = LVRequest(anatomy_model=f"lv_anatomy_{pair}", scar_model=f"lv_scar_{pair}", device="cpu")
    result = run_lv(a_study.image, request)
    assert overlap(result.segmentation.array >= 2, a_study.labels.array >= 2).dice > 0.6
    assert overlap(result.segmentation.array >= SCAR, a_study.labels.array >= SCAR).dice > 0.4
