"""The training loop, readable from top to bottom."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import torch
from lightning.fabric import Fabric
from torch import nn

from scarseg_training.recipes import RunConfig
from scarseg_training.samples import SliceSamples
from scarseg_training.tasks import TASKS
from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError

CHECKPOINT_NAME = "last.ckpt"
RUN_SCHEMA_VERSION = 1
"""Of ``config.json`` and of each line of ``metrics.jsonl``."""
GRADIENT_CLIP_NORM = 1.0
VALIDATE_EVERY_EPOCHS = 5


def train(
    config: RunConfig,
    training: SliceSamples,
    validation: SliceSamples,
    folder: Path,
    *,
    resume: bool = False,
    report: Callable[[str], None] = print,
) -> nn.Module:
    """Train one run and return its averaged network.

    The folder gets ``config.json``, ``metrics.jsonl`` and, after each epoch, a checkpoint. Every epoch seeds its own
    generator, so a resumed run draws what the uninterrupted one would have drawn.

    Args:
        config: The run, resolved.
        training, validation: What to learn from, and what to judge on.
        folder: The run folder.
        resume: Continue the run in the folder.
        report: Told a line an epoch.

    Raises:
        ScarSegError: The loss is not finite, or a resume finds another config.
    """
    task = TASKS[config.task]
    fabric = Fabric(accelerator="auto", devices=1, precision=config.precision)
    # Denormal numbers in young moments slow a CPU down many times.
    torch.set_flush_denormal(True)
    fabric.seed_everything(config.seed, verbose=False)
    network = networks.build(config.task, **config.network_config)
    averaged = copy.deepcopy(network).eval().to(fabric.device)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    network, optimizer = fabric.setup(network, optimizer)
    steps_per_epoch = math.ceil(config.samples_per_epoch / config.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=config.epochs * steps_per_epoch, pct_start=0.1
    )
    state = {"network": network, "averaged": averaged, "optimizer": optimizer, "schedule": schedule, "epoch": 0}
    _open_run(config, folder, resume=resume)
    if resume and (folder / CHECKPOINT_NAME).exists():
        fabric.load(folder / CHECKPOINT_NAME, state)

    weights = _draw_weights(config, training)
    for epoch in range(state["epoch"], config.epochs):
        started = perf_counter()
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + epoch)
        draws = torch.multinomial(weights, config.samples_per_epoch, replacement=True, generator=generator)
        network.train()
        losses = []
        for rows in draws.split(config.batch_size):
            batch = training.rows(rows.tolist())
            with fabric.autocast():
                loss = task.loss(network, batch, config.framing, generator)
            if not torch.isfinite(loss):
                raise ScarSegError(f"the loss is not finite in epoch {epoch} on {sorted(set(batch.cases))}")
            optimizer.zero_grad()
            fabric.backward(loss)
            fabric.clip_gradients(network, optimizer, max_norm=GRADIENT_CLIP_NORM)
            optimizer.step()
            schedule.step()
            _average(averaged, network, config.ema_decay)
            losses.append(loss.item())

        state["epoch"] = epoch + 1
        figures = {"epoch": epoch + 1, "loss": sum(losses) / len(losses), "elapsed_s": perf_counter() - started}
        if state["epoch"] % VALIDATE_EVERY_EPOCHS == 0 or state["epoch"] == config.epochs:
            with torch.inference_mode():
                figures |= task.validate(averaged, validation, config.framing)
        _record(figures, folder, report)
        fabric.save(folder / f"{CHECKPOINT_NAME}.new", state)
        (folder / f"{CHECKPOINT_NAME}.new").replace(folder / CHECKPOINT_NAME)
    return averaged


def _open_run(config: RunConfig, folder: Path, *, resume: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    resolved = json.loads(json.dumps({"schema_version": RUN_SCHEMA_VERSION} | dataclasses.asdict(config)))
    path = folder / "config.json"
    if resume and path.exists() and json.loads(path.read_text(encoding="utf-8")) != resolved:
        raise ScarSegError(f"{folder} was started with another config: choose another folder or repeat its options")
    if not resume and (folder / CHECKPOINT_NAME).exists():
        raise ScarSegError(f"{folder} already holds a run: continue it with --resume or choose another folder")
    path.write_text(json.dumps(resolved, indent=2) + "\n", encoding="utf-8")


def _draw_weights(config: RunConfig, training: SliceSamples) -> torch.Tensor:
    """Chance of each slice, so that EMIDEC slices make up their share of the draws."""
    real = torch.tensor([not case.startswith("phantom") for case in training.cases])
    if real.all() or not real.any():
        return torch.ones(len(training))
    return torch.where(real, config.emidec_share / real.sum(), (1 - config.emidec_share) / (~real).sum())


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, decay: float) -> None:
    for kept, current in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(current.to(kept.dtype), 1 - decay)
        else:
            kept.copy_(current)


def _record(figures: dict[str, float], folder: Path, report: Callable[[str], None]) -> None:
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"schema_version": RUN_SCHEMA_VERSION} | figures) + "\n")
    report("  ".join(f"{name} {value:.4g}" for name, value in figures.items()))
