"""The worker's log, which is also where standard output and error of every library go."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from ScarSegLogic.fault_log import log_folder

LOG_NAME = "worker.log"
LOG_BYTES = 1_000_000
LOG_BACKUPS = 2


class WorkerLog:
    """Descriptors 1 and 2 of the process, pointed at a file that rotates between jobs.

    Attributes:
        path: The file, or None where it cannot be written; then everything is dropped.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        with suppress(OSError, RuntimeError):
            folder = log_folder()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path = folder / LOG_NAME
        self._point()
        logging.basicConfig(level=logging.INFO, format=f"%(asctime)s [{os.getpid()}] %(message)s", force=True)

    def rotate(self) -> None:
        """Begin a new file where the present one is full. Called between jobs, when nothing prints."""
        with suppress(OSError):
            if self.path is not None and self.path.stat().st_size > LOG_BYTES:
                # On Windows an open file is not renamed.
                self._point(os.devnull)
                for number in range(LOG_BACKUPS, 0, -1):
                    older = self.path.with_name(f"{LOG_NAME}.{number}")
                    newer = self.path if number == 1 else self.path.with_name(f"{LOG_NAME}.{number - 1}")
                    if newer.exists():
                        newer.replace(older)
        self._point()

    def _point(self, target: str | None = None) -> None:
        chosen = target or (os.devnull if self.path is None else str(self.path))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        try:
            descriptor = os.open(chosen, flags, 0o600)
        except OSError:
            self.path = None
            descriptor = os.open(os.devnull, os.O_WRONLY)
        for standard in (1, 2):
            os.dup2(descriptor, standard)
        os.close(descriptor)
