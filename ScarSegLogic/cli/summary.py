"""What `scarseg lv` and `scarseg demo` print when they are done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from ScarSegLogic.quantification.la_result import LAScarResult
    from ScarSegLogic.quantification.result import LVScarResult

RESEARCH_USE = "For research use only. Not a medical device."
NUMBERS = (
    ("whole myocardium", "myocardium_volume_ml", 1, "ml"),
    ("scar without MVO", "scar_volume_ml", 2, "ml"),
    ("MVO", "mvo_volume_ml", 2, "ml"),
    ("infarct (scar + MVO)", "infarct_volume_ml", 2, "ml"),
    ("infarct mass", "scar_mass_g", 2, "g"),
    ("scar burden", "scar_fraction_percent", 1, "%"),
)
"""Name, field of ``ScarBurden`` (and of a phantom's truth), decimals and unit of each printed number."""


def result_console() -> Console:
    """Stdout without markup: brackets in file names are printed as they are."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def print_summary(result: LVScarResult, out: Path) -> None:
    """Main numbers, what is to be checked, and where the report lies."""
    from rich.table import Table

    from ScarSegLogic.report.wording import METHOD_NAMES, plain_number, share_text

    table = Table(title=METHOD_NAMES[result.request.method], title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for name, key, decimals, unit in NUMBERS:
        text = share_text if unit == "%" else plain_number
        table.add_row(name, text(getattr(result.burden, key), decimals), unit)
    console = result_console()
    console.print(table)
    print_warnings(console, result)
    print_place(console, out)


def print_warnings(console: Console, result: LVScarResult | LAScarResult) -> None:
    """Each warning of the result on a line of its own."""
    for warning in result.warnings:
        console.print(f"To be checked: {warning}")


def print_place(console: Console, out: Path) -> None:
    """Where the report lies."""
    console.print(f"Report: {(out / 'report.html').resolve()}")
    console.print(RESEARCH_USE)
