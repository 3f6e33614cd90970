"""The network with which a stage starts, and what can be known to go wrong with it before the first epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from scarseg_training import schedules, tasks
from scarseg_training.config import RunConfig, StageConfig
from scarseg_training.progressive import ProgressiveTraining
from scarseg_training.tasks import Task
from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.sam.checkpoints import pixel_values_of

if TYPE_CHECKING:
    from scarseg_training.run_folder import RunFolder

OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def build_task(stage: StageConfig) -> Task:
    """The task of a stage."""
    return tasks.build(stage.task, **stage.task_config)


def build_network(stage: StageConfig) -> nn.Module:
    """The network of a stage with random weights from torch's global generator."""
    return networks.build(stage.network, **stage.network_config)


def starting_network(stage: StageConfig, folder: RunFolder, seed: int) -> nn.Module:
    """The network of a stage as it is before the first update.

    Args:
        stage: Says where its weights come from.
        folder: Holds the weights of earlier stages.
        seed: Of everything that is not inherited.
    """
    torch.manual_seed(seed)
    network = build_network(stage)
    if stage.initial_weights is not None:
        load_published(stage, network)
    if stage.starts_from is not None:
        inherited = ProgressiveTraining.of(stage).inherited(network.state_dict(), folder.weights(stage.starts_from))
        network.load_state_dict(inherited)
    return network


def with_weights(stage: StageConfig, path: Path) -> StageConfig:
    """A stage that starts from published weights, and shows Segment Anything its input as these weights want it."""
    task_config = stage.task_config
    if hasattr(build_task(stage), "pixel_values"):
        task_config = {**task_config, "pixel_values": pixel_values_of(path)}
    return dataclasses.replace(stage, initial_weights=str(path), task_config=task_config)


def load_published(stage: StageConfig, network: nn.Module) -> None:
    """Initialise a network from the user's weight file.

    Raises:
        ScarSegError: It is not there or damaged, or the network has no such layout.
    """
    if not Path(stage.initial_weights).is_file():
        raise ScarSegError(f"the weights {stage.initial_weights} are not there: give the file you downloaded")
    # A network's module, or the package above it, offers `load_published` where weights were published.
    module = import_module(type(network).__module__)
    if not hasattr(module, "load_published"):
        raise ScarSegError(f"no published weights are known for the network '{stage.network}': leave --weights out")
    module.load_published(network, Path(stage.initial_weights))


def build_optimizer(stage: StageConfig, network: nn.Module) -> torch.optim.Optimizer:
    """The optimiser of a stage; frozen parameters are not in it. Raises ScarSegError for an unknown name."""
    if stage.optimizer not in OPTIMIZERS:
        raise ScarSegError(f"unknown optimizer '{stage.optimizer}': expected one of {', '.join(OPTIMIZERS)}")
    groups = ProgressiveTraining.of(stage).parameter_groups(network, stage.learning_rate)
    return OPTIMIZERS[stage.optimizer](groups, lr=stage.learning_rate, weight_decay=stage.weight_decay, fused=True)


def check_stages(config: RunConfig) -> list[Task]:
    """Everything about the stages that can be wrong before data are read; returns their tasks.

    Networks are built without memory for their weights, so this is quick for the largest too; only published weights
    are read in earnest.

    Raises:
        ScarSegError: Names that are not unique or unknown, configs that fit nothing, weights that cannot be inherited
            or read.
    """
    names = [stage.name for stage in config.stages]
    if not names or len(set(names)) < len(names):
        raise ScarSegError(f"the stages of {config.recipe} are named {names}: expected at least one, each name once")
    shapes: dict[str, Mapping[str, Tensor]] = {}
    if config.stages[0].reintroduce_spikes:
        raise ScarSegError(f"the first stage of {config.recipe} cannot draw what spiked before it")
    for stage in config.stages:
        if stage.epochs < 1 or stage.batch_size < 1:
            raise ScarSegError(f"stage '{stage.name}' has {stage.epochs} epochs of batches of {stage.batch_size}")
        if config.real_share is not None and stage.samples_per_epoch is None:
            raise ScarSegError(f"stage '{stage.name}' mixes phantoms in by share: give it samples_per_epoch")
        with torch.device("meta"):
            network = build_network(stage)
        if stage.starts_from is not None:
            if stage.starts_from not in shapes:
                raise ScarSegError(f"stage '{stage.name}' starts from '{stage.starts_from}', which is no earlier stage")
            ProgressiveTraining.of(stage).inherited(network.state_dict(), shapes[stage.starts_from])
        if stage.initial_weights is not None:
            # Tried at once: the stage may begin days after the run.
            load_published(stage, build_network(stage))
        schedules.build(stage.schedule, build_optimizer(stage, network), stage.epochs, 1, **stage.schedule_config)
        shapes[stage.name] = network.state_dict()
    return [build_task(stage) for stage in config.stages]
