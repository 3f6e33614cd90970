"""From a run to figures, comparisons and a package that the product runs: the commands, end to end."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file
from scarseg_training.app import app
from scarseg_training.config import RunConfig, StageConfig
from scarseg_training.datasets.dataset import open_dataset
from scarseg_training.datasets.splits import Split
from scarseg_training.evaluation.of_run import Part, entries_to_judge
from scarseg_training.loop import train
from scarseg_training.run import open_run
from scarseg_training.run_cases import cases_of_run
from typer.testing import CliRunner

from ScarSegLogic.cli.app import app as product
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.package import open_package
from ScarSegLogic.resources import RESOURCES_FOLDER

LEARNT = "phantoms:lv:4:first_seed=600"
UNSEEN = "phantoms:lv:3:first_seed=700"


@pytest.fixture(scope="module")
def a_run(tmp_path_factory):
    """Folder of a tiny run on four phantoms."""
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
    config = RunConfig(recipe="small_tiny", stages=(stage,), phantoms=LEARNT, needs_data=False, seed=4)
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    train(config, cases_of_run(config), folder, report=lambda _: None)
    return folder


def invoke(application, *arguments):
    result = CliRunner().invoke(application, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_run_is_judged_compared_and_exported_for_the_product(a_run, tmp_path, monkeypatch):
    monkeypatch.setenv("SCARSEG_LOG_DIR", str(tmp_path / "log"))
    said = invoke(app, "evaluate", a_run, "--data", UNSEEN, "--out", tmp_path / "one")
    assert "## scar" in said
    document = json.loads((tmp_path / "one" / "evaluation.json").read_text(encoding="utf-8"))
    assert document["method"]["name"] == "small_tiny"
    assert document["method"]["command"] == f"scarseg-train evaluate RUN --data {UNSEEN} --out OUT"
    assert document["method"]["trained"] == "scarseg-train run small_tiny --out RUN --seed 4"
    assert document["structures"]["scar"]["agreement"]["patients"] == 3
    assert {path.name for path in (tmp_path / "one").iterdir()} >= {"patients.csv", "slices.csv", "agreement_scar.png"}

    # The same figures under another name are no better and no worse.
    other = tmp_path / "other"
    other.mkdir()
    for path in (tmp_path / "one").iterdir():
        (other / path.name).write_bytes(path.read_bytes().replace(b'"small_tiny"', b'"other"'))
    said = invoke(app, "compare", tmp_path / "one", other, "--out", tmp_path / "compared")
    assert "| other | small_tiny | all |" in said
    row = json.loads((tmp_path / "compared" / "comparison.json").read_text(encoding="utf-8"))["comparisons"][0]
    assert row["difference"]["estimate"] == 0

    invoke(app, "export", a_run, "--out", tmp_path / "package", "--judged", tmp_path / "one")
    with pytest.raises(ScarSegError, match="the evaluation is of other, seed 4, the run tiny is small_tiny, seed 4"):
        invoke(app, "export", a_run, "--out", tmp_path / "wrong", "--judged", other)
    metrics = open_package(tmp_path / "package").manifest.metrics
    assert metrics["measured_on"] == "3 test cases of 3 LV phantoms (first_seed=700); mean [95 % bootstrap interval]"
    assert metrics["scar_dice"].endswith(f"n = {document['structures']['scar']['cases']}")
    study = RESOURCES_FOLDER / "SampleData" / "LVPhantomSmallInfarct.nrrd"
    result = tmp_path / "result"
    invoke(product, "lv", study, "--model", tmp_path / "package", "--device", "cpu", "--out", result)
    models = json.loads((result / "result.json").read_text(encoding="utf-8"))["models"]
    assert [model["name"] for model in models] == ["lv_anatomy_emidec", "tiny"]


def test_a_run_is_not_judged_on_what_it_learnt_from(a_run):
    run, data = open_run(a_run), open_dataset(LEARNT)
    with pytest.raises(ScarSegError, match=r"learnt from phantom_60\d.*: its figures on them would say nothing"):
        entries_to_judge(run, data, Part.ALL)
    assert {entry.case for entry in entries_to_judge(run, data, Part.VALIDATION)} == set(run.split.validation)
    with pytest.raises(
        ScarSegError, match=r"4 LV phantoms \(first_seed=600\) has no test cases for the run tiny, whose split keeps 0"
    ):
        entries_to_judge(run, data, Part.TEST)


def test_another_case_of_a_patient_who_was_learnt_from_is_refused(a_run):
    run = open_run(a_run)
    data = open_dataset(LEARNT)
    learnt, *rest = (entry for entry in data.entries if entry.case in run.split.train)
    again = replace(rest[0], case="second visit", patient=learnt.patient)
    run = replace(run, split=Split((learnt.case,), (), ("second visit",)))
    with pytest.raises(ScarSegError, match="learnt from second visit"):
        entries_to_judge(run, replace(data, entries=(learnt, again)), Part.TEST)


def test_a_part_that_there_is_none_of_is_refused(a_run, tmp_path):
    with pytest.raises(ScarSegError, match="--on is 'train': expected test, validation, all"):
        invoke(app, "evaluate", a_run, "--data", UNSEEN, "--out", tmp_path, "--on", "train")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("stages/only.safetensors", b"half a fi", r"the weights .* are damaged \(.*\): train the run again elsewhere"),
        ("stages/only.json", b"{}", r"is damaged: split.json or the outcome of stage 'only' lacks 'thresholds'"),
        ("split.json", b"{}", r"is damaged: split.json or the outcome of stage 'only' lacks 'train'"),
        ("config.json", b"[]", r"config.json holds list, expected a JSON object: start the run anew elsewhere"),
    ],
)
def test_a_damaged_run_is_refused_in_a_sentence(a_run, tmp_path, name, content, sentence):
    shutil.copytree(a_run, tmp_path / "cut")
    (tmp_path / "cut" / name).write_bytes(content)
    with pytest.raises(ScarSegError, match=sentence):
        open_run(tmp_path / "cut")


def test_weights_of_another_network_are_refused(a_run, tmp_path):
    shutil.copytree(a_run, tmp_path / "cut")
    save_file({"odd": np.zeros(2, np.float32)}, tmp_path / "cut" / "stages" / "only.safetensors")
    with pytest.raises(ScarSegError, match=r"do not fit the network attention_unet of the run's config"):
        open_run(tmp_path / "cut")


def test_phantoms_that_were_mixed_in_are_not_judged_on(a_run):
    run = open_run(a_run)
    config = replace(run.config, phantoms=UNSEEN, real_share=0.8)
    with pytest.raises(ScarSegError, match=r"learnt from phantom_700, phantom_701, phantom_702"):
        entries_to_judge(replace(run, config=config), open_dataset(UNSEEN), Part.TEST)
