"""Checks of the values a user asks for."""

from __future__ import annotations

import math

from ScarSegLogic.errors import ScarSegError

DEVICES = ("auto", "cpu", "cuda", "mps")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raises ScarSegError unless ``low <= value <= high``; NaN never is."""
    if not low <= value <= high:
        raise ScarSegError(f"{name} is {value:g}: expected a value from {low:g} to {high:g}")


def check_point(name: str, point: tuple[float, float, float] | None) -> None:
    """Raises ScarSegError unless the point is None or three finite numbers."""
    if point is not None and (len(point) != 3 or not all(map(math.isfinite, point))):
        raise ScarSegError(f"{name} is {point}: expected three finite R,A,S values in mm")


def check_device(device: str) -> None:
    """Raises ScarSegError unless the device is one of ``DEVICES``."""
    if device not in DEVICES:
        raise ScarSegError(f"unknown device '{device}': expected auto, cpu, cuda or mps")
