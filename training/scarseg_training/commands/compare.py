"""`scarseg-train compare`: methods against a baseline on the same patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compare(
    evaluations: Annotated[
        list[Path], typer.Argument(help="Folders of `scarseg-train evaluate`; seeds of one recipe are averaged.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the tables and pictures.")],
    baseline: Annotated[str, typer.Option(help="Recipe to compare with; default: that of the first folder.")] = "",
) -> None:
    """Compare evaluations patient by patient: Wilcoxon, Holm, effect sizes, intervals."""
    from scarseg_training.evaluation.comparison import compare as compare_methods
    from scarseg_training.evaluation.comparison_report import comparison_markdown, write_comparison
    from scarseg_training.evaluation.evaluation import read_evaluation

    read = [read_evaluation(folder) for folder in evaluations]
    rows = compare_methods(read, baseline or read[0].method.name)
    write_comparison(rows, read, out)
    typer.echo(comparison_markdown(rows))
    typer.echo(f"written: {out}")
