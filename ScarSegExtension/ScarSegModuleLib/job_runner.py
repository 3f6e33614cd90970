"""Runs one step after another in the worker and brings each answer back on the UI thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import qt
from slicer.i18n import tr as _

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.jobs.client import shared_client
from ScarSegLogic.jobs.job import Job, JobSpec, JobState

POLL_INTERVAL_MS = 20
DOUBLE_CLICK_S = 0.5
"""A second press on Apply this soon after the first is the other half of a double click, not a Cancel (ours)."""


@dataclass(frozen=True, eq=False)
class Step:
    """One thing asked of the worker and what its answer does.

    Attributes:
        title: What it is, for the status line.
        make_spec: Makes the job; called a moment later, so that no turn of the event loop gathers all arrays.
        obstacle: Why the answer must not be written any more, or None; asked when the answer is there.
        write: Writes the answer into the scene and returns a sentence for the user.
        replaceable: Whether a newer question makes this one void.
    """

    title: str
    make_spec: Callable[[], JobSpec]
    obstacle: Callable[[], str | None]
    write: Callable[[Job], str]
    replaceable: bool = False


class JobRunner:
    """Polls the shared worker by a timer while a step is under way.

    A Python thread would starve while Qt's event loop runs, so there is none.

    Attributes:
        step: The step under way, or None.
        message: One sentence: what is being done or how the last step ended.
        write_s: Seconds that writing the last answer into the scene took.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        """``on_change`` is called on every change of state, progress or message."""
        self.step: Step | None = None
        self.message = ""
        self.write_s = 0.0
        self._on_change = on_change
        self._job: Job | None = None
        self._next: Callable[[], Step | None] | None = None
        self._started_s = 0.0
        self._shown: tuple = ()
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.connect("timeout()", self._poll)

    @property
    def busy(self) -> bool:
        return self.step is not None

    @property
    def job(self) -> Job | None:
        """The job under way, or the last one; None until it is submitted, a moment after ``start``."""
        return self._job

    @property
    def progress_percent(self) -> int:
        return round(100 * self._job.progress) if self.busy and self._job else 0

    def start(self, step: Step) -> None:
        """Submit a step.

        Raises:
            RuntimeError: One is under way.
        """
        if self.busy:
            raise RuntimeError(f"'{self.step.title}' is under way")
        self._started_s = time.monotonic()
        self.step, self._job = step, None
        self._timer.start()
        self._tell(_describe(step, None))

    def say(self, message: str) -> None:
        """Show a sentence that no job has said."""
        self._tell(message)

    def start_after(self, make_step: Callable[[], Step | None]) -> None:
        """Start a step now, or when the one under way has ended. Of several that wait the last one is made."""
        self._next = make_step
        if not self.busy:
            self._start_waiting()

    def cancel(self) -> None:
        """Cancel what is under way and what waits."""
        self._next = None
        if self._job is not None and self.busy and time.monotonic() - self._started_s > DOUBLE_CLICK_S:
            shared_client().cancel(self._job)
            self._poll()

    def replace(self, make_step: Callable[[], Step | None]) -> None:
        """Ask something new; the step under way is dropped if the new question makes it void."""
        if self.busy and self.step.replaceable:
            self._drop()
        self.start_after(make_step)

    def stop(self) -> None:
        """Drop everything without a word: the module is closed or reloaded."""
        self._next = None
        if self.busy:
            self._drop()
        # Qt would keep the callback, and with it the closed panel, as long as the timer lives.
        self._timer.disconnect("timeout()", self._poll)

    def _drop(self) -> None:
        if self._job is not None:
            shared_client().cancel(self._job)
        self._timer.stop()
        self.step = None

    def _poll(self) -> None:
        if self.busy and self._job is None:
            # Gathering the arrays has taken its time; they are copied from the next turn on.
            self._submit()
            return
        shared_client().poll()
        if self.busy and self._job.finished:
            self._finish()
        elif self.busy:
            self._tell(_describe(self.step, self._job))

    def _submit(self) -> None:
        """Hand the job over, unless what it asks about is gone already."""
        step = self.step
        try:
            reason = step.obstacle()
            self._job = None if reason else shared_client().submit(step.make_spec())
        except ScarSegError as error:
            reason = sentence(error)
        if reason:
            self._drop()
            self._tell(_("{title}: {reason} Nothing was written.").format(title=step.title, reason=reason))
            self._start_waiting()

    def _finish(self) -> None:
        """End the step first, so that whatever happens while writing, the next Apply works."""
        self._timer.stop()
        step, self.step = self.step, None
        try:
            message = self._conclude(step)
        except ScarSegError as error:
            message = _("{title}: {reason}").format(title=step.title, reason=sentence(error))
        except Exception as error:
            logging.exception("'%s' could not be written", step.title)
            message = _("{title}: the answer could not be written ({reason}); the log has the details.").format(
                title=step.title, reason=error
            )
        self._tell(message)
        self._start_waiting()

    def _conclude(self, step: Step) -> str:
        job = self._job
        if job.state is JobState.CANCELLED:
            return _("{title}: cancelled. The scene is unchanged.").format(title=step.title)
        if job.state is JobState.FAILED:
            return _("{title}: {reason}").format(title=step.title, reason=sentence(job.error))
        obstacle = step.obstacle()
        if obstacle is not None:
            return _("{title}: {reason} Nothing was written.").format(title=step.title, reason=obstacle)
        started_s = time.perf_counter()
        message = step.write(job)
        self.write_s = time.perf_counter() - started_s
        logging.info("%s: %.2f s in the worker, %.0f ms to write", step.title, job.elapsed_s, 1000 * self.write_s)
        return message

    def _start_waiting(self) -> None:
        make_step, self._next = self._next, None
        if make_step is None:
            return
        try:
            step = make_step()
        except ScarSegError as error:
            self._tell(sentence(error))
            return
        if step is not None:
            self.start(step)

    def _tell(self, message: str) -> None:
        shown = (message, self.progress_percent, self.busy)
        self.message = message
        if shown != self._shown:
            self._shown = shown
            self._on_change()


def _describe(step: Step, job: Job | None) -> str:
    if job is None:
        return step.title
    if job.state is JobState.QUEUED:
        return _("{title}: waiting for another ScarSeg job to end").format(title=step.title)
    return _("{title}: {what} ({seconds:.0f} s)").format(title=step.title, what=job.message, seconds=job.elapsed_s)


def sentence(reason: object) -> str:
    """A reason as a sentence of its own."""
    text = str(reason or _("it failed without a reason")).strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
