"""`scarseg-train run`: train a recipe and write its model package."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks import WITH_PUBLISHED_WEIGHTS

if TYPE_CHECKING:
    from scarseg_training.config import RunConfig, SplitConfig, StageConfig
    from scarseg_training.epoch_plan import Step


def run(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe, see `scarseg-train list`.")],
    out: Annotated[Path, typer.Option(help="Run folder.")],
    data: Annotated[
        str | None,
        typer.Option(help="Folder of a dataset, its dataset.json, or phantoms:lv:COUNT or phantoms:la:COUNT."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in OUT.")] = False,
    weights: Annotated[Path | None, typer.Option(help="Published weights to start from.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="At most so many in each stage, for a trial.")] = None,
    layout: Annotated[str | None, typer.Option(help="Of the data, where its files do not tell.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Another than the recipe's, such as kfold or chronic_to_acute.")
    ] = None,
    fold: Annotated[int | None, typer.Option(min=0, help="Cross-validate: the fold that is validated on.")] = None,
    cohort: Annotated[list[str] | None, typer.Option(help="Leave this cohort out and test on it; repeatable.")] = None,
) -> None:
    """Train a recipe and write its model package into OUT/package.

    Under `fabric run` or torchrun the same command trains on several devices or nodes.
    """
    from scarseg_training import nnunet
    from scarseg_training.export import export_package
    from scarseg_training.loop import train
    from scarseg_training.processes import is_first_process
    from scarseg_training.recipes import recipe_named
    from scarseg_training.run_cases import cases_of_run

    config = dataclasses.replace(recipe_named(recipe), seed=seed)
    config = dataclasses.replace(
        config,
        stages=tuple(_with_options(config, weights, epochs)),
        split=_split(config.split, split, fold, cohort or ()),
    )
    cases = cases_of_run(config, data, layout=layout)
    report = typer.echo if is_first_process() else _silent
    report(f"{len(cases.training)} cases to learn from, {len(cases.validation)} to validate on")
    if any(stage.tiers is not None for stage in config.stages):
        report(cases.tiers_sentence())
    if config.stages[0].task == nnunet.TASK:
        nnunet.run_nnunet(config, cases, out, resume=resume, report=typer.echo)
        return
    trained = train(config, cases, out, resume=resume, report=report, track=_bar)
    if is_first_process():
        package = export_package(trained, cases.records, out / "package")
        typer.echo(f"model package: {package.folder}")


def _with_options(config: RunConfig, weights: Path | None, epochs: int | None) -> Iterable[StageConfig]:
    from scarseg_training.stage_start import with_weights

    taking = [stage.name for stage in config.stages if _takes_weights(stage)]
    if weights is not None and not taking:
        raise ScarSegError(f"no stage of {config.recipe} starts from published weights: leave --weights out")
    for stage in config.stages:
        if weights is not None and stage.name in taking:
            stage = with_weights(stage, weights)
        yield stage if epochs is None else dataclasses.replace(stage, epochs=min(epochs, stage.epochs))


def _takes_weights(stage: StageConfig) -> bool:
    """Whether its network has published weights and does not inherit everything from an earlier stage."""
    inherits_all = stage.starts_from is not None and "" in stage.inherits
    return stage.network in WITH_PUBLISHED_WEIGHTS and not inherits_all


def _split(config: SplitConfig, kind: str | None, fold: int | None, cohorts: Sequence[str]) -> SplitConfig:
    """The recipe's way of dividing the data, or the user's."""
    if fold is not None and cohorts:
        raise ScarSegError("--fold cross-validates, --cohort leaves cohorts out: give one of them")
    if fold is not None:
        return dataclasses.replace(config, kind="kfold", fold=fold)
    if cohorts:
        return dataclasses.replace(config, kind="leave_cohort_out", cohorts=tuple(cohorts))
    return config if kind is None else dataclasses.replace(config, kind=kind)


def _bar(steps: Sequence[Step], title: str) -> Iterable[Step]:
    """A progress bar where somebody looks at one."""
    from rich.console import Console
    from rich.progress import track

    from scarseg_training.processes import is_first_process

    if not (sys.stderr.isatty() and is_first_process()):
        return steps
    return track(steps, description=title, transient=True, console=Console(stderr=True))


def _silent(_line: str) -> None:
    pass
