"""`scarseg demo`: a phantom study, the whole job on it, and the truth beside the result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ScarSegLogic.phantom import LVTruth
    from ScarSegLogic.quantification.result import LVScarResult

DEMO_SEED = 7
DEMO_PATTERN = "lad"
"""An infarct in the territory of the left anterior descending artery: the demo must have a scar to find (ours)."""
PHANTOM_SHARE = 0.3
"""Share of the demo's time that goes into the phantom (ours)."""


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for phantom and results.")] = Path("scarseg_demo"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another heart.")] = DEMO_SEED,
) -> None:
    """Make a phantom study, find and measure its scar fully automatically, and print truth beside result."""
    from ScarSegLogic.cli.lv_job import LVFiles, check_lv_job, run_lv_job
    from ScarSegLogic.cli.progress import part_of, shown_progress
    from ScarSegLogic.io.atomic import output_folder
    from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom, write_lv_phantom
    from ScarSegLogic.quantification.request import LVRequest

    config = LVPhantomConfig(seed=seed, pattern=DEMO_PATTERN)
    request = LVRequest()
    for notice in check_lv_job(LVFiles(out), request):
        typer.echo(f"Licence: {notice}", err=True)
    with output_folder(out) as folder, shown_progress() as progress:
        progress(0.0, f"making phantom {seed}")
        phantom = make_lv_phantom(config)
        study = write_lv_phantom(phantom, folder / "phantom")
        result = run_lv_job(
            LVFiles(study / "image.nrrd", name=f"Phantom {seed}"),
            request,
            folder,
            part_of(progress, PHANTOM_SHARE, 1.0),
        )
    _print_comparison(phantom.truth, result, out)


def _print_comparison(truth: LVTruth, result: LVScarResult, out: Path) -> None:
    from rich.table import Table

    from ScarSegLogic.cli.summary import print_place, print_warnings, result_console
    from ScarSegLogic.report.wording import plain_number

    table = Table("phantom " + str(truth.seed), "truth", "result", "difference", "")
    for column in table.columns[1:4]:
        column.justify = "right"
    volumes, burden = truth.volumes, result.burden
    for name, true, found, unit in (
        ("whole myocardium", volumes.myocardium_volume_ml, burden.myocardium_volume_ml, "ml"),
        ("scar without MVO", volumes.scar_volume_ml, burden.scar_volume_ml, "ml"),
        ("MVO", volumes.mvo_volume_ml, burden.mvo_volume_ml, "ml"),
        ("infarct (scar + MVO)", volumes.infarct_volume_ml, burden.infarct_volume_ml, "ml"),
        ("infarct mass", volumes.scar_mass_g, burden.scar_mass_g, "g"),
        ("scar burden", volumes.scar_fraction_percent, burden.scar_fraction_percent, "%"),
    ):
        difference = None if true is None or found is None else found - true
        sign = "+" if difference is not None and difference >= 0.05 else ""
        table.add_row(name, plain_number(true), plain_number(found), sign + plain_number(difference), unit)
    console = result_console()
    console.print(table)
    print_warnings(console, result)
    print_place(console, out)
