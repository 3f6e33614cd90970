"""What must hold before methods are compared: every run once, the same cases, the same labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from math import isclose

from scarseg_training.evaluation.evaluation import Evaluation
from ScarSegLogic.errors import ScarSegError

SAME_REFERENCE = 1e-6
"""Volumes of one reference mask, written and read back, differ by less (ours)."""


def pooled_folds(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """The folds of one method and seed as one evaluation: together they judge every case once.

    Raises:
        ScarSegError: A run was given twice.
    """
    runs: dict[tuple[str, int | None], list[Evaluation]] = {}
    for number, each in enumerate(evaluations):
        method = each.method
        # Without a seed nothing says that two evaluations are folds of one run.
        runs.setdefault((method.name, -number - 1 if method.seed is None else method.seed), []).append(each)
    for own in runs.values():
        _check_each_once([each.method.fold for each in own], own[0])
    return [
        own[0]
        if len(own) == 1
        else replace(
            own[0],
            method=replace(own[0].method, fold=None),
            structures=tuple(chain.from_iterable(each.structures for each in own)),
            slices=tuple(chain.from_iterable(each.slices for each in own)),
        )
        for own in runs.values()
    ]


def _check_each_once(folds: Sequence[int | None], run: Evaluation) -> None:
    twice = [fold for fold in folds if folds.count(fold) > 1 or (fold is None and len(folds) > 1)]
    if twice:
        fold = "" if twice[0] is None else f"fold {twice[0]} of "
        raise ScarSegError(
            f"{fold}seed {run.method.seed} of {run.method.name} was given twice: give one evaluation a seed and fold, "
            "so that none counts double"
        )


def check_comparable(baseline: Sequence[Evaluation], method: Sequence[Evaluation]) -> None:
    """Refuse methods that were not judged on the same cases against the same labels.

    Args:
        baseline, method: Their runs, folds pooled.

    Raises:
        ScarSegError: The sentence names cases or volumes that differ.
    """
    sets = {frozenset(score.case for score in each.structures) for each in (*baseline, *method)}
    if len(sets) > 1:
        odd = sorted(frozenset.union(*sets) - frozenset.intersection(*sets))
        raise ScarSegError(
            f"{method[0].method.name} and {baseline[0].method.name} were not judged on the same cases: "
            f"{', '.join(odd[:5])} {'is' if len(odd) == 1 else 'are'} not in all evaluations: evaluate on one dataset"
        )
    marked: dict[tuple[str, str], float] = {}
    for each in (*baseline, *method):
        for score in each.structures:
            volume_ml = marked.setdefault((score.case, score.structure), score.reference_ml)
            if not isclose(volume_ml, score.reference_ml, rel_tol=SAME_REFERENCE, abs_tol=SAME_REFERENCE):
                raise ScarSegError(
                    f"{method[0].method.name} and {baseline[0].method.name} were judged against other labels: the "
                    f"{score.structure} marked in {score.case} is {volume_ml:.2f} ml in one evaluation and "
                    f"{score.reference_ml:.2f} ml in another: evaluate on one dataset"
                )
