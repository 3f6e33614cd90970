"""nnU-Net on a run's split: exported, and said in one sentence where it is not installed."""

from __future__ import annotations

import json

import pytest
from scarseg_training.nnunet import run_nnunet
from scarseg_training.recipes import recipe_named

from ScarSegLogic.errors import ScarSegError
from Testing.tests.training.tiny_runs import ring_case, run_cases


def test_without_nnunet_the_exported_dataset_stays_and_the_sentence_says_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    cases = run_cases([ring_case("a"), ring_case("bb")], [ring_case("ccc")])
    for resume in (False, True):  # the second time finds what the first exported
        with pytest.raises(ScarSegError, match=r"nnU-Net is not installed .* repeat with --resume"):
            run_nnunet(recipe_named("nnunet_baseline"), cases, tmp_path / "run", resume=resume, report=lambda _: None)
    (raw,) = (tmp_path / "run" / "nnUNet_raw").iterdir()
    assert json.loads((raw / "dataset.json").read_text())["numTraining"] == 3
    assert json.loads((raw / "splits_final.json").read_text()) == [{"train": ["a", "bb"], "val": ["ccc"]}]
