"""How much two masks cover each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Overlap:
    """Overlap of a prediction with a reference, under one policy for empty masks (SCIENCE.md section 8).

    Both empty: nothing is defined, and the case is counted as such. One empty: Dice 0 and a failure; the ratio whose
    denominator is empty stays None.

    Attributes:
        dice: 2 |P and R| / (|P| + |R|), 0 to 1, or None.
        precision: |P and R| / |P|, or None without prediction.
        recall: |P and R| / |R|, or None without reference.
        failed: Exactly one of the two masks is empty.
    """

    dice: float | None
    precision: float | None
    recall: float | None
    failed: bool


def overlap(prediction: NDArray[np.bool_], reference: NDArray[np.bool_]) -> Overlap:
    """Dice, precision and recall of two boolean masks of one shape.

    Raises:
        ValueError: The shapes differ.
    """
    if prediction.shape != reference.shape:
        raise ValueError(f"masks of shape {prediction.shape} and {reference.shape} cannot be compared")
    predicted, referred, common = (
        int(np.count_nonzero(mask))
        for mask in (prediction, reference, prediction.astype(bool) & reference.astype(bool))
    )
    return Overlap(
        dice=2 * common / (predicted + referred) if predicted + referred else None,
        precision=common / predicted if predicted else None,
        recall=common / referred if referred else None,
        failed=(predicted == 0) != (referred == 0),
    )
