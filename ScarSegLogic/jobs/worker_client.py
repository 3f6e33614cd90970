"""The client of the worker process: a queue of jobs, polled by whoever has a timer. No threads, nothing blocks."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from typing import Any

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.jobs import sentences
from ScarSegLogic.jobs.job import Job, JobSpec, JobState
from ScarSegLogic.jobs.job_queue import JobQueue, OnChange
from ScarSegLogic.jobs.process import WorkerProcess
from ScarSegLogic.jobs.protocol import PROTOCOL_VERSION, Kind, ProtocolError
from ScarSegLogic.jobs.run import Phase, Run
from ScarSegLogic.jobs.scratch import ScratchFolder
from ScarSegLogic.version import VERSION

WORKER_ENTRY = "ScarSegLogic.worker.main"
"""The module whose ``main`` is the worker; named, not imported, because jobs know nothing of hearts."""
POLL_BUDGET_S = 0.012
"""How long one poll copies arrays; the rest waits for the next (ours; the user's thread may stop for 50 ms)."""
CANCEL_GRACE_S = 0.6
"""A worker that has not let go of a cancelled job by then is ended, so that Cancel answers within 1 s."""
START_TIMEOUT_S = 60.0
"""A cold disk and a virus scanner may take long (ours)."""
CLOSE_TIMEOUT_S = 0.5
"""How long closing waits for the worker to leave by itself (ours)."""

logger = logging.getLogger(__name__)


class WorkerClient:
    """Runs jobs in one worker process, in the order in which they were submitted.

    The process starts with the first job, stays warm for the next, and is replaced when it dies. Call ``poll`` every
    20 ms or so (a QTimer, an asyncio loop, ``wait``); everything happens inside it, so ``on_change`` is called in the
    caller's thread. Neither ``submit`` nor ``poll`` takes longer than about 30 ms.
    """

    def __init__(self, *, python: Sequence[str] | None = None, entry: str = WORKER_ENTRY) -> None:
        """Nothing starts yet.

        Args:
            python: Program and first arguments that behave as Python; None takes ``sys.executable``.
            entry: Module whose ``main`` runs the worker.
        """
        self._python = tuple(python or (sys.executable,))
        self._entry = entry
        self._queue = JobQueue()
        self._run: Run | None = None
        self._worker: WorkerProcess | None = None
        self._leaving: list[WorkerProcess] = []
        self._scratch: ScratchFolder | None = None
        self._polling = False
        self._closed = False

    @property
    def worker_pid(self) -> int | None:
        """The worker's own process number, not its launcher's; None while there is none."""
        return None if self._worker is None else self._worker.pid

    @property
    def busy(self) -> bool:
        """Whether a job is running or queued."""
        return self._run is not None or bool(self._queue.waiting())

    def submit(self, spec: JobSpec, on_change: OnChange | None = None) -> Job:
        """Queue a job.

        Args:
            spec: What is asked.
            on_change: Called with the job whenever its state, progress or message changed.

        Raises:
            RuntimeError: The client is closed.
        """
        if self._closed:
            raise RuntimeError("the client is closed: take a new one")
        job = self._queue.add(spec, on_change)
        # Copying begins with the next poll: the caller has often just gathered the arrays.
        if not self._polling:
            self._begin_next()
        return job

    def cancel(self, job: Job) -> None:
        """Cancel a queued job at once and a running one within a second; a finished one stays as it is."""
        if job in self._queue.waiting():
            self._queue.remove(job)
            self._queue.change(job, state=JobState.CANCELLED, message="cancelled")
        elif self._run is not None and job is self._run.job and self._run.cancel_until_s is None:
            if self._run.phase is not Phase.COMPUTING:
                self._end(JobState.CANCELLED, message="cancelled")
                return
            self._run.cancel_until_s = time.monotonic() + CANCEL_GRACE_S
            self._worker.send({"type": Kind.CANCEL, "job": job.number})
            self._queue.change(job, message="cancelling")

    def poll(self) -> None:
        """Do what can be done now: hear the worker, copy arrays for a moment, start what is next. Never waits."""
        if self._polling or self._closed:
            return
        self._polling = True
        try:
            self._hear()
            self._watch_the_clock()
            self._begin_next()
            self._copy()
            self._hand_over()
            self._leaving = [worker for worker in self._leaving if not worker.is_gone()]
        finally:
            self._polling = False

    def wait(self, job: Job, timeout_s: float = 600.0) -> Job:
        """Poll until a job has finished. For scripts and tests; a user interface has a timer.

        Raises:
            TimeoutError: It has not finished in time; it goes on.
            RuntimeError: Called from within ``on_change``.
        """
        if self._polling:
            raise RuntimeError("a callback cannot wait for the poll that called it")
        end_s = time.monotonic() + timeout_s
        while not job.finished:
            self.poll()
            if time.monotonic() > end_s:
                raise TimeoutError(f"{job!r} has not finished within {timeout_s:g} s")
            if self._run is None or self._run.phase not in (Phase.SENDING, Phase.FETCHING):
                time.sleep(0.001)
        return job

    def close(self) -> None:
        """Cancel everything, end the worker and remove the folder. Takes up to half a second; may be repeated."""
        if self._closed:
            return
        self._closed = True
        for job in self._queue.waiting():
            self.cancel(job)
        if self._run is not None:
            self._end(JobState.CANCELLED, message="cancelled")
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end_input()
        # A leaving worker looks whether the folder is still somebody's, so it goes first.
        if self._scratch is not None:
            self._scratch.remove()
        if worker is not None:
            worker.wait_or_kill(CLOSE_TIMEOUT_S)

    def _hear(self) -> None:
        worker = self._worker
        if worker is None:
            return
        try:
            for message in worker.receive():
                self._understand(message)
        except (ProtocolError, KeyError, TypeError, ValueError) as error:
            logger.error("the worker's answer was not understood: %s", error)
            self._lose_worker(sentences.CONFUSED, retry=False)
        if worker is not self._worker:
            return
        if not worker.alive:
            if worker.hello is None:
                logger.error("the worker did not start: %s", worker.start_output())
            started = worker.hello is not None
            self._lose_worker(sentences.ENDED if started else sentences.NOT_STARTED, retry=started)
        elif worker.hello is not None and worker.spoken != (PROTOCOL_VERSION, VERSION):
            logger.error("the worker speaks %s, expected %s", worker.spoken, (PROTOCOL_VERSION, VERSION))
            self._lose_worker(sentences.UPDATED, retry=False)

    def _understand(self, message: dict[str, Any]) -> None:
        kind, run = message["type"], self._run
        if kind == Kind.REFUSED:
            raise ProtocolError(f"the worker refused a message: {message.get('reason')}")
        if kind == Kind.LEAVING:
            self._let_leave()
            return
        if run is None or run.phase is not Phase.COMPUTING or message.get("job") != run.job.number:
            return
        if kind == Kind.PROGRESS:
            if run.cancel_until_s is None:
                share = min(max(float(message["share"]), 0.0), 1.0)
                self._queue.change(run.job, progress=share, message=str(message["message"]))
        elif kind == Kind.CANCELLED or run.cancel_until_s is not None:
            self._end(JobState.CANCELLED, message="cancelled")
        elif kind == Kind.DONE:
            run.job.result = dict(message["result"])
            run.fetch(dict(message["arrays"]))
        elif kind == Kind.FAILED:
            self._end(JobState.FAILED, error=str(message["sentence"]), message="failed")

    def _watch_the_clock(self) -> None:
        now_s = time.monotonic()
        if self._run is not None and self._run.cancel_until_s is not None and now_s > self._run.cancel_until_s:
            logger.info("the worker did not let go of the cancelled job in time and is ended")
            self._drop_worker()
            self._end(JobState.CANCELLED, message="cancelled")
        worker = self._worker
        if worker is not None and worker.hello is None and now_s - worker.started_at_s > START_TIMEOUT_S:
            logger.error("the worker gave no hello: %s", worker.start_output())
            self._lose_worker(sentences.NOT_STARTED, retry=False)

    def _begin_next(self) -> None:
        job = self._queue.take_next() if self._run is None else None
        if job is not None:
            try:
                self._run = Run(job, self._scratch_folder().path)
            except OSError as error:
                logger.error("there is no temporary folder: %s", error)
                self._queue.change(job, state=JobState.FAILED, error=sentences.of(error), message="failed")
                return
            self._queue.change(job, state=JobState.RUNNING, message="sending the image")
        if self._run is not None and self._worker is None and self._run.phase is not Phase.FETCHING:
            try:
                self._worker = WorkerProcess(self._python, self._entry, self._scratch.path)
            except ScarSegError as error:
                self._end(JobState.FAILED, error=str(error), message="failed")

    def _scratch_folder(self) -> ScratchFolder:
        """The folder; a new one, with a new worker, where some cleaner of temporary files took it away."""
        if self._scratch is not None and not self._scratch.path.is_dir():
            self._drop_worker()
            self._scratch.remove()
            self._scratch = None
        if self._scratch is None:
            self._scratch = ScratchFolder()
        return self._scratch

    def _copy(self) -> None:
        run = self._run
        if run is None:
            return
        try:
            run.copy(POLL_BUDGET_S)
        except (OSError, ValueError) as error:
            logger.error("arrays could not be copied: %s", error)
            self._end(JobState.FAILED, error=sentences.of(error), message="failed")
            return
        if run.phase is Phase.FETCHED:
            self._end(JobState.DONE, progress=1.0, message="done")

    def _hand_over(self) -> None:
        run, worker = self._run, self._worker
        if run is not None and worker is not None and run.phase is Phase.SENT and worker.hello is not None:
            worker.send(run.message())

    def _lose_worker(self, sentence: str, *, retry: bool) -> None:
        """Part with the worker. A job that it had fails with the sentence; one that it did not have yet gets another
        worker, once, where that may help; one whose answer is already there ends well."""
        self._drop_worker()
        run = self._run
        if run is None or run.phase in (Phase.FETCHING, Phase.FETCHED):
            return
        if run.cancel_until_s is not None:
            self._end(JobState.CANCELLED, message="cancelled")
        elif retry and run.phase is not Phase.COMPUTING and run.restarts == 0:
            run.restarts += 1
        else:
            self._end(JobState.FAILED, error=sentence, message="failed")

    def _let_leave(self) -> None:
        """The idle worker leaves; a job that crossed its farewell was not taken and goes to the next worker."""
        self._drop_worker()
        if self._run is not None and self._run.cancel_until_s is not None:
            self._end(JobState.CANCELLED, message="cancelled")
        elif self._run is not None and self._run.phase is Phase.COMPUTING:
            self._run.phase = Phase.SENT

    def _drop_worker(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._leaving.append(self._worker)
            self._worker = None

    def _end(self, state: JobState, **changes: Any) -> None:
        run, self._run = self._run, None
        run.stop_copying()
        if state is not JobState.DONE:
            run.job.result, run.job.arrays = {}, {}
        if self._scratch is not None:
            self._scratch.remove_jobs_until(run.job.number)
        self._queue.change(run.job, state=state, **changes)
