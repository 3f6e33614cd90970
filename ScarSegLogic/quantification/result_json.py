"""`result.json`: the numbers of one LV study for machines, and back. Undefined numbers are null, with their reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.finite_json import plain_json, with_nan
from ScarSegLogic.quantification.request_json import request_fields
from ScarSegLogic.quantification.result import (
    RESULT_SCHEMA_VERSION,
    Aha17,
    LVScarResult,
    ScarBurden,
    SliceResult,
    Threshold,
)
from ScarSegLogic.quantification.strict_json import (
    check_schema_version,
    dataclass_from_json,
    object_with_keys,
    value_from_json,
)
from ScarSegLogic.version import VERSION
from ScarSegLogic.volume import LabelMap

NO_MYOCARDIUM = "there is no counted myocardium to relate the infarct to"
PER_SLICE_REASON = "each slice has its own threshold"
NO_THRESHOLD_REASON = "the method uses no intensity threshold"

_BURDEN_KEYS = tuple(field.name for field in fields(ScarBurden))
_RESULT_KEYS = ("aha17", "grey_zone", "remote", "shapes", "models", "request", "warnings", "elapsed_s", "study_name")
"""Entries of the document that are fields of the result under the same name and in the same form."""
_TEXT_KEYS = ("aha17_reason", "grey_zone_reason")
_REPEATED_KEYS = ("software_version", "method", "burden_line_percent", "excluded_slices", "remote_reason")
"""Entries that repeat others for readers of the file, or tell who wrote it; not read back."""
_OTHER_KEYS = (
    "schema_version", "threshold", "per_slice", "weighted_infarct_volume_ml", "myocardium_found", "edited_by_hand",
    "undefined",
)  # fmt: skip


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
        "myocardium_found": result.myocardium_found,
        "edited_by_hand": result.edited_by_hand,
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
        "request": request_fields(result.request),
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
    document = plain_json(document, undefined)
    document["undefined"] = undefined
    return document


def result_from_json(
    document: Any, segmentation: LabelMap, remote_mask: NDArray[np.bool_] | None = None
) -> LVScarResult:
    """The result that ``result_to_json`` wrote, with its arrays handed in.

    Numbers that were not finite come back as NaN.

    Args:
        document: From ``result_to_json`` or ``json.loads``.
        segmentation: The result's label map.
        remote_mask: (K, J, I) bool on the same grid, or None.

    Raises:
        ScarSegError: Another schema version, a missing or unknown entry, or a wrong type.
    """
    check_schema_version(document, RESULT_SCHEMA_VERSION, "the result")
    keys = (*_BURDEN_KEYS, *_RESULT_KEYS, *_TEXT_KEYS, *_REPEATED_KEYS, *_OTHER_KEYS)
    entries = with_nan(object_with_keys(document, keys, "result"))
    hints = get_type_hints(LVScarResult)
    same = (*_RESULT_KEYS, *_TEXT_KEYS, "weighted_infarct_volume_ml", "myocardium_found", "edited_by_hand")
    return LVScarResult(
        segmentation=segmentation,
        remote_mask=remote_mask,
        burden=_burden(entries, "result"),
        threshold=_read_threshold(entries["threshold"]),
        slices=_slices(entries["per_slice"]),
        **{key: value_from_json(hints[key], entries[key], f"result.{key}") for key in same},
    )


def _threshold(threshold: Threshold) -> dict[str, Any]:
    fields = asdict(threshold)
    if threshold.value is None and threshold.reason is None:
        fields["reason"] = PER_SLICE_REASON if threshold.per_slice else NO_THRESHOLD_REASON
    return fields


def _read_threshold(document: Any) -> Threshold:
    threshold = dataclass_from_json(Threshold, document, "result.threshold")
    if threshold.reason in (PER_SLICE_REASON, NO_THRESHOLD_REASON):
        return replace(threshold, reason=None)
    return threshold


def _slices(document: Any) -> tuple[SliceResult, ...]:
    if not isinstance(document, list):
        raise ScarSegError("result.per_slice is no list: the file is damaged")
    return tuple(_slice(item, f"result.per_slice.{place}") for place, item in enumerate(document))


def _slice(document: Any, place: str) -> SliceResult:
    entries = object_with_keys(document, ("index", "level", "excluded", *_BURDEN_KEYS), place)
    hints = get_type_hints(SliceResult)
    own = {key: value_from_json(hints[key], entries[key], f"{place}.{key}") for key in ("index", "excluded", "level")}
    return SliceResult(burden=_burden(entries, place), **own)


def _burden(entries: Mapping[str, Any], place: str) -> ScarBurden:
    return dataclass_from_json(ScarBurden, {key: entries[key] for key in _BURDEN_KEYS}, place)


def _aha17(aha17: Aha17) -> dict[str, Any]:
    return {
        "rv_insertion_ras": list(aha17.rv_insertion_ras),
        "rv_insertion_source": aha17.rv_insertion_source,
        "segments": [asdict(segment) for segment in aha17.segments],
    }
