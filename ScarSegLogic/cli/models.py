"""`scarseg models`: which model packages there are, and whether their weights are whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

models_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List and verify model packages.")

_NOT_ACCURACY = ("measured_on", "command")
"""Entries of a manifest's metrics that say how the numbers were got; `--json` and the manifest show them."""

_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@models_app.command("list", short_help="List the shipped model packages.")
def list_models(as_json: _AS_JSON = False) -> None:
    """List the shipped model packages with task, licence, measured accuracy and training data."""
    from ScarSegLogic.models.catalogue import list_packages, models_folder

    manifests = [package.manifest for package in list_packages()]
    if as_json:
        keys = ("name", "version", "task", "licence", "training_data", "metrics", "notice", "sha256")
        rows = [{key: getattr(manifest, key) for key in keys} for manifest in manifests]
        typer.echo(json.dumps({"schema_version": 1, "models": rows}, indent=2, ensure_ascii=False))
        return
    if not manifests:
        typer.echo(f"no model package is installed in {models_folder()}")
        return
    from rich.table import Column, Table

    from ScarSegLogic.cli.summary import result_console

    columns = Column("model", no_wrap=True), Column("licence", no_wrap=True), "accuracy", "trained on"
    table = Table(*columns, show_lines=True)
    for manifest in manifests:
        model = f"{manifest.name} {manifest.version}\n{manifest.task}"
        table.add_row(model, manifest.licence, _accuracy(manifest.metrics), manifest.training_data)
    result_console().print(table, soft_wrap=False)


def _accuracy(metrics: Mapping[str, Any]) -> str:
    """One line for each measured number, in words."""
    lines = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in metrics.items()
        if name not in _NOT_ACCURACY and isinstance(value, (str, int, float))
    ]
    return "\n".join(lines) or "not measured"


@models_app.command("verify", short_help="Check the weights against their checksums.")
def verify_models(
    name: Annotated[str | None, typer.Argument(help="Name or path of a package; all shipped ones without it.")] = None,
    as_json: _AS_JSON = False,
) -> None:
    """Compare the checksum of the weights with the manifest; exit code 1 where one differs or there is none."""
    from ScarSegLogic.errors import ScarSegError
    from ScarSegLogic.models.catalogue import find_package, list_packages, models_folder
    from ScarSegLogic.models.package import verify

    packages = list_packages() if name is None else (find_package(name),)
    if not packages:
        raise ScarSegError(f"no model package is installed in {models_folder()}: install ScarSeg with its models again")
    failures: dict[str, str | None] = {}
    for package in packages:
        try:
            verify(package)
            failures[package.manifest.name] = None
        except ScarSegError as error:
            failures[package.manifest.name] = str(error)
    damaged = [sentence for sentence in failures.values() if sentence]
    if as_json:
        rows = [{"name": each, "whole": not sentence, "error": sentence} for each, sentence in failures.items()]
        typer.echo(json.dumps({"schema_version": 1, "models": rows}, indent=2, ensure_ascii=False))
        raise typer.Exit(1 if damaged else 0)
    for each, sentence in failures.items():
        if sentence is None:
            typer.echo(f"{each}: whole")
    if damaged:
        raise ScarSegError("; ".join(damaged))
