"""Where unexpected failures are written down: places in the code, never data or names of studies."""

from __future__ import annotations

import logging
import os
import platform
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ScarSegLogic.version import VERSION

LOG_NAME = "scarseg.log"
LOG_BYTES = 200_000
LOG_BACKUPS = 2


def log_folder() -> Path:
    """The user's own folder for program state; ``SCARSEG_LOG_DIR`` overrides it."""
    if chosen := os.environ.get("SCARSEG_LOG_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "ScarSeg"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "scarseg"


def describe_fault(error: BaseException) -> str:
    """Versions, the kind of the failure and its frames; the message is left out, since it may name a patient."""
    frames = "".join(
        f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}\n"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    return f"ScarSeg {VERSION}, Python {platform.python_version()}, {sys.platform}: {type(error).__name__}\n{frames}"


def log_fault(error: BaseException) -> Path | None:
    """Append the description of a failure.

    Returns:
        The log file, or None where it cannot be written.
    """
    try:
        folder = log_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / LOG_NAME, maxBytes=LOG_BYTES, backupCount=LOG_BACKUPS, encoding="utf-8", delay=False
        )
    except (OSError, RuntimeError):
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.emit(logging.LogRecord("scarseg", logging.ERROR, __file__, 0, describe_fault(error), None, None))
    handler.close()
    return folder / LOG_NAME
