"""A mean that never hides how many cases it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CountedMean:
    """A mean over the defined values and the number of the others (SCIENCE.md section 8).

    Attributes:
        mean, sd, median: Over the defined values, sd with one degree of freedom; None where there are too few.
        defined, undefined: How many values were and were not defined.
    """

    mean: float | None
    sd: float | None
    median: float | None
    defined: int
    undefined: int


def counted_mean(values: Sequence[float | None]) -> CountedMean:
    """Summarise values of which some are undefined (None)."""
    defined = np.array([value for value in values if value is not None], dtype=np.float64)
    undefined = len(values) - defined.size
    if not defined.size:
        return CountedMean(None, None, None, 0, undefined)
    sd = float(defined.std(ddof=1)) if defined.size > 1 else None
    return CountedMean(float(defined.mean()), sd, float(np.median(defined)), defined.size, undefined)
