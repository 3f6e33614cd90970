"""Chance, sample by sample: what a sample draws depends on its own seed, not on the batch it sits in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor


class Draws:
    """One generator a sample, so that a batch split over processes, or in another order, draws the same.

    Every draw has the samples as its first axis. Generators are on the CPU: a run replays from its seeds whatever
    device it computes on; the transforms move what was drawn.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        """Seed the samples.

        Args:
            seeds: One seed a sample, 0 to 2**63 - 1.
        """
        self._generators = tuple(Generator().manual_seed(int(seed)) for seed in seeds)

    def __len__(self) -> int:
        return len(self._generators)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """float32 (n, *shape), uniform in [low, high)."""
        return self._stack(torch.rand, shape) * (high - low) + low

    def normal(self, *shape: int) -> Tensor:
        """float32 (n, *shape), standard normal."""
        return self._stack(torch.randn, shape)

    def chance(self, probability: float) -> Tensor:
        """bool (n,), True with the given probability."""
        return self._stack(torch.rand, ()) < probability

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """int64 (n, *shape), uniform in [low, high)."""
        rows = [torch.randint(low, high, shape, generator=each) for each in self._generators]
        return torch.stack(rows) if rows else torch.zeros((0, *shape), dtype=torch.int64)

    def of(self, chosen: Tensor) -> Draws:
        """The draws of some samples, which go on from where these are.

        Args:
            chosen: bool (n,), or the positions (m,) of the samples.
        """
        positions = chosen.nonzero()[:, 0] if chosen.dtype == torch.bool else chosen
        part = Draws(())
        part._generators = tuple(self._generators[position] for position in positions.tolist())
        return part

    def _stack(self, draw: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        values = torch.empty((len(self), *shape))
        for row, generator in zip(values, self._generators, strict=True):
            draw(shape, generator=generator, out=row)
        return values
