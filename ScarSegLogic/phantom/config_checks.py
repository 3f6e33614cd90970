"""Refuses settings of a phantom that are out of range, in one sentence. None stands for "draw it" and passes."""

from __future__ import annotations

from ScarSegLogic.errors import ScarSegError


def check_name(what: str, value: str | None, known: list[str]) -> None:
    """Raise ScarSegError for a name that is none of the known ones."""
    if value is not None and value not in known:
        raise ScarSegError(f"unknown phantom {what} '{value}': expected one of {', '.join(known)}")


def check_range(what: str, value: float | None, low: float, high: float) -> None:
    """Raise ScarSegError for a value outside its range."""
    if value is not None and not low <= value <= high:
        raise ScarSegError(f"the phantom's {what} is {value}: expected {low:g} to {high:g}")
