"""What a user reads when the machinery, not the job, failed."""

from __future__ import annotations

import errno
import tempfile

from ScarSegLogic.errors import ScarSegError

ENDED = (
    "the computing process ended unexpectedly, perhaps because the computer ran out of memory: nothing in the scene "
    "was changed, close other programs and start the job again"
)
NOT_STARTED = "the computing process could not be started: restart the program, and reinstall ScarSeg if it stays so"
CONFUSED = "the computing process answered something that is not understood and was ended: start the job again"
UPDATED = "ScarSeg was updated while the program was running: restart the program"

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def of(error: Exception) -> str:
    """The sentence for an error met while starting the worker or copying arrays."""
    if isinstance(error, ScarSegError):
        return str(error)
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return (
            f"the temporary folder {tempfile.gettempdir()} is full, so the images cannot be handed over: "
            "free some disk space and start the job again"
        )
    if isinstance(error, OSError):
        return (
            f"the images cannot be handed over through the temporary folder {tempfile.gettempdir()} "
            f"({error.strerror or error}): check that it can be written to and start the job again"
        )
    return CONFUSED
