"""`scarseg-train export`: a model package for `scarseg lv --model PATH` and the modules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[Path, typer.Argument(help="The --out folder of `scarseg-train run`.")],
    out: Annotated[Path, typer.Option(help="Folder of the package.")],
    data: Annotated[
        str | None, typer.Option(help="What the run learnt from, where it does not say or the licence is newer.")
    ] = None,
    stage: Annotated[str, typer.Option(help="A stage of the run; default: the last.")] = "",
    judged: Annotated[
        Path | None, typer.Option(help="Folder of `scarseg-train evaluate`: its Dice stands on the model's card.")
    ] = None,
) -> None:
    """Write the best weights of a run as a model package."""
    from scarseg_training.datasets.dataset import open_dataset
    from scarseg_training.evaluation.evaluation import read_evaluation
    from scarseg_training.export import data_of_run, export_package
    from scarseg_training.run import open_run

    opened = open_run(run, stage or None)
    learnt_from = data_of_run(opened, None if data is None else open_dataset(data))
    package = export_package(opened, learnt_from, out, judged=None if judged is None else read_evaluation(judged))
    typer.echo(f"model package: {package.folder}")
    if package.manifest.notice:
        typer.echo(f"note: {package.manifest.notice}")
