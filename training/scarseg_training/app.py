"""`scarseg-train`: check data, train a recipe, judge and compare runs, export a model package, run a study.

Commands import what they need when they run, so that help and `list` are quick.
"""

from __future__ import annotations

import typer

from scarseg_training.commands.check import check
from scarseg_training.commands.compare import compare
from scarseg_training.commands.evaluate import evaluate
from scarseg_training.commands.export import export
from scarseg_training.commands.list import list_recipes
from scarseg_training.commands.run import run
from scarseg_training.commands.study import study
from ScarSegLogic.errors import ScarSegError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("list")(list_recipes)
app.command("check")(check)
app.command("run")(run)
app.command("evaluate")(evaluate)
app.command("compare")(compare)
app.command("export")(export)
app.command("study")(study)


def main() -> None:
    """Entry point: one sentence for a user's mistake, exit code 1."""
    try:
        app()
    except ScarSegError as error:
        typer.echo(f"scarseg-train: {error}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
