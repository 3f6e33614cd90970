"""From what a job function raised to the sentence its user reads."""

from __future__ import annotations

import logging
from pathlib import Path

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.fault_log import describe_fault
from ScarSegLogic.jobs.sentences import NO_SPACE

TOO_LITTLE_MEMORY = (
    "the computer has too little free memory for this study: close other programs or crop the image, and start again"
)

logger = logging.getLogger(__name__)


def sentence_for(error: Exception, log: Path | None) -> str:
    """One sentence for the user; faults of ours go to the log and are only named."""
    if isinstance(error, ScarSegError):
        return str(error)
    if isinstance(error, MemoryError):
        return TOO_LITTLE_MEMORY
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        place = f" ({error.filename})" if error.filename else ""
        return f"the disk is full{place}: free some space and start again"
    if isinstance(error, PermissionError):
        return f"{error.filename or 'a file'} cannot be read or written: choose another place and start again"
    logger.error("a job failed by a fault of ours\n%s", describe_fault(error))
    where = "" if log is None else f"; what happened stands in {log}, please send it with a report"
    return f"ScarSeg failed by a fault of its own ({type(error).__name__}){where}"
