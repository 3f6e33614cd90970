"""The training loop, readable from top to bottom: stages, epochs, updates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import nn

from scarseg_training import schedules
from scarseg_training.augmentation.draws import Draws
from scarseg_training.checkpoint import read_checkpoint, restore, save_checkpoint
from scarseg_training.config import RunConfig, StageConfig
from scarseg_training.curriculum import Curriculum
from scarseg_training.early_stopping import EarlyStopping
from scarseg_training.epoch_plan import Drawing, Step, chances_of, seed_of
from scarseg_training.finite_loss import LossWatch
from scarseg_training.learner import Learner
from scarseg_training.precision import precision_here
from scarseg_training.processes import open_fabric
from scarseg_training.progressive import ProgressiveTraining
from scarseg_training.run import Run, open_run
from scarseg_training.run_cases import RunCases
from scarseg_training.run_folder import RunFolder
from scarseg_training.run_log import RunLog
from scarseg_training.stage_samples import StageSamples, left_out_sentence, samples_of_stage
from scarseg_training.stage_start import build_optimizer, build_task, check_stages, starting_network
from scarseg_training.weight_average import WeightAverage

Track = Callable[[Iterable[Step], str], Iterable[Step]]
"""Passes the steps of an epoch on while it shows how many are done."""


def train(
    config: RunConfig,
    cases: RunCases,
    folder: Path,
    *,
    resume: bool = False,
    report: Callable[[str], None] = print,
    track: Track = lambda steps, _title: steps,
) -> Run:
    """Train every stage of a run and open the result.

    The folder gets ``config.json``, ``split.json``, ``metrics.jsonl``, ``tensorboard/``, ``stages/`` and, after each
    epoch, a checkpoint. All chance comes from (seed, stage, epoch), so a run that was killed and resumed draws what the
    uninterrupted one would have drawn; on a CPU its weights are the same bit for bit.

    Args:
        config: The run, resolved.
        cases: What to learn from, and what to judge on.
        folder: The run folder.
        resume: Continue the run in the folder, or start it where there is none.
        report: Told a line an epoch.
        track: Shows the progress within an epoch.

    Raises:
        ScarSegError: Config, data or folder do not fit (before the first epoch), the loss is not finite, or a
            checkpoint cannot be written.
    """
    for stage, task in zip(config.stages, check_stages(config), strict=True):
        cases.require(task.needs, stage.name)
    fabric = open_fabric(precision_here(config))
    # Denormal numbers in young moments slow a CPU down many times.
    torch.set_flush_denormal(True)
    files = RunFolder(folder)
    if fabric.is_global_zero:
        files.start(config, cases.split, cases.records, resume=resume)
    fabric.barrier()
    samples = None
    with closing(RunLog(folder, report if fabric.is_global_zero else _silence)) as log:
        for number, stage in enumerate(config.stages):
            if files.outcome(stage.name) is None:
                before, samples = samples, samples_of_stage(build_task(stage), cases, before=samples)
                if samples.left_out and (before is None or before.left_out != samples.left_out):
                    log.say(left_out_sentence(samples.left_out))
                _train_stage(_StageOfRun(config, number, fabric, files, log), samples, track)
    return open_run(folder)


@dataclass(frozen=True)
class _StageOfRun:
    config: RunConfig
    number: int
    fabric: Fabric
    files: RunFolder
    log: RunLog

    @property
    def stage(self) -> StageConfig:
        return self.config.stages[self.number]

    def seed_of(self, *numbers: int) -> int:
        return seed_of(self.config.seed, self.number, *numbers)


def _train_stage(run: _StageOfRun, samples: StageSamples, track: Track) -> None:
    """From the first update of a stage, or the one after its checkpoint, to its best weights."""
    stage, task, fabric = run.stage, samples.task, run.fabric
    training, validation = samples.on(fabric.device)
    network = starting_network(stage, run.files, run.seed_of()).to(fabric.device)
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        # A batch has one mean and SD, however many cards share it.
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
    averaged = WeightAverage(network, stage.ema_decay)
    learner, optimizer = fabric.setup(Learner(task, network, fabric), build_optimizer(stage, network))
    drawing = _drawing(run, samples)
    schedule = schedules.build(stage.schedule, optimizer, stage.epochs, drawing.steps, **stage.schedule_config)
    stopping = EarlyStopping(stage.patience, stage.min_delta)
    parts = {
        "network": network,
        "averaged": averaged,
        "optimizer": optimizer,
        "schedule": schedule,
        "stopping": stopping,
    }
    epoch = _resume(run, parts)
    run.log.say(f"stage {stage.name}: {len(training)} samples, {drawing.steps} updates an epoch")

    while epoch < stage.epochs and not stopping.stops:
        started = perf_counter()
        # For dropout alone; what happens to a sample comes from its own seed.
        torch.manual_seed(run.seed_of(epoch, fabric.global_rank))
        ProgressiveTraining.of(stage).train_mode(network)
        watch = LossWatch(stage.name, epoch + 1)
        steps = drawing.epoch(run.seed_of(epoch))
        for step in track(steps, f"{stage.name} {epoch + 1}/{stage.epochs}"):
            mine = step.share(fabric.global_rank, fabric.world_size)
            rows = training.rows(mine.rows)
            batch = task.batch(rows.to(fabric.device), Draws(mine.seeds))
            loss = learner(batch, epoch, stage.epochs) * mine.weight
            watch.add(loss, rows.cases)
            optimizer.zero_grad()
            fabric.backward(loss)
            if stage.gradient_clip_norm is not None:
                fabric.clip_gradients(learner, optimizer, max_norm=stage.gradient_clip_norm, error_if_nonfinite=False)
            optimizer.step()
            # Of this update: the schedule's next one is used in the next epoch, or never.
            learning_rate = schedule.get_last_lr()[0]
            schedule.step()
            averaged.update(network)

        epoch += 1
        figures = {"loss": fabric.all_reduce(watch.mean(network)).item(), "learning_rate": learning_rate}
        if epoch % stage.validate_every == 0 or epoch == stage.epochs:
            # One process judges, all of them learn what it found.
            figures |= fabric.broadcast(task.validate(averaged.network, validation) if fabric.is_global_zero else {})
            if stopping.improves(figures["score"], epoch) and fabric.is_global_zero:
                run.files.save_weights(stage.name, averaged.network.state_dict())
        if fabric.is_global_zero:
            run.log.epoch(stage.name, epoch, figures | {"elapsed_s": perf_counter() - started})
            save_checkpoint(run.files.path, parts, stage=stage.name, epoch=epoch)
        fabric.barrier()

    if fabric.is_global_zero:
        network.load_state_dict(run.files.weights(stage.name))
        _finish(run, network, samples, stopping)
    fabric.barrier()


def _drawing(run: _StageOfRun, samples: StageSamples) -> Drawing:
    """What the stage draws from: its tiers, what spiked in the stage before twice, real data by their share."""
    stage, training = run.stage, samples.training
    spikes = run.files.spikes(run.config.stages[run.number - 1].name) if stage.reintroduce_spikes else []
    rows = Curriculum.of(stage).rows(training, spikes)
    real = [training.cases[row] in samples.real_cases for row in rows]
    return Drawing(rows, stage.batch_size, stage.samples_per_epoch, chances_of(real, run.config.real_share))


def _resume(run: _StageOfRun, parts: dict[str, Any]) -> int:
    """Give the parts the state of the stage's checkpoint, where there is one; returns the epochs that are done."""
    checkpoint = read_checkpoint(run.files.path, run.fabric.device)
    if checkpoint is None or checkpoint["stage"] != run.stage.name:
        epoch = 0
    else:
        restore(checkpoint, parts)
        epoch = checkpoint["epoch"]
    if run.fabric.is_global_zero:
        run.log.rewind(run.stage.name, epoch)
    return epoch


def _finish(run: _StageOfRun, network: nn.Module, samples: StageSamples, stopping: EarlyStopping) -> None:
    """Choose thresholds with the stage's best weights, and log what spikes for the stage that draws it again."""
    task, stage = samples.task, run.stage
    following = run.config.stages[run.number + 1 : run.number + 2]
    if following and following[0].reintroduce_spikes:
        curriculum = Curriculum.of(following[0])
        seen = samples.training.rows(Curriculum.of(stage).rows(samples.training))
        spikes = curriculum.spikes(seen, task.sample_losses(network, seen))
        run.files.write_spikes(stage.name, spikes)
        run.log.say(f"{len(spikes)} of {len(seen)} samples spike at the end of stage {stage.name}")
    run.files.finish_stage(
        stage.name,
        {
            "best_epoch": stopping.best_epoch,
            "epochs": stopping.epoch,
            "score": stopping.best_score if math.isfinite(stopping.best_score) else None,
            "thresholds": task.thresholds(network, samples.validation),
        },
    )


def _silence(_line: str) -> None:
    pass
