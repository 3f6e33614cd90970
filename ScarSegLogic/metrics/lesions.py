"""Lesion-wise detection: which scars were found, and which were invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


@dataclass(frozen=True)
class LesionDetection:
    """Counts of lesions and the rates that follow; a rate without denominator is None.

    Attributes:
        reference_count: Lesions in the reference.
        found_count: Reference lesions that the prediction covers enough.
        predicted_count: Lesions in the prediction.
        false_count: Predicted lesions that the reference does not cover enough.
    """

    reference_count: int
    found_count: int
    predicted_count: int
    false_count: int

    @property
    def sensitivity(self) -> float | None:
        """Found over reference lesions."""
        return self.found_count / self.reference_count if self.reference_count else None

    @property
    def precision(self) -> float | None:
        """True over predicted lesions."""
        return 1 - self.false_count / self.predicted_count if self.predicted_count else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of sensitivity and precision; 0 where one of the masks is empty, None where both are."""
        if self.sensitivity is None and self.precision is None:
            return None
        sensitivity, precision = self.sensitivity or 0.0, self.precision or 0.0
        total = sensitivity + precision
        return 2 * sensitivity * precision / total if total else 0.0


def detect_lesions(
    prediction: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    *,
    minimum_overlap: float = 0.0,
    minimum_voxels: int = 1,
) -> LesionDetection:
    """Count found and invented lesions, components that touch by face, edge or corner.

    Args:
        prediction: Bool of any dimension.
        reference: Bool of the same shape.
        minimum_overlap: Share of a lesion, 0 to 1, that the other mask must exceed to count as meeting it.
        minimum_voxels: Lesions of fewer voxels are ignored, in both masks.
    """
    found = _meets(reference, prediction, minimum_overlap, minimum_voxels)
    true = _meets(prediction, reference, minimum_overlap, minimum_voxels)
    return LesionDetection(
        reference_count=found.size,
        found_count=int(np.count_nonzero(found)),
        predicted_count=true.size,
        false_count=int(np.count_nonzero(~true)),
    )


def _meets(
    lesions: NDArray[np.bool_], other: NDArray[np.bool_], minimum_overlap: float, minimum_voxels: int
) -> NDArray[np.bool_]:
    """For each lesion whether the other mask covers more than the given share of it."""
    labels, count = ndimage.label(lesions, ndimage.generate_binary_structure(lesions.ndim, lesions.ndim))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    covered = np.bincount(labels[other.astype(bool)].ravel(), minlength=count + 1)[1:]
    large = sizes >= minimum_voxels
    return covered[large] > minimum_overlap * sizes[large]
