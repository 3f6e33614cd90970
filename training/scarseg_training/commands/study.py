"""`scarseg-train study`: many small runs that answer a question, and the report of all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

REPORT = "report"


def study(
    name: Annotated[str, typer.Argument(help="A study, or `report` to write the results of all that is finished.")],
    out: Annotated[Path, typer.Option(help="Folder of the studies; what is finished there is not done again.")],
    data: Annotated[str | None, typer.Option(help="Dataset, for studies that need one.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of every arm.")] = 3,
    workers: Annotated[int, typer.Option(min=1, help="Processes; each wants a core of its own.")] = 1,
    document: Annotated[Path, typer.Option(help="Where `report` writes.")] = Path("docs/results.md"),
) -> None:
    """Train and judge every arm of a study with every seed, resumably; then compare."""
    from scarseg_training.studies import study_named
    from scarseg_training.studies.report import command_of, write_report
    from scarseg_training.studies.results import write_results
    from scarseg_training.studies.runner import run_study, study_runs

    if name == REPORT:
        typer.echo(f"written: {document}, with {', '.join(write_report(out, document)) or 'no study finished'}")
        return
    chosen = study_named(name)
    runs = study_runs(chosen, out, seeds, data)
    run_study(runs, workers=workers, report=typer.echo)
    evaluations = [each for run in runs for each in run.evaluations()]
    typer.echo(write_results(chosen, evaluations, out / name, command=command_of(chosen, evaluations)))
