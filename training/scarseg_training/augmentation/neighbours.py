"""The slices beside a slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws


@dataclass(frozen=True, eq=False)
class NeighbourSwapParameters:
    """swapped: (n,) bool."""

    swapped: Tensor


@dataclass(frozen=True)
class NeighbourSwap:
    """Reverses the slice order of half the samples: base and apex may lie on either side."""

    def sample(self, draws: Draws, shape: Sequence[int]) -> NeighbourSwapParameters:  # noqa: ARG002
        """Draw who is swapped."""
        return NeighbourSwapParameters(draws.chance(0.5))

    @staticmethod
    def apply(images: Tensor, parameters: NeighbourSwapParameters) -> Tensor:
        """Images (n, C, J, I) whose channels are slices in order, those of some samples reversed."""
        return torch.where(parameters.swapped.to(images.device).view(-1, 1, 1, 1), images.flip(1), images)
