"""`scarseg series`: what a DICOM folder holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def series(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with DICOM files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the image series in a DICOM folder; choose one of them with `scarseg lv --series UID`."""
    from ScarSegLogic.errors import ScarSegError
    from ScarSegLogic.io.dicom import list_series

    found = list_series(folder)
    if as_json:
        keys = ("uid", "description", "orientation", "slice_count", "phases", "looks_like_lge")
        rows = [{key: getattr(item, key) for key in keys} for item in found]
        typer.echo(json.dumps({"schema_version": 1, "series": rows}, indent=2, ensure_ascii=False))
        return
    if not found:
        raise ScarSegError(f"{folder} holds no DICOM image series: name the folder with the DICOM files")
    # Plain lines: a table would cut the UID, which is what one copies.
    for item in found:
        typer.echo(f"{item}{', LGE-like' if item.looks_like_lge else ''}")
