"""`scarseg-train check`: what a dataset holds, what is wrong with it, and its ``dataset.json``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scarseg_training.datasets.check import CheckedCase, CheckedDataset

_COLUMNS = (
    ("case", 24),
    ("patient", 14),
    ("split", 10),
    ("size", 16),
    ("spacing mm", 22),
    ("burden %", 8),
    ("tier", 11),
)


def check(
    data: Annotated[
        str, typer.Argument(help="Folder of a dataset, its dataset.json, or phantoms:lv:COUNT or phantoms:la:COUNT.")
    ],
    layout: Annotated[str | None, typer.Option(help="Its layout, where the files do not tell.")] = None,
    labels: Annotated[str | None, typer.Option(help="Convention of its label maps, where it is another.")] = None,
    tiers: Annotated[Path | None, typer.Option(help="Experts' difficulty: case, slice, tier, reader as CSV.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where dataset.json is written; default: into the folder.")] = None,
) -> None:
    """Read every case, report what is wrong, and write dataset.json of the cases that can be used."""
    import dataclasses

    from scarseg_training.datasets import dataset_json, open_dataset
    from scarseg_training.datasets.check import check_dataset
    from scarseg_training.datasets.reading import FileReader
    from scarseg_training.datasets.tier_file import with_tiers
    from ScarSegLogic.errors import ScarSegError

    dataset = open_dataset(data, layout=layout, labels=labels, with_excluded=True)
    if tiers is not None:
        if not tiers.is_file():
            raise ScarSegError(f"{tiers}: there is no such file: give the CSV of difficulty grades")
        dataset = dataclasses.replace(dataset, entries=tuple(with_tiers(dataset.entries, tiers)))
    typer.echo(f"{dataset.name}: {len(dataset.entries)} cases, layout {dataset.layout}, licence {dataset.licence}")
    if dataset.notice:
        typer.echo(f"a model {dataset.notice}")
    typer.echo(_row([name for name, _ in _COLUMNS], "masks in ml; what was found"))
    checked = check_dataset(dataset, lambda case: typer.echo(_case_row(case)))
    typer.echo(_summary(checked))
    if checked.faults:
        raise ScarSegError(f"{data} cannot be learnt from as it is; no dataset.json was written: {checked.faults[0]}")
    excluded = f"{len(checked.excluded)} of {len(checked.cases)} cases cannot be used"
    if isinstance(dataset.reader, FileReader):
        path = out or dataset.folder / dataset_json.NAME
        dataset_json.write_dataset(checked.dataset, path, excluded=checked.excluded)
        typer.echo(f"written: {path}")
        excluded += f" and were left out of {path}"
    if checked.excluded:
        raise ScarSegError(f"{excluded}: mend them and check again, or train without them")


def _case_row(checked: CheckedCase) -> str:
    entry = checked.entry
    tier = "-" if entry.tier is None else f"{entry.tier} {entry.tier_source or ''}"
    burden = "-" if entry.burden_percent is None else f"{entry.burden_percent:.1f}"
    masks = ", ".join(f"{name} {volume:.1f}" for name, volume in checked.volumes_ml.items())
    found = "; ".join((*(f"WRONG: {fault}" for fault in checked.faults), *checked.remarks))
    cells = [entry.case, entry.patient, entry.split or "-", checked.size, checked.spacing, burden, tier]
    return _row(cells, f"{masks}; {found}" if masks and found else masks or found)


def _row(cells: list[str], last: str) -> str:
    return "  ".join(cell.ljust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True)) + "  " + last


def _summary(checked: CheckedDataset) -> str:
    entries = checked.dataset.entries
    scarred = sum(bool(entry.burden_percent) for entry in entries)
    tiers = ", ".join(f"{sum(entry.tier == tier for entry in entries)} {name}"
                      for tier, name in enumerate(("easy", "medium", "hard")))  # fmt: skip
    lines = [
        f"{len(entries)} of {len(checked.cases)} cases can be used, of {len({entry.patient for entry in entries})} "
        f"patients; {scarred} with scar; {tiers}"
    ]
    return "\n".join([*lines, *(f"WRONG: {fault}" for fault in checked.faults)])
