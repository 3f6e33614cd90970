"""`scarseg models`: which model packages there are, and whether their weights are whole."""

from __future__ import annotations

import json
from typing import Annotated

import typer

models_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List and verify model packages.")

_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@models_app.command("list", short_help="List the shipped model packages.")
def list_models(as_json: _AS_JSON = False) -> None:
    """List the shipped model packages with task, licence and training data."""
    from ScarSegLogic.models.catalogue import list_packages, models_folder

    manifests = [package.manifest for package in list_packages()]
    if as_json:
        keys = ("name", "version", "task", "licence", "training_data", "notice", "sha256")
        rows = [{key: getattr(manifest, key) for key in keys} for manifest in manifests]
        typer.echo(json.dumps({"schema_version": 1, "models": rows}, indent=2, ensure_ascii=False))
        return
    if not manifests:
        typer.echo(f"no model package is installed in {models_folder()}")
        return
    from rich.table import Column, Table

    from ScarSegLogic.cli.summary import result_console

    table = Table(Column("name", no_wrap=True), "version", Column("task", no_wrap=True), "licence", "trained on")
    for manifest in manifests:
        table.add_row(manifest.name, manifest.version, manifest.task, manifest.licence, manifest.training_data)
    result_console().print(table, soft_wrap=False)


@models_app.command("verify", short_help="Check the weights against their checksums.")
def verify_models(
    name: Annotated[str | None, typer.Argument(help="Name or path of a package; all shipped ones without it.")] = None,
    as_json: _AS_JSON = False,
) -> None:
    """Compare the checksum of the weights with the manifest; exit code 1 where one differs."""
    from ScarSegLogic.errors import ScarSegError
    from ScarSegLogic.models.catalogue import find_package, list_packages
    from ScarSegLogic.models.package import verify

    packages = list_packages() if name is None else (find_package(name),)
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
    if not failures:
        typer.echo("no model package is installed")
