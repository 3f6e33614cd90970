"""A request as JSON: what the worker receives and a scene keeps."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, TypeVar

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.strict_json import check_schema_version, dataclass_from_json

REQUEST_SCHEMA_VERSION = 1

Request = TypeVar("Request", LVRequest, LARequest)


def request_to_json(request: LVRequest | LARequest) -> dict[str, Any]:
    """The request's fields and ``schema_version`` as JSON's own types.

    Raises:
        ScarSegError: A number is not finite (the request's own checks let none through).
    """
    return {"schema_version": REQUEST_SCHEMA_VERSION, **request_fields(request)}


def request_from_json(document: Any, job: type[Request] = LVRequest) -> Request:
    """The request that ``request_to_json`` wrote.

    Args:
        document: From ``request_to_json`` or ``json.loads``.
        job: ``LVRequest`` or ``LARequest``: whose request it is.

    Raises:
        ScarSegError: Another schema version, a missing or unknown entry, a wrong type or a value out of range.
    """
    check_schema_version(document, REQUEST_SCHEMA_VERSION, "the request")
    entries = {key: value for key, value in document.items() if key != "schema_version"}
    return dataclass_from_json(job, entries, "request")


def request_fields(request: LVRequest | LARequest) -> dict[str, Any]:
    """The fields alone, as they stand in ``result.json``."""
    return {name: _plain(name, value) for name, value in asdict(request).items()}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(name, item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ScarSegError(f"request.{name} is {value}: expected a finite number")
    # An enumeration of texts is written as its text.
    return str(value) if isinstance(value, str) else value
