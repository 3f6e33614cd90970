"""Option values that are more than one word or number."""

from __future__ import annotations

import math

import typer


def point_ras(text: str) -> tuple[float, float, float]:
    """Parse ``R,A,S`` in mm, point decimals."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 3 or not all(map(math.isfinite, values)):
        raise typer.BadParameter(f"'{text}' is not a point: expected R,A,S in mm, for example -31.5,22,60.25")
    return values


def slice_indices(text: str) -> tuple[int, ...]:
    """Parse ``0,1,9``: indices from 0, each once, sorted. An empty text is no slice."""
    try:
        values = {int(part) for part in text.split(",") if part.strip()}
    except ValueError:
        values = {-1}
    if any(value < 0 for value in values):
        raise typer.BadParameter(f"'{text}' is no list of slices: expected indices from 0, for example 0,1,9")
    return tuple(sorted(values))
