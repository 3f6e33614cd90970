"""What a method reaches over patients: counted means, intervals, agreement of burdens, by tier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scarseg_training.evaluation.scores import StructureScore
from ScarSegLogic.metrics.agreement import (
    BlandAltman,
    Detection,
    Interval,
    bland_altman,
    bootstrap_interval,
    detection_at_line,
    icc_2_1,
    lin_concordance,
    mean_absolute_error,
    pearson,
)
from ScarSegLogic.metrics.summary import CountedMean, counted_mean

BURDEN_LINE_PERCENT = 5.0
"""Patients above it are told from the others (SCIENCE.md section 4)."""
TIER_NAMES = ("easy", "medium", "hard")
BOOTSTRAP_SEED = 20
"""Intervals repeat themselves to the last digit (ours)."""
MEASURES = (
    "dice",
    "precision",
    "recall",
    "hausdorff_mm",
    "hausdorff_95_mm",
    "average_distance_mm",
    "burden_error",
    "perimeter_similarity",
)
"""Figures of a patient that are averaged; distances leave failures out, which ``undefined`` counts."""


@dataclass(frozen=True)
class Figure:
    """A measure over patients: mean with its bootstrap interval, SD, median, and how many patients it leaves out."""

    counted: CountedMean
    interval: Interval


@dataclass(frozen=True)
class Agreement:
    """Burden told against burden marked, in percent of the myocardium: one pair a patient.

    Attributes:
        patients: How many there are.
        mean_absolute_error: Over patients, of the mean error of a patient's runs: seeds that err to opposite sides
            still err.
    """

    patients: int
    mean_absolute_error: float | None
    pearson: float | None
    lin_concordance: float | None
    icc_2_1: float | None
    bland_altman: BlandAltman
    at_line: Detection


@dataclass(frozen=True)
class ScarFree:
    """Cases without the structure: nothing to overlap, so what was invented counts.

    Attributes:
        cases: How many there are.
        false_positive: Those in which anything was found.
        mean_false_ml, mean_false_burden_percent: Over all of them.
    """

    cases: int
    false_positive: int
    mean_false_ml: float | None
    mean_false_burden_percent: float | None


@dataclass(frozen=True)
class Summary:
    """One structure over patients.

    Attributes:
        cases: Cases that have the structure.
        failed: Of them those in which nothing was found: their Dice is 0, their distances are undefined.
        figures: By name of ``MEASURES``, over the cases that have the structure.
        dice_by_tier: Over the same, easy, medium and hard apart, where tiers are known.
        agreement: Of burdens, over all patients; None for structures without a burden.
        lesion_sensitivity, lesion_precision: Over all lesions of all cases.
        absent: The cases that do not have the structure.
    """

    cases: int
    failed: int
    figures: dict[str, Figure]
    dice_by_tier: dict[str, Figure]
    agreement: Agreement | None
    lesion_sensitivity: float | None
    lesion_precision: float | None
    absent: ScarFree


def summarise(scores: Sequence[StructureScore]) -> dict[str, Summary]:
    """Summaries by structure, in the order of the scores."""
    names = dict.fromkeys(score.structure for score in scores)
    return {name: _summary([score for score in scores if score.structure == name]) for name in names}


def figure(values: Sequence[float | None], patients: Sequence[str]) -> Figure:
    """Summarise one measure; the interval draws whole patients, whose cases stay together."""
    defined: dict[str, list[float]] = {}
    for value, patient in zip(values, patients, strict=True):
        if value is not None:
            defined.setdefault(patient, []).append(value)
    sums = np.array([(sum(own), len(own)) for own in defined.values()], dtype=np.float64).reshape(-1, 2)
    return Figure(counted_mean(values), bootstrap_interval(sums, _mean_of_sums, np.random.default_rng(BOOTSTRAP_SEED)))


def burden_pairs(scores: Sequence[StructureScore]) -> list[tuple[float, float]]:
    """(marked, told) burden in percent by patient: the mean over the cases and seeds that have both."""
    return [tuple(np.mean(own, axis=0).tolist()) for own in _burdens_by_patient(scores)]


def as_json(summary: Summary) -> dict[str, Any]:
    """The summary for JSON: undefined values are null, rates of detection are written out."""
    document = asdict(summary)
    if summary.agreement is not None:
        at_line = summary.agreement.at_line
        document["agreement"]["at_line"] |= {
            "line_percent": BURDEN_LINE_PERCENT,
            "sensitivity": at_line.sensitivity,
            "specificity": at_line.specificity,
        }
    return document


def _summary(scores: list[StructureScore]) -> Summary:
    present = [score for score in scores if score.reference_ml > 0]
    patients = [score.patient for score in present]
    tiers = sorted({score.tier for score in present if score.tier is not None})
    by_tier = {TIER_NAMES[tier]: [score for score in present if score.tier == tier] for tier in tiers}
    return Summary(
        cases=len(present),
        failed=sum(score.failed for score in present),
        figures={name: figure([getattr(score, name) for score in present], patients) for name in MEASURES},
        dice_by_tier={
            name: figure([score.dice for score in own], [score.patient for score in own])
            for name, own in by_tier.items()
        },
        agreement=_agreement(scores),
        lesion_sensitivity=_ratio(scores, lambda score: score.lesions_found, lambda score: score.lesions),
        lesion_precision=_ratio(
            scores,
            lambda score: score.lesions_predicted - score.lesions_false,
            lambda score: score.lesions_predicted,
        ),
        absent=_scar_free([score for score in scores if score.reference_ml == 0]),
    )


def _burdens_by_patient(scores: Sequence[StructureScore]) -> list[NDArray[np.float64]]:
    """Every patient's (marked, told) burdens (N, 2), in percent."""
    by_patient: dict[str, list[tuple[float, float]]] = {}
    for score in scores:
        marked, told = score.reference_burden_percent, score.predicted_burden_percent
        if marked is not None and told is not None:
            by_patient.setdefault(score.patient, []).append((marked, told))
    return [np.array(own, dtype=np.float64) for own in by_patient.values()]


def _agreement(scores: Sequence[StructureScore]) -> Agreement | None:
    """Seeds and visits are averaged first: limits, correlations and rates take patients to be independent."""
    pairs = burden_pairs(scores)
    if not pairs:
        return None
    marked, told = np.array(pairs).T
    return Agreement(
        patients=len(pairs),
        mean_absolute_error=fmean(mean_absolute_error(*own.T) for own in _burdens_by_patient(scores)),
        pearson=pearson(marked, told),
        lin_concordance=lin_concordance(marked, told),
        icc_2_1=icc_2_1(pairs),
        bland_altman=bland_altman(marked, told),
        at_line=detection_at_line(told, marked, BURDEN_LINE_PERCENT),
    )


def _scar_free(scores: list[StructureScore]) -> ScarFree:
    burdens = [score.predicted_burden_percent for score in scores if score.predicted_burden_percent is not None]
    return ScarFree(
        cases=len(scores),
        false_positive=sum(score.predicted_ml > 0 for score in scores),
        mean_false_ml=float(np.mean([score.predicted_ml for score in scores])) if scores else None,
        mean_false_burden_percent=float(np.mean(burdens)) if burdens else None,
    )


def _ratio(
    scores: list[StructureScore], part: Callable[[StructureScore], int], whole: Callable[[StructureScore], int]
) -> float | None:
    total = sum(whole(score) for score in scores)
    return sum(part(score) for score in scores) / total if total else None


def _mean_of_sums(rows: NDArray[np.float64]) -> float | None:
    """Mean of all values of the patients drawn; rows are (sum, count)."""
    return float(rows[:, 0].sum() / rows[:, 1].sum()) if rows.size else None
