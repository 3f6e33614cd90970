"""How methods, numbers and settings are put into words for a reader."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from ScarSegLogic.quantification.la_request import LAMethod
from ScarSegLogic.quantification.request import ScarMethod

UNDEFINED = "–"

METHOD_NAMES: Mapping[ScarMethod, str] = MappingProxyType(
    {
        ScarMethod.MODEL: "Trained model",
        ScarMethod.NSD: "n-SD above remote myocardium",
        ScarMethod.FWHM: "Full width at half maximum (FWHM)",
        ScarMethod.OTSU: "Otsu threshold in the myocardium",
        ScarMethod.EWA: (
            "Partial-volume weighted infarct (EWA-like: remote mean + 2 SD region, weights between remote and full "
            "infarct, no EM)"
        ),
        ScarMethod.MANUAL: "Manual threshold",
    }
)

LA_METHOD_NAMES: Mapping[LAMethod, str] = MappingProxyType(
    {
        LAMethod.MODEL: "Trained model",
        LAMethod.IIR: "Image intensity ratio (IIR) to the blood pool",
        LAMethod.SD: "Mean + n SD of the blood pool",
        LAMethod.OTSU: "Otsu threshold in the wall",
    }
)


def plain_number(value: float | None, decimals: int = 1) -> str:
    """A number with point decimals; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return UNDEFINED
    text = f"{value:.{decimals}f}"
    # A tiny negative value must not be printed as "-0.0".
    return text.lstrip("-") if float(text) == 0 else text


def share_text(percent: float | None, decimals: int = 1) -> str:
    """A share in per cent; a trace that rounds to nothing is written as less than the last decimal, never as zero."""
    text = plain_number(percent, decimals)
    if percent is not None and percent > 0 and float(text) == 0:
        return f"<{10**-decimals:.{decimals}f}"
    return text


def as_sentence(text: str) -> str:
    """A reason as a sentence of its own: capital first letter, full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def minute_text(at_utc: str) -> str:
    """An ISO 8601 time in UTC as a reader wants it: ``2026-01-02 03:04 UTC``."""
    return f"{datetime.fromisoformat(at_utc):%Y-%m-%d %H:%M} UTC"


def setting_text(value: Any) -> str:
    """A request's value as the report prints it."""
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(setting_text(item) for item in value)
    return str(value)
