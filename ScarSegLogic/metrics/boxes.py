"""How well boxes were found: precision against recall over all confidences (Everingham 2015, Pascal VOC)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOUND_IOU = 0.5
"""A true box is found by one that overlaps at least this much (Everingham 2015)."""


@dataclass(frozen=True)
class BoxOperatingPoint:
    """A confidence threshold and what it gives; F1 is the harmonic mean of precision and recall."""

    confidence: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class BoxDetection:
    """Every box that was told, over all images, the most confident first.

    Attributes:
        confidences: (F,) descending.
        correct: bool (F,): it found a true box that no more confident one had found.
        true_boxes: How many there were to be found.
    """

    confidences: NDArray[np.float64]
    correct: NDArray[np.bool_]
    true_boxes: int

    @property
    def average_precision(self) -> float | None:
        """Area under the precision that falls with recall, 0 to 1; None where there was nothing to find."""
        if self.true_boxes == 0:
            return None
        precision, recall = self._curve()
        highest_from_here = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(highest_from_here * np.diff(recall, prepend=0.0)))

    @property
    def best_operating_point(self) -> BoxOperatingPoint | None:
        """The threshold of the best F1, the highest of equals; None where no box was told or none was to be found."""
        if self.true_boxes == 0 or self.correct.size == 0:
            return None
        precision, recall = self._curve()
        f1 = 2 * np.cumsum(self.correct) / (np.arange(1, self.correct.size + 1) + self.true_boxes)
        # Boxes of one confidence pass a threshold together.
        last_of_equals = np.append(self.confidences[1:] < self.confidences[:-1], True)
        best = int(np.argmax(np.where(last_of_equals, f1, -1.0)))
        return BoxOperatingPoint(
            float(self.confidences[best]), float(precision[best]), float(recall[best]), float(f1[best])
        )

    def _curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        found = np.cumsum(self.correct)
        return found / np.arange(1, found.size + 1), found / max(self.true_boxes, 1)


def detect_boxes(
    told: Sequence[NDArray[np.float32]], true: Sequence[NDArray[np.float32]], *, found_iou: float = FOUND_IOU
) -> BoxDetection:
    """Match the boxes of a detector with the true ones, image by image.

    In each image the most confident box comes first and takes the true box that it overlaps most of those not taken.

    Args:
        told: For each image (M, 5): x1, y1, x2, y2 and the confidence.
        true: For each image (K, 4).
        found_iou: Least overlap of a box with the true box that it finds.
    """
    confidences, correct = [np.zeros(0)], [np.zeros(0, dtype=bool)]
    for boxes, true_boxes in zip(told, true, strict=True):
        ordered = boxes[np.argsort(-boxes[:, 4], kind="stable")]
        confidences.append(ordered[:, 4].astype(np.float64))
        correct.append(_found(_overlaps(ordered[:, :4], true_boxes), found_iou))
    order = np.argsort(-np.concatenate(confidences), kind="stable")
    return BoxDetection(
        np.concatenate(confidences)[order], np.concatenate(correct)[order], sum(len(each) for each in true)
    )


def _found(overlaps: NDArray[np.float64], found_iou: float) -> NDArray[np.bool_]:
    correct = np.zeros(len(overlaps), dtype=bool)
    free = overlaps.copy()
    for row in range(len(free)) if free.shape[1] else ():
        best = int(free[row].argmax())
        if free[row, best] >= found_iou:
            correct[row] = True
            free[:, best] = -1.0
    return correct


def _overlaps(first: NDArray, second: NDArray) -> NDArray[np.float64]:
    """Intersection over union (M, K)."""
    first, second = first.astype(np.float64)[:, None], second.astype(np.float64)[None]
    sides = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    overlap = np.clip(sides, 0, None).prod(-1)
    union = (first[..., 2:] - first[..., :2]).prod(-1) + (second[..., 2:] - second[..., :2]).prod(-1) - overlap
    return overlap / np.where(union > 0, union, 1.0)
