"""`result.json`: the numbers of one LV study for machines. Undefined numbers are null, with their reason."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from enum import Enum
from typing import Any

from ScarSegLogic.quantification.result import RESULT_SCHEMA_VERSION, Aha17, LVScarResult, Threshold
from ScarSegLogic.version import VERSION

NOT_FINITE = "the computed value was not a finite number"
NO_MYOCARDIUM = "there is no counted myocardium to relate the infarct to"


def result_to_json(result: LVScarResult) -> dict[str, Any]:
    """The study as plain dictionaries, lists, strings, finite numbers, booleans and None.

    Volumes stand at the top level. ``threshold``, ``aha17``, ``grey_zone``, ``remote`` and ``request`` hold the fields
    of their dataclasses. ``undefined`` maps the place of each number that has no value (``per_slice.3.burden``) to the
    reason, beside the ``*_reason`` keys of the parts that are missing as a whole.
    """
    document: dict[str, Any] = {
        "schema_version": RESULT_SCHEMA_VERSION,
        "software_version": VERSION,
        "study_name": result.study_name,
        "method": str(result.request.method),
        **asdict(result.burden),
        "weighted_infarct_volume_ml": result.weighted_infarct_volume_ml,
        "burden_line_percent": result.request.burden_line_percent,
        "threshold": _threshold(result.threshold),
        "per_slice": [
            {"index": item.index, "level": item.level, "excluded": item.excluded, **asdict(item.burden)}
            for item in result.slices
        ],
        "excluded_slices": sorted(result.request.excluded_slices),
        "aha17": None if result.aha17 is None else _aha17(result.aha17),
        "aha17_reason": result.aha17_reason,
        "grey_zone": None if result.grey_zone is None else asdict(result.grey_zone),
        "grey_zone_reason": result.grey_zone_reason,
        "remote": None if result.remote is None else asdict(result.remote),
        "remote_reason": None if result.remote else f"the method '{result.request.method}' used no remote region",
        "shapes": [asdict(shape) for shape in result.shapes],
        "models": [asdict(model) for model in result.models],
        "request": asdict(result.request),
        "warnings": list(result.warnings),
        "elapsed_s": dict(result.elapsed_s),
    }
    undefined: dict[str, str] = {}
    if document["scar_fraction_percent"] is None:
        undefined["scar_fraction_percent"] = NO_MYOCARDIUM
    for place, item in enumerate(document["per_slice"]):
        if item["scar_fraction_percent"] is None:
            undefined[f"per_slice.{place}.scar_fraction_percent"] = NO_MYOCARDIUM
    if result.weighted_infarct_volume_ml is None:
        undefined["weighted_infarct_volume_ml"] = "only the method 'ewa' weights voxels by their partial volume"
    document = _plain(document, "", undefined)
    document["undefined"] = undefined
    return document


def to_json_text(document: dict[str, Any]) -> str:
    """The document as strict JSON (no NaN), ending in a newline."""
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _threshold(threshold: Threshold) -> dict[str, Any]:
    fields = asdict(threshold)
    if threshold.value is None and threshold.reason is None:
        fields["reason"] = (
            "each slice has its own threshold" if threshold.per_slice else "the method uses no intensity threshold"
        )
    return fields


def _aha17(aha17: Aha17) -> dict[str, Any]:
    return {
        "rv_insertion_ras": list(aha17.rv_insertion_ras),
        "rv_insertion_source": aha17.rv_insertion_source,
        "segments": [asdict(segment) for segment in aha17.segments],
    }


def _plain(value: Any, place: str, undefined: dict[str, str]) -> Any:
    """Copy with JSON's own types; a number that is not finite becomes None and is written down in ``undefined``."""
    if isinstance(value, dict):
        return {str(key): _plain(item, _join(place, str(key)), undefined) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, _join(place, str(index)), undefined) for index, item in enumerate(value)]
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, bool)):
        return value
    # NumPy scalars know .item(); Python's own numbers are left as they are.
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, float) and not math.isfinite(number):
        undefined[place] = NOT_FINITE
        return None
    return number


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
