"""From a run to a package: training and the product compute the same, and the package says what it was made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scarseg_training import tasks
from scarseg_training.config import RunConfig, StageConfig
from scarseg_training.data_record import DataRecord
from scarseg_training.datasets.dataset import open_dataset
from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.splits import Split
from scarseg_training.evaluation.scores import score_case
from scarseg_training.export import data_of_run, export_package, licence_of, notice_of, training_sentence
from scarseg_training.run import Run
from scipy import ndimage

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.inference import lv_scar
from ScarSegLogic.inference.lv_scar import predict_scar
from ScarSegLogic.inference.network import load_network
from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.models.catalogue import find_package
from ScarSegLogic.models.package import open_package
from ScarSegLogic.preprocessing.scar_input import ScarInput
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.workflow.lv import run_lv

PHANTOMS = "phantoms:lv:2:first_seed=7"
TINY = {
    "masked_scar": ("attention_unet", {"widths": (4, 8)}, {"infarct": 0.45}),
    "scarsegnet": (
        "scarsegnet",
        {"depths": (1, 1, 1, 1), "widths": (8, 8, 16, 16), "decoder": (16, 8, 8, 4)},
        {"infarct": 0.45},
    ),
    "lv_scar": ("lv_scar", {"channels": (4, 8)}, {"infarct": 0.45, "mvo": 0.5}),
}


@pytest.fixture(scope="module")
def phantoms():
    return open_dataset(PHANTOMS)


@pytest.fixture(scope="module")
def a_case(phantoms):
    return next(phantoms.read_all())


def a_run(folder, task_name: str, **config) -> Run:
    """A run that ended with random weights, of the precision that packages keep."""
    network_name, network_config, thresholds = TINY[task_name]
    stage = StageConfig(
        name="only",
        task=task_name,
        network=network_name,
        network_config=network_config,
        epochs=1,
        batch_size=2,
        learning_rate=1e-3,
    )
    fields = {"recipe": f"small_{task_name}", "stages": (stage,), "phantoms": PHANTOMS, "needs_data": False} | config
    torch.manual_seed(5)
    network = networks.build(network_name, **network_config).half().float().eval()
    split = Split(("phantom_7",), ("phantom_8",))
    return Run(folder, RunConfig(**fields), stage, tasks.build(task_name), network, thresholds, split, 1)


def as_study(case) -> tuple[Volume, LabelMap]:
    geometry = Geometry.from_spacing(case.image.shape, case.spacing_kji_mm)
    labels = case.masks["myocardium"] * np.uint8(MYOCARDIUM) + case.masks["cavity"] * np.uint8(CAVITY)
    return Volume(case.image, geometry, case.case), LabelMap(labels, geometry, "heart")


@pytest.mark.parametrize("task_name", ["masked_scar", "scarsegnet"])
def test_training_and_the_product_compute_identical_logits(task_name, a_case, phantoms, tmp_path, monkeypatch):
    run = a_run(tmp_path, task_name)
    package = export_package(run, [DataRecord.of(phantoms)], tmp_path / "package")
    samples = run.task.samples([a_case])
    with torch.inference_mode():
        trained = run.network(samples["inputs"])

    seen = []
    network = load_network(package, "cpu")

    def listening(batch):
        seen.append(network(batch))
        return seen[-1]

    monkeypatch.setattr(lv_scar, "network_of", lambda *_: listening)
    image, _ = as_study(a_case)
    predict_scar(image, a_case.masks["cavity"], a_case.masks["myocardium"], package, "cpu")
    inferred = torch.cat(seen)[list(samples.slices)]
    assert inferred.std() > 0
    torch.testing.assert_close(inferred, trained, rtol=0, atol=1e-5)


@pytest.mark.parametrize("task_name", TINY)
def test_the_product_finds_in_the_package_what_the_task_predicts(task_name, a_case, phantoms, tmp_path):
    run = a_run(tmp_path, task_name)
    image, heart = as_study(a_case)
    wall = a_case.masks["myocardium"]
    package = export_package(run, [DataRecord.of(phantoms)], tmp_path / "package")
    probability = predict_scar(image, a_case.masks["cavity"], wall, package, "cpu").probability[wall]
    # A threshold in the midst of what random weights say, so that the masks are neither empty nor full.
    run = replace(run, thresholds=run.thresholds | {"infarct": float(np.median(probability))})
    export_package(run, [DataRecord.of(phantoms)], tmp_path / "package")
    expected = run.task.predict(run.network, a_case, run.thresholds)
    request = LVRequest(
        scar_model=str(tmp_path / "package"),
        device="cpu",
        minimum_component_mm2=0,
        propose_mvo=False,
        rv_insertion_ras=(0.0, 0.0, 0.0),
    )
    found = run_lv(image, request, myocardium=heart).segmentation.array
    scar = np.isin(found, (SCAR, MVO))
    assert 0.4 < expected["scar"].sum() / wall.sum() < 0.6
    np.testing.assert_array_equal(scar, expected["scar"])


def test_mvo_that_the_network_does_not_tell_is_proposed_by_the_rule(a_case, phantoms, tmp_path, monkeypatch):
    # The "network" calls everything scar but for a spot of the wall that scar surrounds.
    package = export_package(a_run(tmp_path, "masked_scar"), [DataRecord.of(phantoms)], tmp_path / "package")
    spot = next(zip(*np.nonzero(ndimage.binary_erosion(a_case.masks["myocardium"], np.ones((1, 5, 5)))), strict=True))
    monkeypatch.setattr(lv_scar, "network_of", lambda *_: lambda batch: torch.full_like(batch, 9.0))
    found = lv_scar.predict_scar
    image, heart = as_study(a_case)

    def with_a_core(*arguments):
        prediction = found(*arguments)
        prediction.infarct[spot] = False
        return prediction

    monkeypatch.setattr(lv_scar, "predict_scar", with_a_core)
    request = LVRequest(scar_model=str(package.folder), device="cpu", rv_insertion_ras=(0.0, 0.0, 0.0))
    assert run_lv(image, request, myocardium=heart).segmentation.array[spot] == MVO


def test_the_manifest_says_what_repeats_the_run_and_whence_the_data_came(phantoms, tmp_path):
    export_package(a_run(tmp_path, "masked_scar", seed=3), [DataRecord.of(phantoms)], tmp_path / "package")
    manifest = open_package(tmp_path / "package").manifest
    assert (manifest.name, manifest.task, manifest.network) == ("masked_scar", "lv_scar", "attention_unet")
    assert manifest.recipe["command"] == "scarseg-train run small_masked_scar --out RUN --seed 3"
    assert manifest.recipe["seed"] == 3
    assert manifest.preprocessing == {"input_form": "masked_heart_crop", "crop_size": 64, "heart_margin": 1.1}
    assert (manifest.licence, manifest.notice) == ("Apache-2.0", "")
    assert manifest.training_data == "ScarSeg's own 2 LV phantoms (first_seed=7) alone"
    # Phantoms are no patients.
    assert manifest.training_cases == ()


def test_the_strictest_licence_binds_and_an_unknown_one_is_said(phantoms):
    ours = DataRecord.of(phantoms)
    theirs = replace(ours, name="EMIDEC", patients=True, licence="CC-BY-NC-SA-4.0", notice="not for sale")
    nameless = replace(ours, name="heaven", patients=True, licence="unknown")
    assert licence_of([ours, theirs]) == "CC-BY-NC-SA-4.0"
    assert licence_of([ours]) == "Apache-2.0"
    assert notice_of([ours, theirs, nameless]).startswith("not for sale; the licence of the training data heaven")
    assert training_sentence([theirs, ours]) == "EMIDEC; ScarSeg's own 2 LV phantoms (first_seed=7)"


def test_an_export_without_its_data_is_refused(tmp_path):
    run = replace(a_run(tmp_path, "masked_scar"), split=Split(("Case_P1", "phantom_7"), ()))
    with pytest.raises(ScarSegError, match=r"learnt from Case_P1, but no data were given: give with --data"):
        data_of_run(run, None)
    assert [each.name for each in data_of_run(a_run(tmp_path, "masked_scar"), None)] == ["2 LV phantoms (first_seed=7)"]


def test_an_export_names_only_what_was_learnt_from(phantoms, tmp_path):
    run = a_run(tmp_path, "masked_scar")
    theirs = replace(phantoms, name="EMIDEC", folder=tmp_path, entries=(CaseEntry("Case_P1", "P1"),))
    with pytest.raises(ScarSegError, match=r"learnt from phantom_\d+.*, but they are not in EMIDEC"):
        data_of_run(run, theirs)
    on_theirs = replace(run, split=Split(("Case_P1",), ()))
    assert [each.name for each in data_of_run(on_theirs, theirs)] == ["EMIDEC"]
    mixed = replace(on_theirs, config=replace(run.config, real_share=0.8))
    assert [each.name for each in data_of_run(mixed, theirs)] == ["EMIDEC", "2 LV phantoms (first_seed=7)"]


def test_a_run_names_its_data_itself_and_takes_only_a_newer_licence_of_the_same(phantoms, tmp_path):
    theirs = replace(phantoms, name="clinic", folder=tmp_path, phantoms=None, licence="unknown")
    ours = DataRecord.of(phantoms)
    run = replace(a_run(tmp_path, "masked_scar"), data=(DataRecord.of(theirs), ours))
    package = export_package(run, data_of_run(run, None), tmp_path / "package")
    assert package.manifest.training_data == "clinic; ScarSeg's own 2 LV phantoms (first_seed=7)"
    assert package.manifest.training_cases == ("phantom_7",)
    assert "the licence of the training data clinic is not known" in package.manifest.notice
    cleared = replace(theirs, folder=tmp_path / "moved", licence="CC-BY-4.0")
    assert [each.licence for each in data_of_run(run, cleared)] == ["CC-BY-4.0", "Apache-2.0"]
    with pytest.raises(
        ScarSegError, match=r"was started with other data \(clinic\) than are given now \(2 LV phantoms"
    ):
        data_of_run(run, phantoms)


@pytest.mark.real_data
def test_the_shipped_package_finds_in_a_real_study_what_its_task_predicts(shared_data):
    data = open_dataset(shared_data / "emidec_png")
    entry = next(entry for entry in data.of_split("train") if entry.case.startswith("Case_P"))
    case = data.read(entry)
    package = find_package("lv_scar_emidec")
    task = tasks.build("lv_scar")
    assert task.scar_input == ScarInput.from_manifest(package.manifest.preprocessing)
    image, _ = as_study(case)
    found = predict_scar(image, case.masks["cavity"], case.masks["myocardium"], package, "cpu")
    expected = task.predict(load_network(package, "cpu"), case, package.manifest.thresholds)
    np.testing.assert_array_equal(found.infarct, expected["scar"])
    np.testing.assert_array_equal(found.mvo, expected["mvo"])
    (scar, _mvo) = score_case(case, expected).structures
    assert scar.dice > 0.6
