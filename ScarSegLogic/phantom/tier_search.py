"""The noise at which a phantom is as difficult as was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.phantom.tiers import SCORE_RANGES, Difficulty, Tier, cnr_for_score

TIER_ATTEMPTS = 8
"""The noise of a wanted tier is set, verified and corrected at most so often."""


class Graded(Protocol):
    """What a phantom looks like at one level of noise, and how difficult that is."""

    @property
    def difficulty(self) -> Difficulty: ...


Reading = TypeVar("Reading", bound=Graded)


def reading_of_tier(
    tier: Tier, burden_percent: float, read: Callable[[float], Reading], generator: np.random.Generator, name: str
) -> Reading:
    """Read a phantom at the noise that gives it the tier, verified by the tier's definition.

    Args:
        tier: The wanted difficulty.
        burden_percent: Scar in percent of the wall.
        read: Makes the reading of a contrast-to-noise ratio.
        generator: Draws the score within the tier.
        name: Of the phantom, for the error.

    Raises:
        ScarSegError: The tier cannot be reached.
    """
    score = generator.uniform(*SCORE_RANGES[tier])
    dice: float | None = None
    for _ in range(TIER_ATTEMPTS):
        reading = read(cnr_for_score(score, burden_percent, dice))
        if reading.difficulty.tier is tier:
            return reading
        # Readers disagreed more or less than thought, so the noise is set anew for their Dice.
        dice = reading.difficulty.observer_dice
    raise ScarSegError(
        f"{name} could not be made {tier}: its readers' Dice settles at {reading.difficulty.observer_dice}; choose "
        "another seed or leave the tier out"
    )
