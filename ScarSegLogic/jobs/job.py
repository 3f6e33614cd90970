"""One job: what is asked of the worker and what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from numpy.typing import NDArray

from ScarSegLogic.jobs.protocol import encode

ARRAY_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Names of arrays become parts of file names."""


class JobState(StrEnum):
    """Where a job stands. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, eq=False)
class JobSpec:
    """What the worker is asked.

    Attributes:
        name: Name of the job in the worker's registry.
        arguments: Anything JSON; no NaN.
        arrays: Name to array of any shape and plain dtype. They are read until the job runs: do not change them.

    Raises:
        TypeError: The arguments are not JSON, or an array holds Python objects.
        ValueError: The arguments hold NaN, or an array's name is not like ``image_1``.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        encode(dict(self.arguments))
        for name, array in self.arrays.items():
            if not ARRAY_NAME.fullmatch(name):
                raise ValueError(f"'{name}' is no name of an array: expected small letters, digits and underscores")
            if array.dtype.hasobject:
                raise TypeError(f"the array '{name}' holds Python objects: expected numbers")


class Job:
    """A submitted job; the client changes it, others read it.

    Attributes:
        number: Counts the jobs of one client.
        spec: What was asked.
        state: See ``JobState``.
        progress: Share done, 0 to 1.
        message: A few words for the user: what is being done.
        error: The sentence for the user where the job failed, else None.
        result: The worker's JSON answer; empty until done.
        arrays: The worker's arrays, private copies; empty until done.
        elapsed_s: Seconds from its start to now or to its end; 0 while queued.
    """

    def __init__(self, number: int, spec: JobSpec) -> None:
        self.number = number
        self.spec = spec
        self.state = JobState.QUEUED
        self.progress = 0.0
        self.message = "waiting"
        self.error: str | None = None
        self.result: dict[str, Any] = {}
        self.arrays: dict[str, NDArray] = {}
        self.elapsed_s = 0.0

    @property
    def finished(self) -> bool:
        """Whether the state is final."""
        return self.state in FINAL_STATES

    def __repr__(self) -> str:
        return f"<Job {self.number} {self.spec.name} {self.state} {self.progress:.0%}>"
