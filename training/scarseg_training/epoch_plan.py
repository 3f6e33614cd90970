"""What an epoch shows, in which order and with which chance: all of it from (seed, stage, epoch)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Step:
    """One update.

    Attributes:
        rows: Of the samples; the part of one process.
        seeds: Of the chance of each of these rows.
        weight: What this process's mean loss counts, so that the mean over processes is the mean over all rows.
    """

    rows: tuple[int, ...]
    seeds: tuple[int, ...]
    weight: float = 1.0

    def share(self, rank: int, processes: int) -> Step:
        """Every ``processes``-th row; a process for which none is left computes the first one for nothing."""
        mine = slice(rank, None, processes)
        if not self.rows[mine]:
            return Step(self.rows[:1], self.seeds[:1], 0.0)
        return Step(self.rows[mine], self.seeds[mine], len(self.rows[mine]) * processes / len(self.rows))


@dataclass(frozen=True, eq=False)
class Drawing:
    """How the epochs of a stage draw.

    Attributes:
        rows: To draw from; a row that is there twice is drawn twice as often.
        batch_size: Rows of one update, over all processes.
        draws: Rows of an epoch, drawn with replacement; None shows every row once, shuffled.
        chances: Relative chance of each row, for draws with replacement; None draws all alike.
    """

    rows: Sequence[int]
    batch_size: int
    draws: int | None = None
    chances: Sequence[float] | None = None

    @property
    def steps(self) -> int:
        """Updates of an epoch."""
        return -(-(self.draws or len(self.rows)) // self.batch_size)

    def epoch(self, seed: int) -> list[Step]:
        """The updates of an epoch; the same seed gives the same."""
        rng = np.random.default_rng(seed)
        rows = np.asarray(self.rows)
        if self.draws is None:
            order = rng.permutation(rows)
        else:
            chances = None if self.chances is None else np.asarray(self.chances) / np.sum(self.chances)
            order = rng.choice(rows, self.draws, replace=True, p=chances)
        sample_seeds = rng.integers(LARGEST_SEED, size=len(order))
        starts = range(0, len(order), self.batch_size)
        return [
            Step(*(tuple(values[start : start + self.batch_size].tolist()) for values in (order, sample_seeds)))
            for start in starts
        ]


def seed_of(*numbers: int) -> int:
    """One seed of several numbers, such as those of run, stage and epoch; near numbers give unrelated seeds."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]) % LARGEST_SEED


def chances_of(real: Sequence[bool], real_share: float | None) -> list[float] | None:
    """Relative chance of each row, so that real ones make up their share of the draws; None where all are alike."""
    count = sum(real)
    if real_share is None or count in (0, len(real)):
        return None
    return [real_share / count if own else (1 - real_share) / (len(real) - count) for own in real]
