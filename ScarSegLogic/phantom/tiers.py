"""How difficult a phantom is: contrast-to-noise, extent of scar and disagreement of readers in one score.

The paper has experts grade difficulty from contrast and inter-observer variability (SCIENCE.md section 1); a phantom
is graded by a formula instead (ours). The score counts octaves of contrast-to-noise below 10, to which a small scar
adds and a large one subtracts, and readers who disagree add:

    score = log2(10 / CNR) + clip(log2(7 / burden %) / 2, ±0.75) + clip(2 (0.7 - Dice of readers), ±0.5)

Easy lies below -0.4, hard above 0.4. A heart without scar is graded by contrast-to-noise alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

REFERENCE_CNR = 10.0
REFERENCE_BURDEN_PERCENT = 7.0
REFERENCE_DICE = 0.7
EXTENT_LIMIT = 0.75
OBSERVER_LIMIT = 0.5
TIER_BORDER = 0.4


class Tier(StrEnum):
    """Difficulty d = 0, 1, 2 of the curriculum, in this order."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"

    @property
    def number(self) -> int:
        return list(Tier).index(self)


SCORE_RANGES = {Tier.EASY: (-1.1, -0.6), Tier.MEDIUM: (-0.25, 0.25), Tier.HARD: (0.6, 1.1)}
"""Scores a phantom of a wanted tier aims for (ours); they keep a distance from the borders."""


@dataclass(frozen=True)
class Difficulty:
    """What the tier was decided from.

    Attributes:
        contrast_to_noise: Difference of scar and normal myocardium over the SD of the noise.
        burden_percent: Infarct over whole myocardium.
        observer_dice: Mean pairwise Dice of the readers' infarcts; None without scar or with fewer than two readers.
    """

    contrast_to_noise: float
    burden_percent: float
    observer_dice: float | None

    @property
    def score(self) -> float:
        return float(np.log2(REFERENCE_CNR / self.contrast_to_noise)) + scar_score(
            self.burden_percent, self.observer_dice
        )

    @property
    def tier(self) -> Tier:
        if self.score < -TIER_BORDER:
            return Tier.EASY
        return Tier.HARD if self.score > TIER_BORDER else Tier.MEDIUM


def scar_score(burden_percent: float, observer_dice: float | None) -> float:
    """The part of the score that comes from the scar and its readers; 0 without scar."""
    if burden_percent <= 0.0:
        return 0.0
    score = float(np.clip(0.5 * np.log2(REFERENCE_BURDEN_PERCENT / burden_percent), -EXTENT_LIMIT, EXTENT_LIMIT))
    if observer_dice is not None:
        score += float(np.clip(2.0 * (REFERENCE_DICE - observer_dice), -OBSERVER_LIMIT, OBSERVER_LIMIT))
    return score


def cnr_for_score(score: float, burden_percent: float, observer_dice: float | None) -> float:
    """The contrast-to-noise at which a phantom has the score."""
    return float(REFERENCE_CNR * 2.0 ** (scar_score(burden_percent, observer_dice) - score))
