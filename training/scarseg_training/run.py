"""A run that was trained, opened again: for evaluation, export and the next study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from scarseg_training.config import RunConfig, StageConfig, config_of_document
from scarseg_training.data_record import DataRecord, records_of
from scarseg_training.datasets.splits import Split
from scarseg_training.run_folder import CONFIG_NAME, SPLIT_NAME, RunFolder, read_document
from scarseg_training.stage_start import build_network, build_task
from scarseg_training.tasks import Task
from ScarSegLogic.errors import ScarSegError


@dataclass(frozen=True, eq=False)
class Run:
    """A stage of a run with its best weights.

    Attributes:
        folder: Of the run.
        config: Resolved.
        stage: Whose network this is.
        task: How it learnt, and how it predicts.
        network: On the CPU, in evaluation mode.
        thresholds: Decision thresholds by output, chosen on validation cases.
        split: Names of the data's cases; test cases were never read.
        best_epoch: From which the weights are, counting from 1.
        data: What it learnt from; empty where the run is older than this record.
    """

    folder: Path
    config: RunConfig
    stage: StageConfig
    task: Task
    network: nn.Module
    thresholds: dict[str, float]
    split: Split
    best_epoch: int
    data: tuple[DataRecord, ...] = ()


def open_run(folder: Path, stage: str | None = None) -> Run:
    """Open a run folder.

    Args:
        folder: The ``--out`` of a run.
        stage: A finished stage by name; the last one by default.

    Raises:
        ScarSegError: It is no run, has no such stage, the stage is not finished, or a file is damaged.
    """
    config = config_of_document(read_document(folder, CONFIG_NAME))
    chosen = config.stages[-1] if stage is None else config.stage_named(stage)
    files = RunFolder(folder)
    outcome = files.outcome(chosen.name)
    if outcome is None:
        raise ScarSegError(f"stage '{chosen.name}' of {folder} is not finished: continue the run with --resume")
    network = build_network(chosen)
    try:
        network.load_state_dict(files.weights(chosen.name))
    except RuntimeError:
        raise ScarSegError(
            f"the weights {files.weights_path(chosen.name)} do not fit the network {chosen.network} of the run's "
            "config: they are of another run, train this one again elsewhere"
        ) from None
    parts = read_document(folder, SPLIT_NAME)
    try:
        split = Split(*(tuple(parts[name]) for name in ("train", "validation", "test")))
        thresholds, best_epoch = outcome["thresholds"], outcome["best_epoch"]
    except KeyError as error:
        raise ScarSegError(
            f"{folder} is damaged: {SPLIT_NAME} or the outcome of stage '{chosen.name}' lacks {error}: train the run "
            "again elsewhere"
        ) from None
    return Run(
        folder, config, chosen, build_task(chosen), network.eval(), thresholds, split, best_epoch, records_of(parts)
    )
