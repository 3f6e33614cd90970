"""Who looked at a result: slices accepted one by one, edits logged, DRAFT until a named reader has accepted all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.strict_json import check_schema_version, dataclass_from_json

REVIEW_SCHEMA_VERSION = 1


class ReviewedResult(Protocol):
    """A result of slices that a reader accepts one by one."""

    @property
    def slices_to_review(self) -> tuple[int, ...]:
        """Indices of the stack with slices first."""


class ReviewStatus(StrEnum):
    """State of a report."""

    DRAFT = "DRAFT"
    FINAL = "FINAL"


@dataclass(frozen=True)
class AcceptedSlice:
    """A slice (index of the stack with slices first) and when it was accepted, ISO 8601 in UTC."""

    index: int
    at_utc: str

    def __post_init__(self) -> None:
        moment(self.at_utc)


@dataclass(frozen=True)
class Edit:
    """One change by hand.

    Attributes:
        at_utc: ISO 8601 in UTC.
        what: Which segment, in a few words.
        first_slice, last_slice: Range of slices it touched, both included.
        voxels_changed: Number of voxels.
    """

    at_utc: str
    what: str
    first_slice: int
    last_slice: int
    voxels_changed: int

    def __post_init__(self) -> None:
        moment(self.at_utc)


@dataclass(frozen=True)
class Review:
    """The review of one result.

    Attributes:
        reader: Name of the person, or None.
        accepted: Slices in the order of acceptance; a slice may stand there again.
        edits: In the order in which they were made.
    """

    reader: str | None = None
    accepted: tuple[AcceptedSlice, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def named_reader(self) -> str | None:
        """The reader without surrounding blanks; None where nothing is left."""
        return (self.reader or "").strip() or None

    @property
    def person_name(self) -> str | None:
        """The reader's name as DICOM carries it: at most 64 characters, without its separators."""
        name = "".join(" " if character in "\\^=" else character for character in self.named_reader or "")
        return name.strip()[:64] or None

    def accepted_slices(self) -> frozenset[int]:
        """Slices whose last acceptance is not older than the last edit that touched them (ours)."""
        latest: dict[int, datetime] = {}
        for entry in self.accepted:
            latest[entry.index] = max(moment(entry.at_utc), latest.get(entry.index, moment(entry.at_utc)))
        return frozenset(
            index
            for index, at in latest.items()
            if all(moment(edit.at_utc) <= at for edit in self.edits if edit.first_slice <= index <= edit.last_slice)
        )

    def open_slices(self, result: ReviewedResult) -> tuple[int, ...]:
        """Slices of the result that still have to be accepted."""
        accepted = self.accepted_slices()
        return tuple(index for index in result.slices_to_review if index not in accepted)

    def status(self, result: ReviewedResult) -> ReviewStatus:
        """FINAL where a named reader accepted every slice of the result, else DRAFT."""
        done = self.named_reader is not None and not self.open_slices(result)
        return ReviewStatus.FINAL if done else ReviewStatus.DRAFT

    def accepted_at_utc(self, result: ReviewedResult) -> str | None:
        """When the last slice was accepted; None while the report is a DRAFT."""
        if self.status(result) is ReviewStatus.DRAFT:
            return None
        return max((entry.at_utc for entry in self.accepted), key=moment)


def accept_all(reader: str, result: ReviewedResult, *, at_utc: str | None = None) -> Review:
    """The review of a reader who accepts every slice at once, now or at a given time."""
    at = at_utc or utc_now()
    return Review(reader, tuple(AcceptedSlice(index, at) for index in result.slices_to_review))


def utc_now() -> str:
    """Now, to the millisecond, so that an edit and an acceptance keep their order: ``2026-01-02T03:04:05.678Z``."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(at_utc: str) -> datetime:
    """The time of a text. Raises ScarSegError unless it is ISO 8601 and in UTC."""
    try:
        at = datetime.fromisoformat(at_utc)
    except (TypeError, ValueError):
        at = None
    if at is None or at.utcoffset() != timedelta(0):
        raise ScarSegError(f"'{at_utc}' is no time in UTC: expected, for example, 2026-01-02T03:04:05Z")
    return at


def review_to_json(review: Review) -> dict[str, Any]:
    """The review as JSON's own types."""
    document = asdict(review)
    lists = {key: list(document[key]) for key in ("accepted", "edits")}
    return {"schema_version": REVIEW_SCHEMA_VERSION, "reader": review.reader, **lists}


def review_from_json(document: Any) -> Review:
    """The review that ``review_to_json`` wrote.

    Raises:
        ScarSegError: Another schema version, a missing or unknown entry, a wrong type or time.
    """
    check_schema_version(document, REVIEW_SCHEMA_VERSION, "the review")
    return dataclass_from_json(
        Review, {key: value for key, value in document.items() if key != "schema_version"}, "review"
    )
