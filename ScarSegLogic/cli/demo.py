"""`scarseg demo`: a phantom study, the whole job on it, and the truth beside the result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ScarSegLogic.quantification.result import LVScarResult

DEMO_SEED = 14
"""A large infarct with MVO in good contrast (ours)."""
DEMO_PATTERN = "lad"
"""An infarct in the territory of the left anterior descending artery: the demo must have a scar to find (ours)."""
PHANTOM_SHARE = 0.3
"""Share of the demo's time that goes into the phantom (ours)."""


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for phantom and results.")] = Path("scarseg_demo"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another heart.")] = DEMO_SEED,
) -> None:
    """Make a phantom study, find and measure its scar fully automatically, and print truth beside result."""
    from ScarSegLogic.cli.lv_job import CONDITIONAL_FILES, LVFiles, check_lv_job, run_lv_job
    from ScarSegLogic.cli.progress import part_of, shown_progress
    from ScarSegLogic.io.atomic import output_folder
    from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom, truth_to_json, write_lv_phantom
    from ScarSegLogic.quantification.request import LVRequest

    config = LVPhantomConfig(seed=seed, pattern=DEMO_PATTERN)
    request = LVRequest()
    for notice in check_lv_job(LVFiles(out / "phantom" / "image.nrrd"), request):
        typer.echo(f"Licence: {notice}", err=True)
    with output_folder(out, replaces=CONDITIONAL_FILES) as folder, shown_progress() as progress:
        progress(0.0, f"making phantom {seed}")
        phantom = make_lv_phantom(config)
        study = write_lv_phantom(phantom, folder / "phantom")
        result = run_lv_job(
            LVFiles(study / "image.nrrd", name=f"Phantom {seed}"),
            request,
            folder,
            part_of(progress, PHANTOM_SHARE, 1.0),
        )
    _print_comparison(truth_to_json(phantom.truth), result, out)


def _print_comparison(truth: Mapping[str, Any], result: LVScarResult, out: Path) -> None:
    from rich.table import Table

    from ScarSegLogic.cli.summary import NUMBERS, print_place, print_warnings, result_console
    from ScarSegLogic.report.wording import plain_number

    table = Table(f"phantom {truth['seed']}", "truth", "result", "difference", "")
    for column in table.columns[1:4]:
        column.justify = "right"
    for name, key, decimals, unit in NUMBERS:
        true, found = truth[key], getattr(result.burden, key)
        difference = None if true is None or found is None else found - true
        text = plain_number(difference, decimals)
        sign = "+" if difference is not None and difference > 0 and float(text) != 0 else ""
        table.add_row(name, plain_number(true, decimals), plain_number(found, decimals), sign + text, unit)
    console = result_console()
    console.print(table)
    print_warnings(console, result)
    print_place(console, out)
