"""A comparison as JSON for machines, Markdown for people, and one box plot a structure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from scarseg_training.evaluation.comparison import MINIMUM_TESTED, Comparison
from scarseg_training.evaluation.evaluation import Evaluation
from scarseg_training.evaluation.plots import draw_boxes
from scarseg_training.evaluation.scores import StructureScore
from scarseg_training.evaluation.tables import markdown_table, number, p_text, with_interval
from ScarSegLogic.io.atomic import output_folder

SCHEMA_VERSION = 1
"""Of ``comparison.json``."""
COMPARISON_NAME, REPORT_NAME = "comparison.json", "comparison.md"
MEASURE_NAMES = {"dice": "Dice per patient", "burden_error": "absolute burden error per patient, points"}
EXPLANATION = (
    "Means over patients, seeds averaged per patient first, with 95 % bootstrap intervals over patients. The "
    "difference is method less baseline. p: Wilcoxon's signed-rank test per patient, adjusted by Holm over the rows "
    f"of all patients; below {MINIMUM_TESTED} patients no p is given. Beside it the clustered test on slices (Rosner "
    "2006). r: matched-pairs rank-biserial correlation; dz: Cohen's. Rows of single tiers are not adjusted."
)


def write_comparison(comparisons: Sequence[Comparison], evaluations: Sequence[Evaluation], folder: Path) -> None:
    """Write all files of a comparison, or none.

    Raises:
        ScarSegError: The folder cannot be written to.
    """
    structures = dict.fromkeys(row.structure for row in comparisons)
    document = {
        "schema_version": SCHEMA_VERSION,
        "methods": [asdict(evaluation.method) for evaluation in evaluations],
        "comparisons": [asdict(row) for row in comparisons],
    }
    with output_folder(folder) as out:
        text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
        (out / COMPARISON_NAME).write_text(text + "\n", encoding="utf-8")
        for structure in structures:
            draw_boxes(scores_by_method(evaluations, structure), out / f"dice_{structure}.png")
        pictures = "\n\n".join(f"![Dice of {name}](dice_{name}.png)" for name in structures)
        report = "\n\n".join(["# Comparison", EXPLANATION, comparison_markdown(comparisons), pictures])
        (out / REPORT_NAME).write_text(report + "\n", encoding="utf-8")


def comparison_markdown(comparisons: Iterable[Comparison]) -> str:
    """A table a structure and measure."""
    families: dict[tuple[str, str], list[Comparison]] = {}
    for row in comparisons:
        families.setdefault((row.structure, row.measure), []).append(row)
    head = (
        "method",
        "against",
        "patients",
        "n",
        "baseline",
        "method",
        "difference",
        "p",
        "Holm",
        "slices p",
        "r",
        "dz",
    )
    parts = []
    for (structure, measure), rows in families.items():
        parts.append(f"**{structure}: {MEASURE_NAMES[measure]}**")
        parts.append(markdown_table(head, [_cells(row) for row in rows]))
    return "\n\n".join(parts)


def scores_by_method(evaluations: Sequence[Evaluation], structure: str) -> dict[str, list[StructureScore]]:
    """Scores of one structure by method, Dice averaged over seeds: each case once, for the box plot."""
    by_method: dict[str, dict[str, list[StructureScore]]] = {}
    for evaluation in evaluations:
        cases = by_method.setdefault(evaluation.method.name, {})
        for score in evaluation.structures:
            if score.structure == structure and score.reference_ml > 0:
                cases.setdefault(score.case, []).append(score)
    return {method: [_averaged(own) for own in cases.values()] for method, cases in by_method.items()}


def _averaged(scores: list[StructureScore]) -> StructureScore:
    defined = [score.dice for score in scores if score.dice is not None]
    return replace(scores[0], dice=sum(defined) / len(defined) if defined else None)


def _cells(row: Comparison) -> tuple[str, ...]:
    digits = 3 if row.measure == "dice" else 2
    seeds = "" if row.seeds == (1, 1) else f" ({row.seeds[1]} and {row.seeds[0]} seeds)"
    left_out = f" ({row.undefined} undefined)" if row.undefined else ""
    return (
        f"{row.method}{seeds}" if row.tier == "all" else "",
        row.baseline if row.tier == "all" else "",
        row.tier,
        f"{row.patients}{left_out}",
        with_interval(row.baseline_mean, digits),
        with_interval(row.method_mean, digits),
        with_interval(row.difference, digits),
        p_text(row.test.p),
        p_text(row.p_holm),
        "–" if row.clustered is None else p_text(row.clustered.p),
        number(row.effect.rank_biserial, 2),
        number(row.effect.cohen_dz, 2),
    )
