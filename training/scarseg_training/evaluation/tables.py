"""Scores on disk: CSV for machines, read back for comparisons, and Markdown for people."""

from __future__ import annotations

import csv
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from scarseg_training.evaluation.scores import SliceScore, StructureScore
from scarseg_training.evaluation.summary import Figure, Summary
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.metrics.agreement import Interval

SCHEMA_VERSION = 1
"""Of ``patients.csv`` and ``slices.csv``."""
PATIENTS_NAME, SLICES_NAME = "patients.csv", "slices.csv"

Row = TypeVar("Row", StructureScore, SliceScore)


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Write scores one a line, behind their ``schema_version``; undefined values are empty cells."""
    kind = type(rows[0]) if rows else StructureScore
    names = [field.name for field in fields(kind)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["schema_version", *names])
        for row in rows:
            writer.writerow([SCHEMA_VERSION, *(_cell(getattr(row, name)) for name in names)])


def read_csv(kind: type[Row], path: Path) -> tuple[Row, ...]:
    """Read what ``write_csv`` wrote.

    Raises:
        ScarSegError: The file is missing, of another version, or a cell is not of its column's kind.
    """
    hints = typing.get_type_hints(kind)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
    except FileNotFoundError:
        raise ScarSegError(f"{path} is missing: evaluate again with scarseg-train evaluate") from None
    rows = []
    for number, line in enumerate(lines, start=2):
        if line.get("schema_version") != str(SCHEMA_VERSION):
            raise ScarSegError(f"{path} is not of schema_version {SCHEMA_VERSION} in line {number}: evaluate again")
        try:
            rows.append(kind(**{name: _value(hint, line[name]) for name, hint in hints.items()}))
        except (KeyError, ValueError, TypeError) as error:
            raise ScarSegError(f"{path} cannot be read in line {number} ({error}): evaluate again") from error
    return tuple(rows)


def summary_markdown(summaries: Mapping[str, Summary]) -> str:
    """The figures of each structure as Markdown tables."""
    return "\n\n".join(_structure_markdown(name, summary) for name, summary in summaries.items())


def patients_markdown(scores: Iterable[StructureScore]) -> str:
    """The patients one by one."""
    head = ("case", "structure", "tier", "Dice", "HD95 mm", "ASD mm", "marked ml", "found ml", "marked %", "found %")
    rows = [
        (
            score.case,
            score.structure,
            "–" if score.tier is None else str(score.tier),
            number(score.dice, 3),
            number(score.hausdorff_95_mm, 1),
            number(score.average_distance_mm, 2),
            number(score.reference_ml, 1),
            number(score.predicted_ml, 1),
            number(score.reference_burden_percent, 1),
            number(score.predicted_burden_percent, 1),
        )
        for score in scores
    ]
    return markdown_table(head, rows)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def number(value: float | None, digits: int) -> str:
    """A figure with point decimals, a dash where it is undefined."""
    return "–" if value is None else f"{value:.{digits}f}"


def with_interval(interval: Interval, digits: int = 3) -> str:
    """An estimate with its 95 % interval."""
    if interval.estimate is None:
        return "–"
    bounds = f" [{number(interval.lower, digits)}, {number(interval.upper, digits)}]"
    return number(interval.estimate, digits) + bounds


def p_text(p: float | None) -> str:
    """A p-value in words."""
    if p is None:
        return "–"
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"


def _structure_markdown(name: str, summary: Summary) -> str:
    labels = {
        "dice": ("Dice", 3),
        "precision": ("precision", 3),
        "recall": ("recall", 3),
        "hausdorff_mm": ("HD, mm", 2),
        "hausdorff_95_mm": ("HD95, mm", 2),
        "average_distance_mm": ("ASD, mm", 2),
        "burden_error": ("burden error, points", 2),
        "perimeter_similarity": ("perimeter similarity", 3),
    }
    rows = [_figure_row(*labels[key], figure) for key, figure in summary.figures.items() if figure.counted.defined]
    rows += [_figure_row(f"Dice, {tier}", 3, figure) for tier, figure in summary.dice_by_tier.items()]
    head = ("measure", "mean [95 % interval]", "SD", "median", "cases", "undefined")
    parts = [
        f"## {name}",
        f"{summary.cases} cases have it; in {summary.failed} of them nothing was found.",
        markdown_table(head, rows),
        f"Lesions: sensitivity {number(summary.lesion_sensitivity, 3)}, precision "
        f"{number(summary.lesion_precision, 3)}.",
    ]
    if summary.absent.cases:
        parts.append(
            f"{summary.absent.cases} cases do not have it: something was found in {summary.absent.false_positive}, "
            f"{number(summary.absent.mean_false_ml, 2)} ml "
            f"({number(summary.absent.mean_false_burden_percent, 2)} % of the myocardium) on average."
        )
    if (agreement := summary.agreement) is not None:
        limits = agreement.bland_altman
        over = f"{agreement.patients} patient{'' if agreement.patients == 1 else 's'}"
        parts.append(
            f"Burden over {over}: bias {number(limits.bias, 2)} points, limits of agreement "
            f"[{number(limits.lower, 2)}, {number(limits.upper, 2)}], mean absolute error "
            f"{number(agreement.mean_absolute_error, 2)}, Pearson r {number(agreement.pearson, 3)}, Lin's CCC "
            f"{number(agreement.lin_concordance, 3)}, ICC(2,1) {number(agreement.icc_2_1, 3)}. At the 5 % line: "
            f"sensitivity {number(agreement.at_line.sensitivity, 3)}, specificity "
            f"{number(agreement.at_line.specificity, 3)}."
        )
    return "\n\n".join(parts)


def _figure_row(label: str, digits: int, figure: Figure) -> tuple[str, ...]:
    counted = figure.counted
    return (
        label,
        with_interval(figure.interval, digits),
        number(counted.sd, digits),
        number(counted.median, digits),
        str(counted.defined),
        str(counted.undefined),
    )


def _cell(value: object) -> object:
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else value


def _value(hint: Any, text: str) -> Any:
    if isinstance(hint, types.UnionType):
        if text == "":
            return None
        (hint,) = (kind for kind in typing.get_args(hint) if kind is not type(None))
    if hint is bool:
        return {"True": True, "False": False}[text]
    return hint(text)
