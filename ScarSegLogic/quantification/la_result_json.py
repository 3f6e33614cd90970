"""`result.json`: the numbers of one LA study for machines, and back. Undefined numbers are null, with their reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_type_hints

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.finite_json import plain_json, with_nan
from ScarSegLogic.quantification.la_result import (
    LA_RESULT_SCHEMA_VERSION,
    LARegion,
    LAScarResult,
    LAShell,
    ShellScar,
    UtahCategory,
    WallScar,
)
from ScarSegLogic.quantification.request_json import request_fields
from ScarSegLogic.quantification.strict_json import (
    check_schema_version,
    dataclass_from_json,
    object_with_keys,
    value_from_json,
)
from ScarSegLogic.version import VERSION
from ScarSegLogic.volume import LabelMap

NO_WALL = "there is no wall to relate the scar to"
NO_SURFACE = "there is no surface to relate the scar to"
NO_THRESHOLD = "the method uses no intensity threshold"
NO_RATIO = "there is no blood pool, or a ratio to it means nothing: see the warnings and blood_pool_reason"

_WALL_KEYS = tuple(field.name for field in fields(WallScar))
_SHELL_KEYS = tuple(field.name for field in fields(ShellScar))
_SAME_KEYS = (
    "request", "cavity_volume_ml", "scar_outside_wall_ml", "patches", "threshold", "blood_pool", "blood_pool_reason",
    "sweep", "shell_reason", "shell_patches", "excluded_area_cm2", "vein_rings", "utah_reason", "openings", "models",
    "warnings", "study_name", "elapsed_s", "cavity_found", "edited_by_hand",
)  # fmt: skip
"""Entries of the document that are fields of the result under the same name and in the same form."""
_UTAH_KEYS = ("utah_category", "utah_scale", "utah_method")
_REPEATED_KEYS = ("software_version", "method", "blood_pool_mean", "blood_pool_sd")
"""Entries that repeat others for readers of the file, or tell who wrote it; not read back."""


@dataclass(frozen=True, eq=False)
class LAArrays:
    """What a result holds beside its numbers."""

    cavity: LabelMap
    wall: LabelMap
    scar: LabelMap
    blood_pool_mask: LabelMap
    shell: LAShell | None = None


def la_result_to_json(result: LAScarResult) -> dict[str, Any]:
    """The study as plain dictionaries, lists, strings, finite numbers, booleans and None.

    Volumes and areas stand at the top level and in each entry of ``regions``. ``threshold``, ``blood_pool``,
    ``request`` and the entries of ``sweep``, ``vein_rings`` and ``openings`` hold the fields of their dataclasses.
    ``undefined`` maps the place of each number that has no value to the reason, beside the ``*_reason`` keys of the
    parts that are missing as a whole.
    """
    pool, utah = result.blood_pool, result.utah
    document: dict[str, Any] = {
        "schema_version": LA_RESULT_SCHEMA_VERSION,
        "software_version": VERSION,
        "method": str(result.request.method),
        **asdict(result.burden),
        **_shell(result.shell_scar),
        "blood_pool_mean": None if pool is None else pool.mean,
        "blood_pool_sd": None if pool is None else pool.sd,
        "regions": [{"name": region.name, **asdict(region.wall), **_shell(region.shell)} for region in result.regions],
        "utah_category": None if utah is None else utah.category,
        "utah_scale": None if utah is None else utah.scale,
        "utah_method": None if utah is None else utah.method,
    }
    for key in _SAME_KEYS:
        document[key] = _fields(getattr(result, key))
    document["request"] = request_fields(result.request)
    undefined = _undefined(document)
    document = plain_json(document, undefined)
    document["undefined"] = undefined
    return document


def la_result_from_json(document: Any, arrays: LAArrays) -> LAScarResult:
    """The result that ``la_result_to_json`` wrote, with its arrays handed in.

    Numbers that were not finite come back as NaN.

    Raises:
        ScarSegError: Another schema version, a missing or unknown entry, or a wrong type.
    """
    check_schema_version(document, LA_RESULT_SCHEMA_VERSION, "the result")
    keys = ("schema_version", "regions", "undefined", *_WALL_KEYS, *_SHELL_KEYS, *_SAME_KEYS, *_UTAH_KEYS)
    entries = with_nan(object_with_keys(document, (*keys, *_REPEATED_KEYS), "result"))
    hints = get_type_hints(LAScarResult)
    has_shell = entries["shell_reason"] is None
    if not isinstance(entries["regions"], list):
        raise ScarSegError("result.regions is no list: the file is damaged")
    return LAScarResult(
        cavity=arrays.cavity,
        wall=arrays.wall,
        scar=arrays.scar,
        blood_pool_mask=arrays.blood_pool_mask,
        shell=arrays.shell,
        burden=_part(WallScar, entries, "result"),
        shell_scar=_part(ShellScar, entries, "result") if has_shell else None,
        regions=tuple(
            _region(item, f"result.regions.{place}", has_shell) for place, item in enumerate(entries["regions"])
        ),
        utah=_utah(entries),
        **{key: value_from_json(hints[key], entries[key], f"result.{key}") for key in _SAME_KEYS},
    )


def _fields(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_fields(item) for item in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _shell(shell: ShellScar | None) -> dict[str, Any]:
    return dict.fromkeys(_SHELL_KEYS) if shell is None else asdict(shell)


def _part(cls: type, entries: Mapping[str, Any], place: str) -> Any:
    return dataclass_from_json(cls, {field.name: entries[field.name] for field in fields(cls)}, place)


def _region(document: Any, place: str, has_shell: bool) -> LARegion:
    entries = object_with_keys(document, ("name", *_WALL_KEYS, *_SHELL_KEYS), place)
    return LARegion(
        name=value_from_json(str, entries["name"], f"{place}.name"),
        wall=_part(WallScar, entries, place),
        shell=_part(ShellScar, entries, place) if has_shell else None,
    )


def _utah(entries: Mapping[str, Any]) -> UtahCategory | None:
    if entries["utah_category"] is None:
        return None
    values = {field.name: entries[f"utah_{field.name}"] for field in fields(UtahCategory)}
    return dataclass_from_json(UtahCategory, values, "result.utah")


def _undefined(document: Mapping[str, Any]) -> dict[str, str]:
    """Place and reason of each number that is None."""
    told: dict[str, str] = {}
    no_shell = document["shell_reason"]
    for prefix, part in [("", document), *((f"regions.{n}.", each) for n, each in enumerate(document["regions"]))]:
        if part["scar_percent_of_wall"] is None:
            told[f"{prefix}scar_percent_of_wall"] = NO_WALL
        for key in _SHELL_KEYS:
            if part[key] is None:
                told[f"{prefix}{key}"] = no_shell or NO_SURFACE
    if no_shell:
        told |= {"shell_patches": no_shell, "excluded_area_cm2": no_shell}
    for key in ("blood_pool_mean", "blood_pool_sd"):
        if document[key] is None:
            told[key] = document["blood_pool_reason"]
    threshold = document["threshold"]
    without = threshold["reason"] or NO_THRESHOLD
    for key in ("value", "iir", "n_sd"):
        if threshold[key] is None:
            told[f"threshold.{key}"] = without if threshold["value"] is None else NO_RATIO
    for place, point in enumerate(document["sweep"]):
        if point["iir"] is None:
            told[f"sweep.{place}.iir"] = NO_RATIO
    for place, ring in enumerate(document["vein_rings"]):
        for key in ("encirclement_percent", "assessed_percent", "length_mm"):
            if ring[key] is None:
                told[f"vein_rings.{place}.{key}"] = ring["reason"]
    for key in _UTAH_KEYS:
        if document[key] is None:
            told[key] = document["utah_reason"]
    return told
