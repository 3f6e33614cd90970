"""A network answers without learning: no gradient, no dropout, a few rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

ROWS_AT_ONCE = 32
"""Rows of one forward pass; bounds memory, changes nothing else (ours)."""
USUAL_SIDE = 256
"""Side in pixels up to which so many rows go through at once."""


def rows_at_once(side: int) -> int:
    """Rows of one forward pass of images of ``side`` pixels: fewer of large ones, as their pixels grow.

    In Segment Anything at 1024 pixels 4096 tokens attend to one another: in 12 heads of float32, 32 rows have 26 GB of
    position bias in each of four layers.
    """
    return max(1, ROWS_AT_ONCE * USUAL_SIDE**2 // max(side, USUAL_SIDE) ** 2)


@contextmanager
def evaluation_mode(network: nn.Module) -> Iterator[torch.device]:
    """Evaluation mode and no gradient inside; gives the network's device, and its mode back afterwards."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield next(network.parameters()).device
    finally:
        network.train(was_training)


def answers(network: nn.Module, inputs: Tensor, then: Callable[[Tensor], Tensor]) -> Tensor:
    """Run a network over rows (N, ...) and ``then`` over each answer; float32 on the CPU."""
    with evaluation_mode(network) as device:
        parts = [then(network(rows.to(device))).float().cpu() for rows in inputs.split(ROWS_AT_ONCE)]
    return torch.cat(parts)
