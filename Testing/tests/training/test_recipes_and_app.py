from __future__ import annotations

import dataclasses
import json
import sys

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")
from scarseg_training import recipes
from scarseg_training.app import main
from scarseg_training.export import OUTPUTS, export_package
from scarseg_training.recipes import FIRST_TRAINING_SEED, RECIPES, recipe_named

from ScarSegLogic.inference.lv_anatomy import find_insertion
from ScarSegLogic.inference.lv_scar import predict_scar
from ScarSegLogic.models.package import open_package, verify
from ScarSegLogic.models.requirements import require_task
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from Testing.tests.models.tiny_packages import random_network


@pytest.fixture
def scarseg_train(monkeypatch, capsys):
    """Run `scarseg-train`; returns exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["scarseg-train", *map(str, arguments)])
        with pytest.raises(SystemExit) as leaving:
            main()
        captured = capsys.readouterr()
        return leaving.value.code or 0, captured.out, captured.err

    return run


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_carries_its_own_name_a_docstring_and_a_known_task(name):
    config = recipe_named(name)
    assert config.recipe == name
    assert config.task in OUTPUTS
    assert RECIPES[name].__doc__
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 1


def test_each_task_has_a_recipe_with_emidec_and_one_with_phantoms_alone():
    configs = [recipe_named(name) for name in RECIPES]
    assert {(config.task, config.emidec) for config in configs} == {(task, use) for task in OUTPUTS for use in (0, 1)}


def test_training_phantoms_have_seeds_that_tests_do_not_use():
    assert FIRST_TRAINING_SEED >= 100_000


def test_recipes_are_listed_with_what_they_learn_from(scarseg_train):
    code, out, _ = scarseg_train("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(RECIPES)
    assert "EMIDEC" in out


def test_an_unknown_recipe_is_one_sentence(scarseg_train, tmp_path):
    code, _, err = scarseg_train("run", "large", "--out", tmp_path / "run")
    assert code == 1
    assert err.startswith("scarseg-train: unknown recipe 'large': expected one of small_lv_anatomy_emidec,")
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


def test_a_recipe_with_emidec_asks_for_its_folder(scarseg_train, tmp_path):
    code, _, err = scarseg_train("run", "small_lv_scar_emidec", "--out", tmp_path / "run")
    assert code == 1
    assert "needs EMIDEC: give its folder of PNG slices with --data" in err


def test_no_epochs_are_no_run(scarseg_train, tmp_path):
    code, _, err = scarseg_train("run", "small_lv_scar_phantom", "--epochs", 0, "--out", tmp_path / "run")
    assert code == 2
    assert "epochs" in err


@pytest.fixture
def export(tiny_samples, make_config, tmp_path):
    """Export a random network of a task from a run on the tiny samples."""

    def write(task: str, **changes: object):
        config = make_config(task, **changes)
        training = tiny_samples.of_cases(["Case_P001", "phantom_1"])
        validation = tiny_samples.of_cases(["phantom_22"])
        return export_package(config, random_network(task), training, validation, tmp_path / "package")

    return write


def test_weights_from_emidec_carry_cases_licence_and_notice(export):
    name = "small_lv_scar_emidec"
    package = export("lv_scar", emidec=True, recipe=name, epochs=recipe_named(name).epochs)
    manifest = open_package(package.folder).manifest
    assert manifest.name == "lv_scar_emidec"
    assert manifest.training_cases == ("Case_P001",)
    assert manifest.licence == "CC-BY-NC-SA-4.0"
    assert "not for commercial use" in manifest.notice
    assert "Lalande" in manifest.notice
    assert "1.40625 mm" in manifest.training_data
    assert "25 %" in manifest.training_data
    assert manifest.recipe["command"] == f"scarseg-train run {name} --data EMIDEC_PNG --out RUN --seed 3"
    assert manifest.recipe["validation_cases"] == []
    assert manifest.labels == ("infarct", "mvo")


def test_weights_from_phantoms_alone_are_free(tiny_samples, make_config, tmp_path):
    samples = tiny_samples.of_cases(["phantom_1", "phantom_22"])
    config = make_config("lv_scar", recipe="small_lv_scar_phantom", epochs=7)
    manifest = export_package(config, random_network("lv_scar"), samples, samples, tmp_path).manifest
    assert (manifest.licence, manifest.notice, manifest.training_cases) == ("Apache-2.0", "", ())
    assert manifest.training_data == "ScarSeg LV phantoms alone"


def test_the_command_in_the_manifest_names_another_length_than_the_recipes(export):
    command = export("lv_scar", recipe="small_lv_scar_phantom", epochs=7).manifest.recipe["command"]
    assert command == "scarseg-train run small_lv_scar_phantom --out RUN --seed 3 --epochs 7"


@pytest.mark.parametrize("task", OUTPUTS)
def test_what_training_exports_is_what_inference_needs(export, task):
    package = open_package(export(task).folder)
    verify(package)
    require_task(package, task)
    phantom = make_lv_phantom(LVPhantomConfig(seed=2, matrix_size=96, observer_count=0, with_truth=False))
    cavity, wall = phantom.labels.array == 1, phantom.labels.array >= 2
    if task == "lv_scar":
        found = predict_scar(phantom.image, cavity, wall, package, "cpu")
        assert not (found.infarct & ~wall).any()
    else:
        point, reason = find_insertion(phantom.image, cavity, wall, package, "cpu")
        assert (point is None) == (reason is not None)


def test_a_run_from_the_command_line_leaves_a_package(scarseg_train, tmp_path, monkeypatch, make_config):
    config = make_config("lv_scar", recipe="tiny", phantoms=2, validation_every=2, epochs=1)
    monkeypatch.setitem(recipes.RECIPES, "tiny", lambda: config)
    folder = tmp_path / "my run"
    code, out, err = scarseg_train("run", "tiny", "--out", folder, "--seed", 5)
    assert code == 0, err
    assert f"model package: {folder / 'package'}" in out
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["seed"] == 5
    verify(open_package(folder / "package"))
    code, _, err = scarseg_train("run", "tiny", "--out", folder, "--seed", 5)
    assert (code, "already holds a run" in err) == (1, True)
