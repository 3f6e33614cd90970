"""Refuses Python threads to the modules: under PythonQt they starve while Qt's event loop runs."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

_original_start = threading.Thread.start


class StarvingThreadError(RuntimeError):
    """A module started a Python thread."""


def forbid_threads_of(*folders: Path) -> None:
    """Let `Thread.start` fail when a file in one of the folders calls it, directly or not."""
    roots = tuple(f"{folder.resolve()}/" for folder in folders)

    def start(self: threading.Thread) -> None:
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename.startswith(roots):
                raise StarvingThreadError(
                    f"{frame.f_code.co_filename}:{frame.f_lineno} starts a Python thread. In Slicer it would starve "
                    "while Qt's event loop runs: use a process that a QTimer polls."
                )
            frame = frame.f_back
        _original_start(self)

    threading.Thread.start = start
