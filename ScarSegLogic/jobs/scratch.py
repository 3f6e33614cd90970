"""The private folder through which arrays travel, and the sweeping of those that dead processes left."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "scarseg-jobs-"
LOCK_NAME = "owner.lock"
MINIMUM_AGE_S = 60.0
"""Younger folders may just be in the making and are left alone (ours)."""


class ScratchFolder:
    """A folder that only this user can enter (0700), owned by this process as long as it lives.

    Ownership is a file lock: the system gives it up when the process ends, however it ends, and no process number
    can be mistaken for another's.
    """

    def __init__(self) -> None:
        """Create the folder; sweep those of dead processes. Raises OSError."""
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        _try_lock(self._lock)

    def remove_jobs_until(self, number: int) -> None:
        """Delete what jobs up to this number left. A file still mapped (Windows) stays until the next call."""
        with suppress(OSError):
            for path in self.path.glob("[0-9]*-*"):
                with suppress(OSError, ValueError):
                    if int(path.name.split("-", 1)[0]) > number:
                        continue
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink()

    def remove(self) -> None:
        """Delete the folder and give up its lock."""
        if self._lock is None:
            return
        os.close(self._lock)
        self._lock = None
        shutil.rmtree(self.path, ignore_errors=True)


def sweep(minimum_age_s: float = MINIMUM_AGE_S) -> None:
    """Delete the folders in the system's temporary folder whose processes are dead."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            # Links and other users' folders are not ours to delete.
            details = folder.lstat()
            own = not hasattr(os, "getuid") or details.st_uid == os.getuid()
            if own and not folder.is_symlink() and time.time() - details.st_mtime >= minimum_age_s:
                remove_if_abandoned(folder)


def remove_if_abandoned(folder: Path) -> bool:
    """Delete a folder unless its owner lives; returns whether it is gone."""
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDWR)
    except FileNotFoundError:
        # Its maker died between making the folder and the lock.
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()
    try:
        free = _try_lock(lock)
    finally:
        os.close(lock)
    if free:
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _try_lock(descriptor: int) -> bool:
    """Lock an open file without waiting; False where another process holds it or the file system has no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
