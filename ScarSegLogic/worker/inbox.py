"""What the client sent: read by a thread, so that a cancel or the client's end is seen while a job computes."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, BinaryIO

from ScarSegLogic.jobs.protocol import MAXIMUM_LINE_BYTES, Kind, ProtocolError, decode

logger = logging.getLogger(__name__)


class Inbox:
    """The queue of jobs and the set of cancelled ones, shared by the reading thread and the computing one."""

    def __init__(
        self, stream: BinaryIO, *, refuse: Callable[[str], None], cancelled: Callable[[int], None], ended: Callable
    ) -> None:
        """Nothing is read yet.

        Args:
            stream: The client's messages.
            refuse: Called with the reason for a line that is no message of a client.
            cancelled: Called with the number of a waiting job that was cancelled.
            ended: Called when the stream ends: the client is gone.
        """
        self._stream = stream
        self._refuse, self._cancelled, self._ended = refuse, cancelled, ended
        self._condition = threading.Condition()
        self._waiting: deque[dict[str, Any]] = deque()
        self._running: int | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def next_job(self, timeout_s: float | None) -> dict[str, Any] | None:
        """Wait for a job message; None after the timeout. The job counts as running until ``job_ended``."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._waiting, timeout_s):
                return None
            message = self._waiting.popleft()
            self._running = message["job"]
            self._stop.clear()
            return message

    def job_ended(self) -> None:
        """The running job has been answered; a late cancel of it does nothing."""
        with self._condition:
            self._running = None

    def is_cancelled(self) -> bool:
        """Whether the running job was cancelled."""
        return self._stop.is_set()

    def _read(self) -> None:
        try:
            while line := self._stream.readline(MAXIMUM_LINE_BYTES + 1):
                try:
                    self._take(decode(line))
                except ProtocolError as error:
                    self._refuse(str(error))
        except OSError:
            logger.info("the client's pipe broke")
        self._ended()

    def _take(self, message: dict[str, Any]) -> None:
        kind, number = message["type"], message.get("job")
        if kind not in (Kind.JOB, Kind.CANCEL) or type(number) is not int:
            raise ProtocolError(f"expected a job or a cancel with the job's number, got a {kind} for {number!r}")
        with self._condition:
            if kind == Kind.JOB:
                _check_job(message)
                self._waiting.append(message)
                self._condition.notify()
                return
            if number == self._running:
                self._stop.set()
                return
            found = [waiting for waiting in self._waiting if waiting["job"] == number]
            for waiting in found:
                self._waiting.remove(waiting)
        if found:
            self._cancelled(number)


def _check_job(message: dict[str, Any]) -> None:
    parts = {"name": str, "arguments": dict, "arrays": dict}
    for part, kind in parts.items():
        if not isinstance(message.get(part), kind):
            raise ProtocolError(f"a job needs '{part}', a {kind.__name__}")
    if not all(isinstance(file, str) and file and "/" not in file and "\\" not in file and file not in (".", "..")
               for file in message["arrays"].values()):  # fmt: skip
        raise ProtocolError("the arrays of a job are names of files in the job folder, not paths")
