"""Studies: what they name exists, they resume, and they report what came out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from scarseg_training import studies as registry
from scarseg_training.config import RunConfig, StageConfig
from scarseg_training.datasets.dataset import open_dataset
from scarseg_training.recipes import recipes
from scarseg_training.stage_start import check_stages
from scarseg_training.studies import study as study_module
from scarseg_training.studies.box_errors import BoxError
from scarseg_training.studies.case_memory import remembered
from scarseg_training.studies.report import write_report
from scarseg_training.studies.results import write_results
from scarseg_training.studies.runner import finished_runs, run_study, study_runs
from scarseg_training.studies.study import Arm, Study

from ScarSegLogic.errors import ScarSegError

TINY_STUDY = Study(
    "tiny",
    "Tiny networks",
    "Does a study run?",
    (Arm("plain", "tiny"), Arm("noisy", "tiny", task={"augmented": False}, label_noise=0.5)),
    {"noisy": "plain"},
    trained_on="phantoms:lv:4:first_seed=300",
    judged_on="phantoms:lv:3:first_seed=400",
)


@pytest.mark.parametrize("name", registry.studies())
def test_every_arm_is_a_recipe_whose_changes_it_takes(name):
    study = registry.study_named(name)
    names = [arm.name for arm in study.arms]
    assert len(set(names)) == len(names)
    assert {arm.recipe for arm in study.arms} <= set(recipes())
    for arm in study.arms:
        check_stages(arm.config(seed=1))
    if study.conditions is None:
        assert {*study.baselines, *study.baselines.values()} <= set(names)


def test_arms_that_are_compared_have_the_same_number_of_updates():
    def updates(arm):
        return [(stage.epochs, stage.samples_per_epoch, stage.batch_size) for stage in arm.config(0).stages]

    for name in ("curriculum_phantoms", "curriculum_emidec", "soft_labels", "scarsegnet"):
        study = registry.study_named(name)
        arms = {arm.name: arm for arm in study.arms}
        for method, baseline in study.baselines.items():
            assert updates(arms[method]) == updates(arms[baseline])


def test_judged_phantoms_are_no_phantoms_that_are_learnt_from():
    for study in registry.studies().values():
        if study.judged_on is not None:
            learnt, judged = (
                {entry.case for entry in open_dataset(name).entries} for name in (study.trained_on, study.judged_on)
            )
            assert not learnt & judged


def test_an_unknown_study_and_missing_data_are_refused(tmp_path):
    with pytest.raises(ScarSegError, match=r"unknown study 'what': expected one of curriculum_phantoms, .*or report"):
        registry.study_named("what")
    study = registry.study_named("la_cavity")
    with pytest.raises(
        ScarSegError, match=r"the study la_cavity needs data: give the folder of la2018, .* with --data"
    ):
        run_study(study_runs(study, tmp_path, 1, None), report=lambda _: None)


@pytest.fixture
def the_tiny_study(monkeypatch):
    stage = StageConfig(
        name="only",
        task="masked_scar",
        task_config={"crop_size": 32},
        network="attention_unet",
        network_config={"widths": (4, 8)},
        epochs=1,
        samples_per_epoch=16,
        batch_size=8,
        learning_rate=1e-3,
    )
    config = RunConfig(recipe="tiny", stages=(stage,), needs_data=False)
    monkeypatch.setattr(study_module, "recipe_named", lambda _name: config)
    monkeypatch.setattr(registry, "studies", lambda: {"tiny": TINY_STUDY})
    monkeypatch.setattr("scarseg_training.studies.report.studies", lambda: {"tiny": TINY_STUDY})
    return TINY_STUDY


def test_a_study_trains_judges_compares_and_does_not_do_it_twice(the_tiny_study, tmp_path):
    said = []
    runs = study_runs(the_tiny_study, tmp_path / "studies", 1, None)
    run_study(runs, report=said.append)
    assert said[0] == "0 of 2 runs are finished"
    assert [run.evaluations()[0].method.name for run in runs] == ["plain", "noisy"]

    # Half of a study: one run is judged anew from its finished training, the other stays as it is.
    kept = (runs[0].folder / "judged.json").stat().st_mtime_ns
    (runs[1].folder / "judged.json").unlink()
    shutil.rmtree(runs[1].folder / "evaluation")
    run_study(runs, report=said.append)
    assert said[3] == "1 of 2 runs are finished"
    assert (runs[0].folder / "judged.json").stat().st_mtime_ns == kept
    assert finished_runs(the_tiny_study, tmp_path / "studies") == runs

    evaluations = [each for run in runs for each in run.evaluations()]
    assert {score.case for score in evaluations[0].structures} == {"phantom_400", "phantom_401", "phantom_402"}
    section = write_results(the_tiny_study, evaluations, tmp_path / "results", command="repeat me")
    assert "Does a study run? Made by `repeat me`." in section
    assert "| noisy | plain | all |" in section
    document = json.loads((tmp_path / "results" / "results.json").read_text(encoding="utf-8"))
    assert document["seeds"] == {"plain": [0], "noisy": [0]}
    assert document["arms"]["plain"]["scar"]["agreement"]["patients"] == 3

    assert write_report(tmp_path / "studies", tmp_path / "docs" / "results.md") == ("tiny",)
    page = (tmp_path / "docs" / "results" / "tiny.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {the_tiny_study.title}\n")
    assert "scarseg-train study tiny --out STUDIES --seeds 1" in page
    assert "(../images/results-tiny-scar.png)" in page
    assert (tmp_path / "docs" / "images" / "results-tiny-scar.png").exists()

    assert write_report(tmp_path / "no studies", tmp_path / "docs" / "results.md") == ()
    assert (tmp_path / "docs" / "results" / "tiny.md").read_text(encoding="utf-8") == page
    index = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    assert f"- [{the_tiny_study.title}](results/tiny.md)" in index


def test_cases_are_read_once_whatever_the_number_of_runs():
    first = remembered(open_dataset("phantoms:lv:1:first_seed=500"))
    again = remembered(open_dataset("phantoms:lv:1:first_seed=500"))
    assert next(first.read_all()) is next(again.read_all())
    other = replace(again, entries=(replace(again.entries[0], tier=2),))
    assert next(other.read_all()) is not next(first.read_all())


def test_shifted_boxes_keep_their_size_and_move_by_the_distance():
    boxes = [np.array([[100, 100, 130, 120], [60, 70, 80, 90]], np.float32), np.zeros((0, 4), np.float32)]
    moved, none = BoxError("shift", 10.0).apply(boxes, 128 * 4, np.random.default_rng(0))
    # 10 pixels of 256 are 20 pixels of 512.
    steps = moved[:, :2] - boxes[0][:, :2]
    np.testing.assert_allclose(np.hypot(*steps.T), 20.0, rtol=1e-5)
    np.testing.assert_allclose(moved[:, 2:] - moved[:, :2], boxes[0][:, 2:] - boxes[0][:, :2], rtol=1e-5)
    assert none.shape == (0, 4)


def test_boxes_are_dropped_and_invented_as_often_as_said():
    generator = np.random.default_rng(0)
    boxes = [np.tile(np.array([[10, 10, 30, 30]], np.float32), (5, 1)) for _ in range(400)]
    dropped = BoxError("drop", 0.25).apply(boxes, 256, generator)
    assert sum(map(len, dropped)) == pytest.approx(0.75 * 2000, rel=0.05)
    invented = BoxError("invent", 0.5).apply(boxes, 256, generator)
    assert sum(map(len, invented)) == pytest.approx(2000 + 0.5 * 400, rel=0.03)
    new = np.concatenate([own[5:] for own in invented])
    assert new.min() >= 0
    assert new.max() <= 256
    assert (new[:, 2:] > new[:, :2]).all()
