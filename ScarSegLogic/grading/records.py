"""What goes into the store and comes out of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ScarSegLogic.grading.schema import WHOLE_STUDY
from ScarSegLogic.version import VERSION


class Action(StrEnum):
    """What a reader did: gave a tier, left the item for later, marked it for discussion, took the mark back."""

    GRADE = "grade"
    SKIP = "skip"
    FLAG = "flag"
    UNFLAG = "unflag"


class WorklistKind(StrEnum):
    """Who a worklist is for: readers, a consensus reader, or nobody since it was read elsewhere."""

    READING = "reading"
    ADJUDICATION = "adjudication"
    IMPORTED = "imported"


@dataclass(frozen=True)
class CaseKey:
    """A case without its identity.

    Attributes:
        case_key: See ``case_keys``.
        patient_key: Key of one of the patient's cases, the same for all of them.
        slice_count: How many slices it has.
    """

    case_key: str
    patient_key: str
    slice_count: int


@dataclass(frozen=True, order=True)
class Item:
    """A slice of a case, or the whole study (``slice_index`` -1), to be graded; ``occurrence`` 1 is a hidden repeat."""

    case_key: str
    slice_index: int = WHOLE_STUDY
    occurrence: int = 0


@dataclass(frozen=True)
class Worklist:
    """A worklist as it was made; ``items`` are without repeats, in the order they were given."""

    name: str
    kind: WorklistKind
    protocol_id: int
    seed: int
    repeat_share: float
    items: tuple[Item, ...] = field(repr=False)
    source: str | None = None


@dataclass(frozen=True)
class Grade:
    """One act of a reader, complete in itself.

    Attributes:
        worklist, reader, protocol_id, item: Whose grade of what, by which protocol.
        action: What was done; ``tier`` is 0, 1 or 2 for a grade, else None.
        reasons: Names of the protocol's reasons.
        comment: Free text; nobody may write a patient's name into it.
        elapsed_s: Time spent on it by a clock that cannot be set back, or None.
        session: The window it was given in.
        graded_utc: By the reader's clock.
        uuid: Stays with it wherever it is kept: it is stored once, however often it is sent.
    """

    worklist: str
    reader: str
    protocol_id: int
    item: Item
    action: Action
    tier: int | None = None
    reasons: tuple[str, ...] = ()
    comment: str = ""
    elapsed_s: float | None = None
    session: str = ""
    graded_utc: str = field(default_factory=lambda: utc_now())
    software_version: str = VERSION
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def to_text(self) -> str:
        """As JSON, for `grade_from_text`."""
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)


def grade_from_text(text: str) -> Grade:
    """A grade from its JSON."""
    document: Mapping[str, Any] = json.loads(text)
    return Grade(
        **{
            **document,
            "item": Item(**document["item"]),
            "action": Action(document["action"]),
            "reasons": tuple(document["reasons"]),
        }
    )


def utc_now() -> str:
    """ISO 8601 with microseconds, in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
