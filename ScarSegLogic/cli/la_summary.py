"""What `scarseg la` and `scarseg demo` print of a left atrium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ScarSegLogic.quantification.la_result import LAScarResult

LA_NUMBERS: tuple[tuple[str, str, int, str], ...] = (
    ("cavity", "cavity_volume_ml", 1, "ml"),
    ("wall", "wall_volume_ml", 1, "ml"),
    ("scar", "scar_volume_ml", 2, "ml"),
    ("scar of the wall", "scar_percent_of_wall", 1, "%"),
    ("scar on the shell", "scar_area_cm2", 1, "cm2"),
    ("scar of the shell", "scar_percent_of_shell", 1, "%"),
)
"""Name, key in ``result.json`` (and in a phantom's truth), decimals and unit of each printed number."""


def print_la_summary(result: LAScarResult, out: Path) -> None:
    """Main numbers, vein rings, category, what is to be checked, and where the report lies."""
    from rich.table import Table

    from ScarSegLogic.cli.summary import print_place, print_warnings, result_console
    from ScarSegLogic.quantification.la_result_json import la_result_to_json
    from ScarSegLogic.report.wording import LA_METHOD_NAMES, share_text

    document = la_result_to_json(result)
    table = Table(title=LA_METHOD_NAMES[result.request.method], title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for name, key, decimals, unit in LA_NUMBERS:
        table.add_row(name, number_text(unit)(document[key], decimals), unit)
    for ring in result.vein_rings:
        table.add_row(f"{ring.name} encircled", share_text(ring.encirclement_percent, 0), "%")
    console = result_console()
    console.print(table)
    if result.utah is not None:
        console.print(f"Category {result.utah.category} of 4 on the scale {result.utah.scale} %")
    print_warnings(console, result)
    print_place(console, out)


def number_text(unit: str) -> Callable[[float | None, int], str]:
    """How a number of a unit is printed."""
    from ScarSegLogic.report.wording import plain_number, share_text

    return share_text if unit == "%" else plain_number
