"""An exponential moving average of a network's weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class WeightAverage:
    """The network that is judged and kept: the average of the one that learns, or that one itself without a decay.

    Attributes:
        network: The average, in evaluation mode.
    """

    def __init__(self, network: nn.Module, decay: float | None) -> None:
        self.decay = decay
        self.network = network if decay is None else copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move the average towards the network by 1 - decay; counters are copied."""
        if self.decay is None:
            return
        for kept, current in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(current.to(kept.dtype), 1 - self.decay)
            else:
                kept.copy_(current)

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint keeps; nothing where the network itself is kept."""
        return {} if self.decay is None else self.network.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Take a checkpoint's state over."""
        if self.decay is not None:
            self.network.load_state_dict(state)
