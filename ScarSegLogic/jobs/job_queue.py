"""Jobs that wait, and who is told of their changes."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from ScarSegLogic.jobs.job import Job, JobSpec

OnChange = Callable[[Job], None]
logger = logging.getLogger(__name__)


class JobQueue:
    """The waiting jobs of one client, in the order in which they came; it numbers them and rings their listeners."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()
        self._listeners: dict[Job, OnChange] = {}
        self._count = 0

    def add(self, spec: JobSpec, on_change: OnChange | None) -> Job:
        """Make a job and let it wait; its listener hears of it until it has finished."""
        self._count += 1
        job = Job(self._count, spec)
        if on_change is not None:
            self._listeners[job] = on_change
        self._waiting.append(job)
        return job

    def waiting(self) -> tuple[Job, ...]:
        """Those that wait."""
        return tuple(self._waiting)

    def remove(self, job: Job) -> None:
        """A waiting job waits no longer."""
        self._waiting.remove(job)

    def take_next(self) -> Job | None:
        """The one that came first, which waits no longer; None where none waits."""
        return self._waiting.popleft() if self._waiting else None

    def change(self, job: Job, **changes: Any) -> None:
        """Set attributes of a job, waiting or not, and ring its listener."""
        for name, value in changes.items():
            setattr(job, name, value)
        listener = self._listeners.pop(job, None) if job.finished else self._listeners.get(job)
        if listener is not None:
            try:
                listener(job)
            except Exception:
                # The next job must not suffer from a listener's fault.
                logger.exception("a listener of %r failed", job)
