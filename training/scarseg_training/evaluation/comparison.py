"""Methods against a baseline on the same patients: seeds averaged, tested per patient, adjusted over comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from scarseg_training.evaluation.comparable import check_comparable, pooled_folds
from scarseg_training.evaluation.evaluation import Evaluation
from scarseg_training.evaluation.scores import SliceScore, StructureScore
from scarseg_training.evaluation.summary import BOOTSTRAP_SEED, TIER_NAMES
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.metrics.agreement import Interval, bootstrap_interval
from ScarSegLogic.metrics.paired import (
    EffectSize,
    PairedTest,
    clustered_wilcoxon,
    effect_size,
    holm,
    wilcoxon_signed_rank,
)

MINIMUM_TESTED = 6
"""Fewer pairs cannot reach p < .05 in an exact signed-rank test (2 / 2^5 = .0625): they get an interval and no p."""
MEASURES = ("dice", "burden_error")
"""What is tested: Dice per patient with the structure, and the absolute burden error of every patient."""


@dataclass(frozen=True)
class Comparison:
    """One method against the baseline, one structure, one measure.

    Attributes:
        method, baseline, structure, measure: What is compared.
        tier: ``all``, or one tier alone.
        patients: Patients that both judge.
        undefined: Patients left out because a measure is undefined with one of the two.
        baseline_mean, method_mean, difference: With bootstrap intervals over patients; the difference is the method's
            less the baseline's: above zero is a gain for Dice, below zero for the burden error.
        test: Wilcoxon per patient, primary; its p is None with fewer than ``MINIMUM_TESTED`` pairs.
        p_holm: Adjusted over the tests of the same measure on all tiers together; None within single tiers.
        clustered: Clustered Wilcoxon on slices beside it; None within single tiers.
        effect: Sizes over patients.
        seeds: Runs averaged per patient: of the baseline and of the method.
    """

    method: str
    baseline: str
    structure: str
    measure: str
    tier: str
    patients: int
    undefined: int
    baseline_mean: Interval
    method_mean: Interval
    difference: Interval
    test: PairedTest
    p_holm: float | None
    clustered: PairedTest | None
    effect: EffectSize
    seeds: tuple[int, int]


def compare(evaluations: Sequence[Evaluation], baselines: dict[str, str] | str) -> tuple[Comparison, ...]:
    """Compare methods with their baselines.

    Args:
        evaluations: One a run; those of one method name are averaged per patient, the folds of a seed being one run.
        baselines: The baseline of each method by name, or one for all others.

    Returns:
        By structure, measure, method and tier; ``p_holm`` runs over all methods of a structure and measure.

    Raises:
        ScarSegError: A baseline is not among the methods, a run was given twice, methods were judged on different
            cases, or there is nothing to compare.
    """
    by_method: dict[str, list[Evaluation]] = {}
    for evaluation in pooled_folds(evaluations):
        by_method.setdefault(evaluation.method.name, []).append(evaluation)
    if isinstance(baselines, str):
        baselines = {name: baselines for name in by_method if name != baselines}
    if missing := sorted({*baselines, *baselines.values()} - set(by_method)):
        raise ScarSegError(f"there is no evaluation of {', '.join(missing)}: there are {', '.join(by_method)}")
    if not baselines:
        raise ScarSegError(f"there is only {next(iter(by_method))}: give evaluations of at least two methods")
    structures = dict.fromkeys(score.structure for each in evaluations for score in each.structures)
    rows: list[Comparison] = []
    for structure in structures:
        for measure in MEASURES:
            rows += _family(by_method, baselines, structure, measure)
    return tuple(rows)


def patient_means(
    evaluations: Iterable[Evaluation], structure: str, measure: str, tier: int | None = None
) -> dict[str, float | None]:
    """Mean over seeds and cases by patient, None where no seed defines it.

    Dice is taken of cases that have the structure; finding nothing counts as 0.
    """
    values: dict[str, list[float]] = {}
    for evaluation in evaluations:
        for score in evaluation.structures:
            if _counts(score, structure, measure, tier):
                own = values.setdefault(score.patient, [])
                if (value := getattr(score, measure)) is not None:
                    own.append(value)
    return {patient: fmean(own) if own else None for patient, own in values.items()}


def _counts(score: StructureScore, structure: str, measure: str, tier: int | None) -> bool:
    if score.structure != structure or (tier is not None and score.tier != tier):
        return False
    return measure != "dice" or score.reference_ml > 0


def _family(
    by_method: dict[str, list[Evaluation]], baselines: dict[str, str], structure: str, measure: str
) -> list[Comparison]:
    rows = []
    for method, baseline in baselines.items():
        pair = (by_method[baseline], by_method[method])
        check_comparable(*pair)
        tiers = sorted({score.tier for score in pair[0][0].structures if score.tier is not None})
        rows += [_compared(*pair, structure, measure, tier) for tier in (None, *(tiers if len(tiers) > 1 else ()))]
    rows = [row for row in rows if row.patients]
    whole = [index for index, row in enumerate(rows) if row.tier == "all"]
    adjusted = dict(zip(whole, holm([rows[index].test.p for index in whole]), strict=True))
    return [_with_holm(row, adjusted.get(index)) for index, row in enumerate(rows)]


def _compared(
    baseline: list[Evaluation], method: list[Evaluation], structure: str, measure: str, tier: int | None
) -> Comparison:
    first, second = (patient_means(each, structure, measure, tier) for each in (baseline, method))
    pairs = [(first[patient], second[patient]) for patient in first if patient in second]
    table = np.array([pair for pair in pairs if None not in pair], dtype=np.float64).reshape(-1, 2)
    test = wilcoxon_signed_rank(*table.T)
    if len(table) < MINIMUM_TESTED:
        test = PairedTest(test.statistic, None, test.pairs, test.tied, test.clusters)
    return Comparison(
        method=method[0].method.name,
        baseline=baseline[0].method.name,
        structure=structure,
        measure=measure,
        tier="all" if tier is None else TIER_NAMES[tier],
        patients=len(table),
        undefined=len(pairs) - len(table),
        baseline_mean=_mean(table[:, 0]),
        method_mean=_mean(table[:, 1]),
        difference=_mean(table[:, 1] - table[:, 0]),
        test=test,
        p_holm=None,
        clustered=_on_slices(baseline, method, structure, measure) if tier is None else None,
        effect=effect_size(*table.T),
        seeds=(len(baseline), len(method)),
    )


def _on_slices(baseline: list[Evaluation], method: list[Evaluation], structure: str, measure: str) -> PairedTest | None:
    """The clustered test on slices that both define in at least one seed, patients being the clusters."""
    first, second = (_slice_means(each, structure, measure) for each in (baseline, method))
    common = [key for key in first if key in second]
    if len({patient for patient, _, _ in common}) < MINIMUM_TESTED:
        return None
    values = [[each[key] for key in common] for each in (first, second)]
    return clustered_wilcoxon(*values, [patient for patient, _, _ in common])


def _slice_means(evaluations: Iterable[Evaluation], structure: str, measure: str) -> dict[tuple[str, str, int], float]:
    values: dict[tuple[str, str, int], list[float]] = {}
    for evaluation in evaluations:
        for score in evaluation.slices:
            if score.structure == structure and (value := getattr(score, measure)) is not None:
                values.setdefault(_key(score), []).append(value)
    return {key: fmean(own) for key, own in values.items()}


def _key(score: SliceScore) -> tuple[str, str, int]:
    return score.patient, score.case, score.index


def _mean(values: NDArray[np.float64]) -> Interval:
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    return bootstrap_interval(values, lambda drawn: float(drawn.mean()) if drawn.size else None, generator)


def _with_holm(row: Comparison, p_holm: float | None) -> Comparison:
    return replace(row, p_holm=p_holm)
