"""The way of the one running job: its arrays go out, the worker computes, the answer's arrays come in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from ScarSegLogic.jobs.array_files import read_in_pieces, write_in_pieces
from ScarSegLogic.jobs.job import Job
from ScarSegLogic.jobs.protocol import Kind


class Phase(Enum):
    """Where on its way a running job is."""

    SENDING = auto()
    SENT = auto()
    COMPUTING = auto()
    FETCHING = auto()
    FETCHED = auto()


class Run:
    """One job on its way.

    Attributes:
        job: The job.
        phase: See ``Phase``.
        cancel_until_s: ``time.monotonic()`` until which a cancelled job may end by itself; None if not cancelled.
        restarts: How often the worker was started anew before it got the job.
    """

    def __init__(self, job: Job, folder: Path) -> None:
        self.job = job
        self.phase = Phase.SENDING
        self.cancel_until_s: float | None = None
        self.restarts = 0
        self._folder = folder
        self._started_at_s = time.monotonic()
        self._copying = self._send()

    def copy(self, budget_s: float) -> None:
        """Copy arrays for about this long. Raises OSError (a full disk) and ValueError (a file is cut short)."""
        end_s = time.monotonic() + budget_s
        while self.phase in (Phase.SENDING, Phase.FETCHING):
            if next(self._copying, self) is self:
                self.phase = Phase.SENT if self.phase is Phase.SENDING else Phase.FETCHED
            elif time.monotonic() > end_s:
                break
        self.job.elapsed_s = time.monotonic() - self._started_at_s

    def stop_copying(self) -> None:
        """Close the files."""
        self._copying.close()

    def message(self) -> dict:
        """What tells the worker to compute; the phase follows."""
        self.phase = Phase.COMPUTING
        return {
            "type": Kind.JOB,
            "job": self.job.number,
            "name": self.job.spec.name,
            "arguments": dict(self.job.spec.arguments),
            "arrays": {name: self._file(name) for name in self.job.spec.arrays},
        }

    def fetch(self, files: dict[str, str]) -> None:
        """Begin to read the answer's arrays: name to file name in the folder.

        Raises:
            ValueError: A file name is a path.
        """
        for file in files.values():
            if Path(file).name != file:
                raise ValueError(f"'{file}' is no name of a file in the job's folder")
        self.phase = Phase.FETCHING
        self._copying = self._fetch(files)

    def _send(self) -> Iterator[None]:
        for name, array in self.job.spec.arrays.items():
            yield from write_in_pieces(self._folder / self._file(name), array)

    def _fetch(self, files: dict[str, str]) -> Iterator[None]:
        for name, file in files.items():
            yield from read_in_pieces(self._folder / file, name, self.job.arrays)

    def _file(self, name: str) -> str:
        return f"{self.job.number}-{name}.npy"
