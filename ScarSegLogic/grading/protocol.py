"""What readers are asked: tiers with written criteria and reasons, as versioned JSON in ``Resources/Protocols``.

A site writes its own file of the same form. The store keeps a copy of every version that was ever graded by.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.strict_json import check_schema_version, dataclass_from_json, object_with_keys
from ScarSegLogic.resources import RESOURCES_FOLDER

SCHEMA_VERSION = 1
KIND = "scarseg_grading_protocol"
PROTOCOLS_FOLDER = RESOURCES_FOLDER / "Protocols"
DEFAULT_PROTOCOL = "lv_scar_difficulty"
TIER_NUMBERS = (0, 1, 2)
"""Easy, medium, hard: the d of the curriculum (SCIENCE.md section 1)."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Unit(StrEnum):
    """What one grade is about."""

    SLICE = "slice"
    STUDY = "study"


@dataclass(frozen=True)
class TierCriteria:
    """One tier: its number 0, 1 or 2, its name, what makes it, and an example picture beside the file or None."""

    number: int
    name: str
    criteria: str
    example: str | None


@dataclass(frozen=True)
class Reason:
    """Why something is difficult: a name for the files and a text for the reader."""

    name: str
    text: str


@dataclass(frozen=True)
class Protocol:
    """A grading protocol.

    Attributes:
        name, version: Together they name it for good: another text is another version.
        title, instruction: The question and how to answer it.
        unit: Whether slices or studies are graded.
        tiers: Easy, medium, hard, in this order.
        reasons: May be chosen with a grade.

    Raises:
        ScarSegError: A value is empty or impossible.
    """

    name: str
    version: int
    title: str
    unit: Unit
    instruction: str
    tiers: tuple[TierCriteria, ...]
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        place = f"the protocol {self.name!r}"
        if not _NAME.fullmatch(self.name):
            raise ScarSegError(f"{place} needs a name of small letters, digits, - and _: rename it")
        if self.version < 1:
            raise ScarSegError(f"{place} has the version {self.version}: versions count from 1")
        if tuple(tier.number for tier in self.tiers) != TIER_NUMBERS:
            numbers = [tier.number for tier in self.tiers]
            raise ScarSegError(f"{place} has the tiers {numbers}: expected 0, 1 and 2, easy to hard")
        texts = [self.title, *(text for tier in self.tiers for text in (tier.name, tier.criteria))]
        if not all(text.strip() for text in (*texts, *(reason.text for reason in self.reasons))):
            raise ScarSegError(f"{place} has an empty title, name, criterion or reason: write what readers shall see")
        twice = [name for name, count in Counter(reason.name for reason in self.reasons).items() if count > 1]
        if twice:
            raise ScarSegError(f"{place} names the reason {twice[0]!r} twice: give each a name of its own")

    def to_json(self) -> dict[str, Any]:
        """As it stands in a file."""
        return {"schema_version": SCHEMA_VERSION, "kind": KIND, **asdict(self)}

    @property
    def text(self) -> str:
        """Canonical JSON: the same content, the same text."""
        return json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, allow_nan=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def protocol_from_json(document: Any, place: str) -> Protocol:
    """A protocol from what JSON gave. Raises ScarSegError naming the place of what is missing, unknown or wrong."""
    check_schema_version(document, SCHEMA_VERSION, place)
    if document.get("kind") != KIND:
        raise ScarSegError(f"{place} is no grading protocol: expected the kind '{KIND}'")
    fields = {name: value for name, value in document.items() if name not in ("schema_version", "kind")}
    return dataclass_from_json(Protocol, object_with_keys(fields, Protocol.__dataclass_fields__, place), place)


def read_protocol(path: Path | str) -> Protocol:
    """Read a protocol file, and see that its example pictures are there.

    Raises:
        ScarSegError: The file is missing, no JSON or no valid protocol; the sentence names the place.
    """
    file = Path(path)
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ScarSegError(f"{file}: there is no such protocol: expected {', '.join(shipped_protocols())}"
                           " or a file") from None  # fmt: skip
    except (OSError, ValueError) as error:
        raise ScarSegError(f"{file} cannot be read as JSON ({error}): correct the protocol") from None
    protocol = protocol_from_json(document, str(file))
    for tier in protocol.tiers:
        if tier.example is not None and not (file.parent / tier.example).is_file():
            raise ScarSegError(f"{file} shows the picture {tier.example!r} for {tier.name}, which is not beside it")
    return protocol


def find_protocol(name_or_path: str) -> Protocol:
    """A shipped protocol by its name, or one of a file. Raises ScarSegError where there is none."""
    shipped = PROTOCOLS_FOLDER / f"{name_or_path}.json"
    return read_protocol(shipped if name_or_path in shipped_protocols() else name_or_path)


def shipped_protocols() -> tuple[str, ...]:
    """Names of the protocols that come with ScarSeg."""
    return tuple(sorted(file.stem for file in PROTOCOLS_FOLDER.glob("*.json")))
