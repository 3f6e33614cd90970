"""A worker with jobs made for tests: the real server, without hearts. Its module name is the client's ``entry``."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Sequence

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.worker.context import JobContext, JobOutput
from ScarSegLogic.worker.serve import serve


def echo(context: JobContext) -> JobOutput:
    """Everything back; prints on every channel a library might print on."""
    print("a library prints")
    os.write(1, b"a C library prints\n")
    print("and complains", file=sys.stderr)
    return JobOutput({"arguments": dict(context.arguments)}, dict(context.arrays))


def threshold(context: JobContext) -> JobOutput:
    """A mask of an image: what crosses on every Apply."""
    return JobOutput(arrays={"mask": (context.arrays["image"] > 0.5).astype(np.uint8)})


def count(context: JobContext) -> JobOutput:
    """Progress in steps; obeys a cancel."""
    steps = context.arguments["steps"]
    for step in range(steps):
        context.progress(step / steps, f"step {step}")
        time.sleep(context.arguments["seconds"] / steps)
    return JobOutput({"counted": steps, "pid": os.getpid()})


def stubborn(context: JobContext) -> JobOutput:
    """Computes without ever asking whether it was cancelled."""
    context.progress(0.5, "deep in thought")
    time.sleep(context.arguments["seconds"])
    return JobOutput()


def refuse(_context: JobContext) -> JobOutput:
    """An error of the user."""
    raise ScarSegError("the myocardium is empty: draw it")


def fail(_context: JobContext) -> JobOutput:
    """A fault of ours, with something in it that no log may hold."""
    raise KeyError("Doe^Jane")


def exhaust(_context: JobContext) -> JobOutput:
    """More memory than there is: one allocation of an exabyte."""
    return JobOutput(arrays={"all": np.ones(1 << 57)})


def fill_disk(_context: JobContext) -> JobOutput:
    """As an export onto a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device", "/exports/report.html")


def die(_context: JobContext) -> JobOutput:
    """As a crash in native code."""
    os._exit(139)


def babble(_context: JobContext) -> JobOutput:
    """An answer that is not JSON: NaN."""
    return JobOutput({"fraction": float("nan")})


JOBS = {job.__name__: job for job in (echo, threshold, count, stubborn, refuse, fail, exhaust, fill_disk, die, babble)}


def main(arguments: Sequence[str]) -> None:
    """The worker's entry."""
    serve(arguments, JOBS)
