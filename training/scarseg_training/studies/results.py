"""What came out of a study: one JSON and one section of Markdown, with as many seeds as are finished."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scarseg_training.evaluation.comparison import compare
from scarseg_training.evaluation.comparison_report import comparison_markdown, scores_by_method
from scarseg_training.evaluation.evaluation import Evaluation
from scarseg_training.evaluation.scores import StructureScore
from scarseg_training.evaluation.summary import Summary, as_json, summarise
from scarseg_training.evaluation.tables import markdown_table, number, with_interval
from scarseg_training.studies.study import Study
from ScarSegLogic.io.atomic import output_folder

SCHEMA_VERSION = 1
"""Of ``results.json``."""
RESULTS_NAME, SECTION_NAME = "results.json", "section.md"
REPORTED = ("scar", "la_cavity", "la_scar")
"""Structures that a study reports, where they were judged."""


def write_results(study: Study, evaluations: Sequence[Evaluation], folder: Path, *, command: str) -> str:
    """Write ``results.json`` and ``section.md`` of a study, and return the section.

    Comparisons are made over the seeds that both arms have finished. Without any finished run the section says so.

    Raises:
        ScarSegError: The folder cannot be written to, or runs were judged on different cases.
    """
    pooled = summaries_by_arm(evaluations)
    names = {evaluation.method.name for evaluation in evaluations}
    baselines = {arm: other for arm, other in study.baselines.items() if {arm, other} <= names}
    rows = compare(common_seeds(evaluations, baselines), baselines) if baselines else ()
    rows = tuple(row for row in rows if row.structure in REPORTED)
    document = {
        "schema_version": SCHEMA_VERSION,
        "study": study.name,
        "command": command,
        "seeds": {arm: seeds_of(evaluations, arm) for arm in dict.fromkeys(e.method.name for e in evaluations)},
        "arms": {arm: {name: as_json(each) for name, each in own.items()} for arm, own in pooled.items()},
        "comparisons": [asdict(row) for row in rows],
    }
    parts = [f"# {study.title}", f"{study.question} Made by `{command}`.", _facts(study, evaluations)]
    parts += [
        _arms_table(name, pooled, evaluations) for name in REPORTED if any(name in own for own in pooled.values())
    ]
    if rows:
        parts.append(comparison_markdown(rows))
    section = "\n\n".join(parts)
    with output_folder(folder) as out:
        text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
        (out / RESULTS_NAME).write_text(text + "\n", encoding="utf-8")
        (out / SECTION_NAME).write_text(section + "\n", encoding="utf-8")
    return section


def summaries_by_arm(evaluations: Sequence[Evaluation]) -> dict[str, dict[str, Summary]]:
    """Summaries of each method over its seeds: a patient's runs stay together when intervals draw patients.

    Counts are of judged cases, seeds times cases; the agreement of burdens is over patients, their seeds averaged.
    """
    scores: dict[str, list[StructureScore]] = {}
    for evaluation in evaluations:
        scores.setdefault(evaluation.method.name, []).extend(evaluation.structures)
    return {name: summarise(own) for name, own in scores.items()}


def common_seeds(evaluations: Sequence[Evaluation], baselines: dict[str, str]) -> list[Evaluation]:
    """Only the seeds that every compared arm has finished, so that none is judged by more runs than its baseline."""
    compared = {*baselines, *baselines.values()}
    seeds = [set(seeds_of(evaluations, arm)) for arm in compared]
    common = set.intersection(*seeds)
    return [each for each in evaluations if each.method.name in compared and each.method.seed in common]


def seeds_of(evaluations: Sequence[Evaluation], arm: str) -> list[int]:
    """The finished seeds of an arm."""
    return sorted(each.method.seed for each in evaluations if each.method.name == arm and each.method.seed is not None)


def _facts(study: Study, evaluations: Sequence[Evaluation]) -> str:
    if not evaluations:
        return "No run is finished."
    cases = {score.case for each in evaluations for score in each.structures}
    learnt_from = study.trained_on or study.data
    return (
        f"Trained on {learnt_from}; judged on {len(cases)} cases of {evaluations[0].method.data} that no run learnt "
        f"from or was tuned on. {len(evaluations)} evaluations are finished."
    )


def _arms_table(name: str, pooled: dict[str, dict[str, Summary]], evaluations: Sequence[Evaluation]) -> str:
    """One line an arm: Dice, by tier, distances, burden."""
    own = {arm: summaries[name] for arm, summaries in pooled.items() if name in summaries}
    tiers = list(dict.fromkeys(tier for summary in own.values() for tier in summary.dice_by_tier))
    head = ["arm", "seeds", "Dice", *(f"Dice, {tier}" for tier in tiers), "median Dice", "HD95, mm", "nothing found"]
    with_burden = any(summary.agreement is not None for summary in own.values())
    head += ["burden error, points", "burden bias", "r", "sensitivity and specificity at 5 %"] if with_burden else []
    medians = {
        arm: _median([score.dice for score in scores]) for arm, scores in scores_by_method(evaluations, name).items()
    }
    rows = []
    for arm, summary in own.items():
        by_tier = summary.dice_by_tier
        cells = [arm, str(len(seeds_of(evaluations, arm))), with_interval(summary.figures["dice"].interval)]
        cells += [with_interval(by_tier[tier].interval) if tier in by_tier else "–" for tier in tiers]
        cells += [number(medians[arm], 3), with_interval(summary.figures["hausdorff_95_mm"].interval, 1)]
        cells += [f"{summary.failed} of {summary.cases}"]
        if summary.agreement is not None:
            agreement = summary.agreement
            cells += [
                number(agreement.mean_absolute_error, 2),
                number(agreement.bland_altman.bias, 2),
                number(agreement.pearson, 3),
                f"{number(agreement.at_line.sensitivity, 2)}, {number(agreement.at_line.specificity, 2)}",
            ]
        rows.append([*cells, *["–"] * (len(head) - len(cells))])
    return f"**{name}**\n\n{markdown_table(head, rows)}"


def _median(values: Sequence[float | None]) -> float | None:
    defined = sorted(value for value in values if value is not None)
    if not defined:
        return None
    middle = len(defined) // 2
    return defined[middle] if len(defined) % 2 else (defined[middle - 1] + defined[middle]) / 2
