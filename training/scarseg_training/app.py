"""`scarseg-train`: list the recipes, run one, export its model package."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from ScarSegLogic.errors import ScarSegError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command("list")
def list_recipes() -> None:
    """Show the recipes with what they learn from."""
    from scarseg_training.recipes import RECIPES

    for name, recipe in RECIPES.items():
        typer.echo(f"{name:28}  {recipe.__doc__}")


@app.command("run")
def run_recipe(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe, see `scarseg-train list`.")],
    out: Annotated[Path, typer.Option(help="Run folder.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the EMIDEC PNG slices with split.json.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    epochs: Annotated[int | None, typer.Option(min=1, help="Another length than the recipe's.")] = None,
    resume: Annotated[bool, typer.Option(help="Continue the run in OUT.")] = False,
) -> None:
    """Train a recipe and write its model package into OUT/package."""
    from scarseg_training.export import export_package
    from scarseg_training.loop import train
    from scarseg_training.recipes import recipe_named
    from scarseg_training.samples_of_run import samples_of_run

    config = dataclasses.replace(recipe_named(recipe), seed=seed)
    if epochs is not None:
        config = dataclasses.replace(config, epochs=epochs)
    training, validation = samples_of_run(config, data)
    typer.echo(f"{len(training)} slices to train on, {len(validation)} to validate on")
    network = train(config, training, validation, out, resume=resume, report=typer.echo)
    package = export_package(config, network, training, validation, out / "package")
    typer.echo(f"model package: {package.folder}")


def main() -> None:
    """Entry point: one sentence for a user's mistake, exit code 1."""
    try:
        app()
    except ScarSegError as error:
        typer.echo(f"scarseg-train: {error}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
