from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest
from scarseg_training import recipes
from scarseg_training.app import main
from scarseg_training.config import SplitConfig
from scarseg_training.data_record import DataRecord
from scarseg_training.datasets.dataset import open_dataset
from scarseg_training.recipes import recipe_named
from scarseg_training.repeat_command import run_command

from ScarSegLogic.models.package import open_package, verify
from Testing.tests.training.tiny_runs import tiny_config, tiny_stage

RECIPES = recipes.recipes()


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


@pytest.fixture
def tiny_recipe(monkeypatch):
    """A recipe `tiny` of three phantoms."""
    config = tiny_config(
        tiny_stage("lv_scar", epochs=3), phantoms="phantoms:lv:3", split=SplitConfig(fractions=(0.7, 0.3, 0.0))
    )
    monkeypatch.setattr(recipes, "recipes", lambda: {"tiny": lambda: config})


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_carries_its_name_a_docstring_a_source_and_a_cost(name):
    config = recipe_named(name)
    assert config.recipe == name
    assert RECIPES[name].__doc__
    assert config.source
    assert config.cost
    assert config.needs_data or config.phantoms
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 1


def test_every_recipe_is_listed_with_source_data_and_cost(scarseg_train):
    code, out, _ = scarseg_train("list")
    assert code == 0
    assert [line for line in out.splitlines() if not line.startswith(" ")] == list(RECIPES)
    facts = [line for line in out.splitlines() if line.startswith("    source: ")]
    assert len(facts) == len(RECIPES)
    assert all("; data: " in line and "; cost: " in line for line in facts)


def test_an_unknown_recipe_is_one_sentence(scarseg_train, tmp_path):
    code, _, err = scarseg_train("run", "large", "--out", tmp_path / "run")
    assert code == 1
    assert err.startswith("scarseg-train: unknown recipe 'large': expected one of small_lv_anatomy_emidec,")
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


def test_no_epochs_are_no_run(scarseg_train, tmp_path):
    code, _, err = scarseg_train("run", "small_lv_scar_phantom", "--epochs", 0, "--out", tmp_path / "run")
    assert code == 2
    assert "epochs" in err


@pytest.mark.usefixtures("tiny_recipe")
def test_a_fold_and_a_cohort_exclude_each_other(scarseg_train, tmp_path):
    code, _, err = scarseg_train("run", "tiny", "--out", tmp_path, "--fold", 0, "--cohort", "a")
    assert (code, "--fold cross-validates, --cohort leaves cohorts out: give one of them" in err) == (1, True)


@pytest.mark.parametrize(
    ("data", "changes", "options"),
    [
        (None, {}, "--out RUN --seed 2"),
        ("phantoms:lv:8:labels=observer", {}, "--data phantoms:lv:8:labels=observer --out RUN --seed 2"),
        (None, {"split": SplitConfig(kind="kfold", fold=3)}, "--out RUN --seed 2 --fold 3"),
        (None, {"split": SplitConfig(kind="leave_cohort_out", cohorts=("a b",))}, "--out RUN --seed 2 --cohort 'a b'"),
        (None, {"split": SplitConfig(kind="chronic_to_acute")}, "--out RUN --seed 2 --split chronic_to_acute"),
    ],
)
def test_the_command_that_repeats_a_run_names_every_option_that_is_not_the_recipes(data, changes, options):
    recipe = recipe_named("small_lv_scar_phantom")
    config = dataclasses.replace(recipe, seed=2, **changes)
    learnt_from = [DataRecord.of(open_dataset(data or recipe.phantoms))]
    assert run_command(config, learnt_from) == f"scarseg-train run small_lv_scar_phantom {options}"
    stages = tuple(dataclasses.replace(stage, epochs=1) for stage in config.stages)
    assert " --seed 2 --epochs 1" in run_command(dataclasses.replace(config, stages=stages), learnt_from)


@pytest.mark.usefixtures("tiny_recipe")
def test_a_run_leaves_a_package_that_the_product_opens(scarseg_train, tmp_path):
    folder: Path = tmp_path / "my run"
    code, out, err = scarseg_train("run", "tiny", "--out", folder, "--seed", 5, "--epochs", 1, "--fold", 1)
    assert code == 1
    assert "3 patients are too few" in err
    code, out, err = scarseg_train("run", "tiny", "--out", folder, "--seed", 5, "--epochs", 1)
    assert code == 0, err
    assert f"model package: {folder / 'package'}" in out
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["seed"], config["stages"][0]["epochs"]) == (5, 1)
    verify(open_package(folder / "package"))
    code, _, err = scarseg_train("run", "tiny", "--out", folder, "--seed", 5, "--epochs", 1)
    assert (code, "already holds a run" in err) == (1, True)
    code, _, err = scarseg_train("run", "tiny", "--out", folder, "--seed", 6, "--epochs", 1, "--resume")
    assert (code, "was started with another config" in err) == (1, True)
