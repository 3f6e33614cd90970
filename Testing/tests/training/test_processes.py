"""Real processes: killed for good, or two that share every batch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from scarseg_training.run import open_run

from Testing.tests.training import tiny_runs

PROGRAM = Path(tiny_runs.__file__)
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(PROGRAM.parents[3])}


def losses(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


def train_in_two_processes(kind: str, folder: Path) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    shared = subprocess.run([*launcher, PROGRAM, kind, folder], env=ENVIRONMENT, capture_output=True, text=True)
    assert shared.returncode == 0, shared.stderr


@pytest.mark.slow
def test_a_run_killed_for_good_in_the_middle_of_an_epoch_resumes_exactly(tmp_path):
    killed = subprocess.run(
        [sys.executable, PROGRAM, "scar", tmp_path / "killed", "4"], env=ENVIRONMENT, capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert losses(tmp_path / "killed") == losses(tmp_path / "killed")[:1]
    tiny_runs.main("scar", str(tmp_path / "killed"))
    tiny_runs.main("scar", str(tmp_path / "whole"))
    resumed, whole = (open_run(tmp_path / name).network.state_dict() for name in ("killed", "whole"))
    assert all(torch.equal(resumed[name], tensor) for name, tensor in whole.items())
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")


@pytest.mark.slow
def test_two_processes_learn_as_one_does(tmp_path):
    train_in_two_processes("volume", tmp_path / "two")
    tiny_runs.main("volume", str(tmp_path / "one"))
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)
    two, one = (open_run(tmp_path / name).network.state_dict() for name in ("two", "one"))
    # Adam turns rounding of vanishing gradients into whole steps, so single weights may differ; all of them do not.
    apart, size = (
        sum(tensor.double().square().sum() for tensor in each) ** 0.5
        for each in ([two[name] - tensor for name, tensor in one.items()], one.values())
    )
    assert apart < 2e-4 * size


@pytest.mark.slow
def test_two_processes_pass_through_stages_and_spikes_as_one_does(tmp_path):
    train_in_two_processes("scar", tmp_path / "two")
    tiny_runs.main("scar", str(tmp_path / "one"))
    # Dice and the statistics of normalisations are those of a process's part of the batch: alike, not the same.
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=0.01)
    stages = [
        [json.loads(line)["stage"] for line in (tmp_path / each / "spikes.jsonl").open()] for each in ("one", "two")
    ]
    assert set(stages[0]) == set(stages[1]) == {"first"}
    assert open_run(tmp_path / "two").stage.name == "second"
