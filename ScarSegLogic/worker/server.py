"""The worker's loop: one job after the other, answers through a descriptor of its own."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.jobs.array_files import map_array, write_all
from ScarSegLogic.jobs.protocol import PROTOCOL_VERSION, Kind, encode
from ScarSegLogic.jobs.scratch import remove_if_abandoned
from ScarSegLogic.version import VERSION
from ScarSegLogic.worker.context import JobCancelled, JobContext, JobFunction
from ScarSegLogic.worker.inbox import Inbox
from ScarSegLogic.worker.log import WorkerLog
from ScarSegLogic.worker.outcome import sentence_for

COLLECT_AFTER_S = 1.0
"""When no job follows at once, there is time to look for what cycles keep mapped: 0.1 s with torch (ours)."""
PROGRESS_INTERVAL_S = 0.05
"""Progress in shorter turns than a screen shows is dropped (ours)."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class IdleStep:
    """What to do once no job came for a while; ``act`` returns whether the worker shall leave."""

    after_s: float
    act: Callable[[], bool]


class Server:
    """Answers one client until that client ends."""

    def __init__(
        self,
        jobs: Mapping[str, JobFunction],
        folder: Path,
        *,
        idle_steps: Sequence[IdleStep] = (),
        streams: tuple[BinaryIO, int],
        log: WorkerLog,
    ) -> None:
        """Set up; ``run`` works.

        Args:
            jobs: Name to function.
            folder: Where the arrays lie.
            idle_steps: By ascending time.
            streams: The client's messages, and the descriptor for the answers.
            log: Where everything else goes.
        """
        self._jobs = dict(jobs)
        self._folder = folder
        self._idle_steps = tuple(idle_steps)
        self._answers = streams[1]
        self._sending = threading.Lock()
        self._log = log
        self._inbox = Inbox(
            streams[0],
            refuse=lambda reason: self._send({"type": Kind.REFUSED, "reason": reason}),
            cancelled=lambda number: self._send({"type": Kind.CANCELLED, "job": number}),
            ended=self._leave,
        )

    def run(self) -> None:
        """Greet, then compute what comes. Does not return."""
        self._send(
            {
                "type": Kind.HELLO,
                "protocol": PROTOCOL_VERSION,
                "version": VERSION,
                "pid": os.getpid(),
                "jobs": sorted(self._jobs),
                "log": None if self._log.path is None else str(self._log.path),
            }
        )
        self._inbox.start()
        while True:
            message = self._wait_for_job()
            answer = self._answer(message)
            self._inbox.job_ended()
            self._send(answer)
            self._log.rotate()

    def _wait_for_job(self) -> dict[str, Any]:
        waited_s = 0.0
        for step in (IdleStep(COLLECT_AFTER_S, _collect), *self._idle_steps):
            message = self._inbox.next_job(step.after_s - waited_s)
            if message is not None:
                return message
            waited_s = step.after_s
            if step.act():
                self._send({"type": Kind.LEAVING})
                os._exit(0)
        return self._inbox.next_job(None)

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        number, name = message["job"], message["name"]
        try:
            function = self._jobs.get(name)
            if function is None:
                raise ScarSegError(f"the computing process knows no job '{name}': restart the program")
            arrays = {key: map_array(self._folder / file) for key, file in message["arrays"].items()}
            started_s = time.monotonic()
            work = self._folder / f"{number}-work"
            output = function(JobContext(message["arguments"], arrays, work, self._progress(number), self._check))
            files = write_all(self._folder, f"{number}-answer", output.arrays)
            logger.info("job %d, %s: done in %.2f s", number, name, time.monotonic() - started_s)
            answer = {"type": Kind.DONE, "job": number, "result": dict(output.result), "arrays": files}
            encode(answer)
            return answer
        except JobCancelled:
            return {"type": Kind.CANCELLED, "job": number}
        except Exception as error:
            return {"type": Kind.FAILED, "job": number, "sentence": sentence_for(error, self._log.path)}

    def _progress(self, number: int) -> Callable[[float, str], None]:
        told_s = -PROGRESS_INTERVAL_S

        def tell(share: float, words: str) -> None:
            nonlocal told_s
            self._check()
            if time.monotonic() - told_s >= PROGRESS_INTERVAL_S:
                told_s = time.monotonic()
                share = min(max(float(share), 0.0), 1.0)
                self._send({"type": Kind.PROGRESS, "job": number, "share": share, "message": str(words)})

        return tell

    def _check(self) -> None:
        if self._inbox.is_cancelled():
            raise JobCancelled

    def _send(self, message: Mapping[str, Any]) -> None:
        data = encode(message)
        try:
            with self._sending:
                while data:
                    data = data[os.write(self._answers, data) :]
        except OSError:
            self._leave()

    def _leave(self) -> None:
        """The client is gone: end at once, also in the middle of a computation, and leave no image behind."""
        logger.info("the client has ended, so does the worker")
        # A killed client's lock may be free a moment after its pipe.
        for _ in range(20):
            if remove_if_abandoned(self._folder):
                break
            time.sleep(0.05)
        os._exit(0)


def _collect() -> bool:
    # Windows deletes no file that is mapped; the client tries again at its next job.
    gc.collect()
    return False
