"""Every figure of SCIENCE.md section 8 of one case: a prediction against the reference, structure by structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scarseg_training.datasets.case import Case
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.metrics.distances import surface_distances
from ScarSegLogic.metrics.lesions import detect_lesions
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.metrics.perimeter import perimeter_similarity
from ScarSegLogic.quantification.shape import scar_shapes

BURDEN_OF: Mapping[str, str] = {"scar": "myocardium"}
"""Structures that have a burden, and what they are a share of (SCIENCE.md section 1)."""


@dataclass(frozen=True)
class StructureScore:
    """One structure of one case. What is undefined is None; the policy for empty masks is that of ``metrics``.

    Attributes:
        case, patient, structure: What was scored.
        tier, cohort, phase: Of the case, where known.
        dice, precision, recall: 0 to 1.
        hausdorff_mm, hausdorff_95_mm, average_distance_mm: Symmetric surface distances in 3D.
        failed: Exactly one of prediction and reference is empty.
        lesions, lesions_found, lesions_predicted, lesions_false: Components in 3D.
        reference_ml, predicted_ml: Volumes.
        reference_burden_percent, predicted_burden_percent: Share of the myocardium, where the structure lies in it.
        perimeter_similarity: Of the outlines summed over slices.
        reference_solidity, predicted_solidity, reference_circularity, predicted_circularity: Means over in-plane
            components, weighted by area.
    """

    case: str
    patient: str
    structure: str
    tier: int | None
    cohort: str | None
    phase: str | None
    dice: float | None
    precision: float | None
    recall: float | None
    hausdorff_mm: float | None
    hausdorff_95_mm: float | None
    average_distance_mm: float | None
    failed: bool
    lesions: int
    lesions_found: int
    lesions_predicted: int
    lesions_false: int
    reference_ml: float
    predicted_ml: float
    reference_burden_percent: float | None
    predicted_burden_percent: float | None
    perimeter_similarity: float | None
    reference_solidity: float | None
    predicted_solidity: float | None
    reference_circularity: float | None
    predicted_circularity: float | None

    @property
    def burden_error(self) -> float | None:
        """Absolute error of the burden in percentage points."""
        if self.reference_burden_percent is None or self.predicted_burden_percent is None:
            return None
        return abs(self.predicted_burden_percent - self.reference_burden_percent)


@dataclass(frozen=True)
class SliceScore:
    """One structure in one slice; slices of a patient are not independent, see ``metrics.paired.clustered_wilcoxon``.

    Attributes:
        case, patient, structure, index: What was scored.
        tier: Of the slice where it was graded, else of the case.
        dice: None where the reference has none of it in the slice; what was invented there shows in the burden.
        burden_error: Absolute error of the slice's burden in percentage points; None without a wall in the slice.
    """

    case: str
    patient: str
    structure: str
    index: int
    tier: int | None
    dice: float | None
    burden_error: float | None


@dataclass(frozen=True)
class CaseScores:
    """All structures of a case that are both predicted and marked."""

    structures: tuple[StructureScore, ...]
    slices: tuple[SliceScore, ...]


def score_case(case: Case, prediction: Mapping[str, NDArray[np.bool_]]) -> CaseScores:
    """Score a prediction on the case's own grid.

    Args:
        case: With its reference masks (K, J, I).
        prediction: Bool masks (K, J, I) by the names of the case's masks; others are ignored.

    Raises:
        ValueError: A mask has another shape than the case.
    """
    common = [name for name in case.masks if name in prediction]
    structures = [_structure(case, name, prediction[name].astype(bool)) for name in common]
    slices = [row for name in common for row in _slices(case, name, prediction[name].astype(bool))]
    return CaseScores(tuple(structures), tuple(slices))


def _structure(case: Case, name: str, predicted: NDArray[np.bool_]) -> StructureScore:
    reference = case.masks[name]
    covered = overlap(predicted, reference)
    distances = surface_distances(predicted, reference, case.spacing_kji_mm)
    lesions = detect_lesions(predicted, reference)
    wall = case.masks.get(BURDEN_OF.get(name, ""))
    reference_shape, predicted_shape = _shape(reference, case), _shape(predicted, case)
    return StructureScore(
        case=case.case,
        patient=case.patient,
        structure=name,
        tier=case.tier,
        cohort=case.cohort,
        phase=case.phase,
        dice=covered.dice,
        precision=covered.precision,
        recall=covered.recall,
        hausdorff_mm=distances.hausdorff_mm,
        hausdorff_95_mm=distances.hausdorff_95_mm,
        average_distance_mm=distances.average_mm,
        failed=covered.failed,
        lesions=lesions.reference_count,
        lesions_found=lesions.found_count,
        lesions_predicted=lesions.predicted_count,
        lesions_false=lesions.false_count,
        reference_ml=float(reference.sum()) * case.voxel_ml,
        predicted_ml=float(predicted.sum()) * case.voxel_ml,
        reference_burden_percent=_burden_percent(reference, wall),
        predicted_burden_percent=_burden_percent(predicted, wall),
        perimeter_similarity=perimeter_similarity(predicted_shape.outline_mm, reference_shape.outline_mm),
        reference_solidity=reference_shape.solidity,
        predicted_solidity=predicted_shape.solidity,
        reference_circularity=reference_shape.circularity,
        predicted_circularity=predicted_shape.circularity,
    )


def _slices(case: Case, name: str, predicted: NDArray[np.bool_]) -> list[SliceScore]:
    wall = case.masks.get(BURDEN_OF.get(name, ""))
    rows = []
    for index, (mask, reference) in enumerate(zip(predicted, case.masks[name], strict=True)):
        ring = None if wall is None else wall[index]
        told, true = _burden_percent(mask, ring), _burden_percent(reference, ring)
        tier = case.tier_of_slice(index)
        error = None if told is None or true is None else abs(told - true)
        dice = overlap(mask, reference).dice if reference.any() else None
        rows.append(SliceScore(case.case, case.patient, name, index, tier, dice, error))
    return rows


def _burden_percent(mask: NDArray[np.bool_], wall: NDArray[np.bool_] | None) -> float | None:
    """|mask in wall| / |wall| in percent (SCIENCE.md section 1); None without a wall."""
    if wall is None or not wall.any():
        return None
    return 100.0 * int(np.count_nonzero(mask & wall)) / int(np.count_nonzero(wall))


@dataclass(frozen=True)
class _Shape:
    outline_mm: float
    solidity: float | None
    circularity: float | None


def _shape(mask: NDArray[np.bool_], case: Case) -> _Shape:
    shapes = scar_shapes(mask, Geometry.from_spacing(mask.shape, case.spacing_kji_mm))
    if not shapes:
        return _Shape(0.0, None, None)
    areas = [shape.area_mm2 for shape in shapes]
    return _Shape(
        outline_mm=sum(shape.perimeter_mm for shape in shapes),
        solidity=float(np.average([shape.solidity for shape in shapes], weights=areas)),
        circularity=float(np.average([shape.circularity for shape in shapes], weights=areas)),
    )
