"""What a job function gets and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray


class JobCancelled(BaseException):
    """The client cancelled the job. Not an Exception, so that nobody who handles errors swallows it."""


@dataclass(frozen=True, eq=False)
class JobContext:
    """One job as its function sees it.

    Attributes:
        arguments: The client's JSON.
        arrays: The client's arrays, mapped from files, read-only; gone when the job ends.
        progress: Tells share done (0 to 1) and a few words. Raises JobCancelled where the job was cancelled.
        work_folder: For files in the making; the function makes it, the client deletes it, however the job ends.
        check: Raises JobCancelled where the job was cancelled; for the middle of long computations.
    """

    arguments: Mapping[str, Any]
    arrays: Mapping[str, NDArray]
    work_folder: Path
    progress: Callable[[float, str], None]
    check: Callable[[], None]


@dataclass(frozen=True, eq=False)
class JobOutput:
    """The answer: JSON without NaN, and arrays."""

    result: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray] = field(default_factory=dict)


JobFunction = Callable[[JobContext], JobOutput]
