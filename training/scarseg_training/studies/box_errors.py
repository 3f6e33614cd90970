"""Wrong boxes: shifted, dropped and invented ones, for the cascade fragility study (SCIENCE.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from scarseg_training.datasets.case import Case

if TYPE_CHECKING:
    from scarseg_training.evaluation.evaluation import Predict
    from scarseg_training.run import Run

EXACT = "exact boxes"
SHIFTS_PIXELS = (2.5, 5.0, 10.0, 20.0)
"""In slices of 256 pixels; training jitters by 2.5 (SCIENCE.md section 3; the others are ours)."""
DROPPED_SHARES = (0.1, 0.25, 0.5)
INVENTED_BOXES = (0.25, 0.5, 1.0)
"""Invented boxes a slice, on average (ours)."""
REFERENCE_SIDE = 256
SIDES_PIXELS = (10.0, 40.0)
"""Smallest and largest side of an invented box in slices of 256 pixels (ours; about those of the phantoms' scars)."""


@dataclass(frozen=True)
class BoxError:
    """One kind of error of a given size.

    Attributes:
        kind: ``shift`` moves every box by ``size`` pixels of a slice of 256 in a random direction; ``drop`` forgets
            each box with the chance ``size``; ``invent`` adds ``size`` boxes a slice on average, anywhere in
            its middle half.
        size: Of the error.
    """

    kind: Literal["shift", "drop", "invent"]
    size: float

    @property
    def name(self) -> str:
        """In tables."""
        words = {
            "shift": f"shifted by {self.size:g} px",
            "drop": f"{self.size:.0%} dropped",
            "invent": f"{self.size:g} invented a slice",
        }
        return words[self.kind]

    def apply(
        self, boxes: list[NDArray[np.float32]], side: int, generator: np.random.Generator
    ) -> list[NDArray[np.float32]]:
        """Disturb the boxes of a study.

        Args:
            boxes: (M, 4) a slice, x1, y1, x2, y2 in pixels of a square slice.
            side: Of the slice.
            generator: Source of chance.

        Returns:
            As many arrays; boxes that leave the slice are cut at its border, and stay at least a pixel wide.
        """
        match self.kind:
            case "shift":
                return [_inside(_shifted(own, self.size * side / REFERENCE_SIDE, generator), side) for own in boxes]
            case "drop":
                return [own[generator.random(len(own)) >= self.size] for own in boxes]
            case "invent":
                return [_inside(np.concatenate([own, self._invented(side, generator)]), side) for own in boxes]

    def _invented(self, side: int, generator: np.random.Generator) -> NDArray[np.float32]:
        count = generator.poisson(self.size)
        halves = generator.uniform(*SIDES_PIXELS, (count, 2)) * side / REFERENCE_SIDE / 2
        centres = generator.uniform(0.25, 0.75, (count, 2)) * side
        return np.concatenate([centres - halves, centres + halves], axis=1).astype(np.float32)


BOX_ERRORS = (
    *(BoxError("shift", size) for size in SHIFTS_PIXELS),
    *(BoxError("drop", size) for size in DROPPED_SHARES),
    *(BoxError("invent", size) for size in INVENTED_BOXES),
)


def conditions(run: Run) -> Mapping[str, Predict]:
    """Predicting in exact and in wrong boxes, with a run of a task that takes boxes; errors repeat case by case."""

    def predict_with(error: BoxError | None, case: Case) -> Mapping[str, NDArray[np.bool_]]:
        boxes = run.task.true_boxes(case)
        if error is not None:
            seed = [run.config.seed, *case.case.encode(), *error.name.encode()]
            boxes = error.apply(boxes, run.task.frame_size, np.random.default_rng(seed))
        return run.task.predict_in_boxes(run.network, case, boxes, run.thresholds)

    named = {EXACT: None, **{error.name: error for error in BOX_ERRORS}}
    return {name: (lambda case, error=error: predict_with(error, case)) for name, error in named.items()}


def _shifted(boxes: NDArray[np.float32], distance: float, generator: np.random.Generator) -> NDArray[np.float32]:
    angles = generator.uniform(0, 2 * np.pi, len(boxes))
    steps = distance * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (boxes + np.concatenate([steps, steps], axis=1)).astype(np.float32)


def _inside(boxes: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    low = np.clip(boxes[:, :2], 0, side - 1)
    return np.concatenate([low, np.clip(boxes[:, 2:], low + 1, side)], axis=1).astype(np.float32)
