"""`per_slice.csv`: one line a slice, point decimals in every locale."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict

from ScarSegLogic.quantification.result import LVScarResult

CSV_SCHEMA_VERSION = 1

COLUMNS = (
    "schema_version",
    "slice_index",
    "level",
    "excluded",
    "myocardium_volume_ml",
    "scar_volume_ml",
    "mvo_volume_ml",
    "infarct_volume_ml",
    "scar_mass_g",
    "scar_fraction_percent",
    "threshold",
)


def per_slice_csv(result: LVScarResult) -> str:
    """The table as text with a header line; what is undefined is an empty cell."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    per_slice = result.threshold.per_slice or {}
    for item in result.slices:
        row = {
            "schema_version": CSV_SCHEMA_VERSION,
            "slice_index": item.index,
            "level": item.level,
            "excluded": str(item.excluded).lower(),
            **asdict(item.burden),
            "threshold": per_slice.get(item.index, result.threshold.value),
        }
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return stream.getvalue()


def _cell(value: object) -> object:
    """Numbers with six decimals at most; not-finite and None are empty."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".") if math.isfinite(value) else ""
    return value
