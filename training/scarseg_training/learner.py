"""A task and its network as one module, whose output is the loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from scarseg_training.tasks import Progress, Task

ENTRY_POINTS = ("forward", "encode", "decode")
"""Methods of a network that compute; Segment Anything has the latter two."""


class Learner(nn.Module):
    """What processes share: they meet in one call a step, whatever the task calls on its network.

    The network computes in the run's precision; its answers and the loss are float32. Outside training mode the
    network computes in float32 as well, as inference does.
    """

    def __init__(self, task: Task, network: nn.Module, fabric: Fabric) -> None:
        super().__init__()
        self.task, self.network = task, network
        for name in ENTRY_POINTS:
            if hasattr(network, name):
                _compute_in_precision(network, name, fabric)

    def forward(self, batch: Mapping[str, Tensor], epoch: int, epochs: int) -> Tensor:
        """The mean loss of a batch; ``epoch`` of ``epochs`` is the progress of the stage."""
        # Fabric switches mixed precision on for everything in here; the losses' sums need float32.
        with torch.autocast(next(iter(batch.values())).device.type, enabled=False):
            return self.task.loss(self.network, batch, Progress(epoch, epochs))


def _compute_in_precision(network: nn.Module, name: str, fabric: Fabric) -> None:
    compute = getattr(network, name)

    def in_precision(*arguments: object, **options: object) -> Any:
        if not network.training:
            return compute(*arguments, **options)
        with fabric.autocast():
            answer = compute(*arguments, **options)
        return _as_float32(answer)

    setattr(network, name, in_precision)


def _as_float32(answer: Any) -> Any:
    """The tensors of an answer, whatever it is made of, in float32; integers and masks stay."""
    if isinstance(answer, Tensor):
        return answer.float() if answer.is_floating_point() else answer
    if dataclasses.is_dataclass(answer):
        parts = {field.name: _as_float32(getattr(answer, field.name)) for field in dataclasses.fields(answer)}
        return dataclasses.replace(answer, **parts)
    if isinstance(answer, Mapping):
        return {name: _as_float32(part) for name, part in answer.items()}
    if isinstance(answer, tuple | list):
        parts = [_as_float32(part) for part in answer]
        return type(answer)(*parts) if hasattr(answer, "_fields") else type(answer)(parts)
    return answer
