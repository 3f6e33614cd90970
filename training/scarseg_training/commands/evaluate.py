"""`scarseg-train evaluate`: every figure of a run on cases that it never learnt from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    run: Annotated[Path, typer.Argument(help="The --out folder of `scarseg-train run`.")],
    data: Annotated[
        str,
        typer.Option(
            help="Dataset to judge on: a folder, its dataset.json, or phantoms:lv:COUNT or phantoms:la:COUNT."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the tables and pictures.")],
    on: Annotated[str, typer.Option(help="Which cases: test, validation or all.")] = "test",
    stage: Annotated[str, typer.Option(help="A stage of the run; default: the last.")] = "",
) -> None:
    """Judge a run per patient: Dice, distances, burden, lesions, with intervals, tables and plots."""
    from scarseg_training.datasets.dataset import open_dataset
    from scarseg_training.evaluation.evaluation import write_evaluation
    from scarseg_training.evaluation.of_run import Part, evaluate_run
    from scarseg_training.evaluation.summary import summarise
    from scarseg_training.evaluation.tables import summary_markdown
    from scarseg_training.repeat_command import data_word
    from scarseg_training.run import open_run
    from ScarSegLogic.errors import ScarSegError

    if on not in list(Part):
        raise ScarSegError(f"--on is '{on}': expected {', '.join(Part)}")
    dataset = open_dataset(data)
    command = f"scarseg-train evaluate RUN --data {data_word(dataset.phantoms)} --out OUT"
    command += ("" if on == "test" else f" --on {on}") + (f" --stage {stage}" if stage else "")
    evaluation = evaluate_run(open_run(run, stage or None), dataset, Part(on), command=command)
    write_evaluation(evaluation, out)
    typer.echo(summary_markdown(summarise(evaluation.structures)))
    typer.echo(f"written: {out}")
