"""Curriculum learning [S0] (SCIENCE.md section 1): which samples a stage sees, and which of them twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor

from scarseg_training.config import StageConfig
from scarseg_training.samples import Samples
from ScarSegLogic.errors import ScarSegError

SampleName = tuple[str, int]
"""Case and slice."""


@dataclass(frozen=True)
class Spike:
    """A sample whose loss stood out of its tier at the end of a stage.

    Attributes:
        case, slice: Which sample.
        tier: Its difficulty; None where nobody graded it.
        loss: Its own.
        tier_mean, tier_sd: Of the losses of all samples of the tier that the stage saw.
    """

    case: str
    slice: int
    tier: int | None
    loss: float
    tier_mean: float
    tier_sd: float


@dataclass(frozen=True)
class Curriculum:
    """What one stage sees.

    Attributes:
        tiers: Of the samples it sees, cumulative in [S0]: (0,), (0, 1), (0, 1, 2). None sees everything.
        spike_sd: A loss above the mean of its tier by more than this many SD is a spike.
    """

    tiers: tuple[int, ...] | None = None
    spike_sd: float = 2.0

    @classmethod
    def of(cls, stage: StageConfig) -> Curriculum:
        """The curriculum of a stage."""
        return cls(stage.tiers, stage.spike_sd)

    def rows(self, samples: Samples, spikes: Iterable[SampleName] = ()) -> list[int]:
        """Rows to draw from, in order; rows that spiked in the stage before are there twice (ours).

        Raises:
            ScarSegError: No sample is of the stage's tiers.
        """
        spiked = set(spikes)
        seen = [row for row, tier in enumerate(samples.tiers) if self.tiers is None or tier in self.tiers]
        if not seen:
            graded = sum(tier is not None for tier in samples.tiers)
            raise ScarSegError(
                f"no training sample is of the tiers {self.tiers} ({graded} of {len(samples)} are graded): give the "
                "cases tiers with `scarseg-train check` or a tiers.csv of the grading export"
            )
        return seen + [row for row in seen if (samples.cases[row], samples.slices[row]) in spiked]

    def spikes(self, samples: Samples, losses: Tensor) -> list[Spike]:
        """The spikes among the samples that a stage saw.

        Args:
            samples: The rows that it saw, each once.
            losses: (N,) of these rows at its end, without augmentation.
        """
        values = losses.double().tolist()
        found = []
        for tier in dict.fromkeys(samples.tiers):
            rows = [row for row, own in enumerate(samples.tiers) if own == tier]
            mean, sd = _mean_and_sd([values[row] for row in rows])
            found += [
                Spike(samples.cases[row], samples.slices[row], tier, values[row], mean, sd)
                for row in rows
                if values[row] > mean + self.spike_sd * sd
            ]
        return found


def _mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    """Mean and population SD."""
    mean = sum(values) / len(values)
    return mean, (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
