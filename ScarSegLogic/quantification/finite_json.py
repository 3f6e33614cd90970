"""Results as JSON that never holds NaN: a number without a value is null, its place and reason in ``undefined``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from copy import deepcopy
from enum import Enum
from typing import Any

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.strict_json import value_from_json

NOT_FINITE = "the computed value was not a finite number"


def to_json_text(document: dict[str, Any]) -> str:
    """The document as strict JSON (no NaN), ending in a newline."""
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def plain_json(value: Any, undefined: dict[str, str]) -> Any:
    """A copy with JSON's own types; a number that is not finite becomes None and is written down in ``undefined``."""
    return _plain(value, "", undefined)


def with_nan(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which the numbers that ``undefined`` calls not finite are NaN again."""
    copy = deepcopy(dict(document))
    for place, reason in value_from_json(dict[str, str], document["undefined"], "result.undefined").items():
        if reason != NOT_FINITE:
            continue
        *path, last = place.split(".")
        try:
            holder: Any = copy
            for key in path:
                holder = holder[_index(holder, key)]
            holder[_index(holder, last)] = math.nan
        except (LookupError, TypeError, ValueError) as error:
            raise ScarSegError(f"result.undefined names {place}, which the result lacks: it is damaged") from error
    return copy


def _index(holder: Any, key: str) -> int | str:
    return int(key) if isinstance(holder, list) else key


def _plain(value: Any, place: str, undefined: dict[str, str]) -> Any:
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
