"""Turn this process into a worker."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ScarSegLogic.worker.context import JobFunction
from ScarSegLogic.worker.log import WorkerLog
from ScarSegLogic.worker.server import IdleStep, Server


def serve(arguments: Sequence[str], jobs: Mapping[str, JobFunction], idle_steps: Sequence[IdleStep] = ()) -> None:
    """Take over the standard descriptors and serve the client at their other ends until it ends.

    The pipes move to other numbers; 0 then reads nothing, 1 and 2 write to the log, so neither a library's print nor
    a question on the console touches the protocol.

    Args:
        arguments: One: the folder for the arrays.
        jobs: Name to function.
        idle_steps: By ascending time.
    """
    (folder,) = arguments
    incoming = os.fdopen(os.dup(0), "rb")
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    log = WorkerLog()
    faulthandler.enable()
    Server(jobs, Path(folder), idle_steps=idle_steps, streams=(incoming, answers), log=log).run()
