"""The messages between client and worker: one JSON object a line. docs/worker.md describes each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

PROTOCOL_VERSION = 1
"""Raised whenever a message changes its meaning; client and worker refuse each other's other versions."""

MAXIMUM_LINE_BYTES = 16 * 2**20
"""A longer line is refused: large things travel as arrays (ours)."""


class ProtocolError(Exception):
    """A line that is no message. A fault of ours, never of the user."""


class Kind(StrEnum):
    """The value of ``type`` in every message."""

    JOB = "job"
    CANCEL = "cancel"
    HELLO = "hello"
    PROGRESS = "progress"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    LEAVING = "leaving"


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as one ASCII line.

    Raises:
        ValueError: It holds NaN or infinity, which JSON does not have.
        TypeError: It holds something that is not JSON.
    """
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message of one line.

    Raises:
        ProtocolError: The line is not strict JSON, not an object or has no known ``type``.
    """
    if len(line) > MAXIMUM_LINE_BYTES:
        raise ProtocolError(f"a line of {len(line)} bytes, at most {MAXIMUM_LINE_BYTES} are allowed")
    try:
        message = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a line that is not JSON: {error}") from None
    if not isinstance(message, dict):
        raise ProtocolError(f"a message must be an object, got {type(message).__name__}")
    if message.get("type") not in tuple(Kind):
        raise ProtocolError(f"unknown message type {message.get('type')!r}: expected one of {', '.join(Kind)}")
    return message


class LineBuffer:
    """Cuts a stream of bytes, which arrives in any pieces, into lines."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes; return the lines they complete, without their ends.

        Raises:
            ProtocolError: A line grows beyond ``MAXIMUM_LINE_BYTES``.
        """
        self._rest += data
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest
        if len(rest) > MAXIMUM_LINE_BYTES:
            raise ProtocolError(f"a line without end, longer than {MAXIMUM_LINE_BYTES} bytes")
        return [bytes(line) for line in lines]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
