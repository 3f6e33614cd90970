"""The worker as the client sees it: a process, two pipes that never block, and the worker's own number."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.jobs.protocol import Kind, LineBuffer, ProtocolError, decode, encode

BOOTSTRAP = (
    "import sys, importlib; "
    "sys.path[:] = [sys.argv[1], *(place for place in sys.path if place)]; "
    "importlib.import_module(sys.argv[2]).main(sys.argv[3:])"
)
"""Slicer puts only each module's own folder on the path, so the package's parent comes as an argument. The empty
entry, the current folder, goes: a stray json.py there must not be imported."""

READ_BYTES = 1 << 16
READS_AT_ONCE = 64
"""Progress of a talkative worker is read in turns of 4 MB, so that a poll ends (ours)."""

logger = logging.getLogger(__name__)


class WorkerProcess:
    """A started worker.

    The started program may be a launcher (PythonSlicer) whose child is the worker. Alive therefore means that the pipe
    from the worker is open, and killing means the process whose number the worker's hello told.

    Attributes:
        hello: The worker's first message, None until it came.
        started_at_s: ``time.monotonic()`` of the start.
    """

    def __init__(self, python: Sequence[str], entry: str, folder: Path) -> None:
        """Start ``python`` on module ``entry`` with a scratch folder.

        Raises:
            ScarSegError: The program cannot be started.
        """
        package_parent = Path(__file__).resolve().parents[2]
        command = [*python, "-c", BOOTSTRAP, str(package_parent), entry, str(folder)]
        windows = sys.platform == "win32"
        self._start_log = folder / "start.txt"
        try:
            with self._start_log.open("ab") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    bufsize=0,
                    # A group of its own: Ctrl-C in a terminal is the client's, and a launcher can be ended with it.
                    start_new_session=not windows,
                    creationflags=subprocess.CREATE_NO_WINDOW if windows else 0,
                )
        except OSError as error:
            raise ScarSegError(
                f"the computing process could not be started ({error.strerror or error}): "
                "restart the program, and reinstall ScarSeg if that does not help"
            ) from error
        self._incoming = self._process.stdout.fileno()
        self._outgoing = self._process.stdin.fileno()
        # On Windows os.set_blocking works on pipes since Python 3.12, which Slicer has.
        os.set_blocking(self._incoming, False)
        os.set_blocking(self._outgoing, False)
        self._lines = LineBuffer()
        self._unsent = bytearray()
        self.hello: dict[str, Any] | None = None
        self.alive = True
        self.started_at_s = time.monotonic()

    @property
    def pid(self) -> int | None:
        """The worker's own process number; None before its hello."""
        return None if self.hello is None else self.hello["pid"]

    @property
    def spoken(self) -> tuple[Any, Any]:
        """Protocol and version that the hello named."""
        return self.hello.get("protocol"), self.hello.get("version")

    def send(self, message: dict[str, Any]) -> None:
        """Queue a message; ``receive`` and ``flush`` pass it on as the pipe takes it."""
        self._unsent += encode(message)
        self.flush()

    def flush(self) -> None:
        """Write what the pipe takes now."""
        with suppress(BlockingIOError, BrokenPipeError):
            while self._unsent and self.alive:
                del self._unsent[: os.write(self._outgoing, self._unsent[:READ_BYTES])]

    def receive(self) -> list[dict[str, Any]]:
        """The messages that have arrived; the hello is kept, not returned. Sets ``alive`` to False at the end.

        Raises:
            ProtocolError: The worker sent something that is no message, or no proper hello.
        """
        self.flush()
        messages = []
        for _ in range(READS_AT_ONCE):
            try:
                data = os.read(self._incoming, READ_BYTES)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self.alive = False
                break
            for line in self._lines.feed(data):
                message = self._understand(line)
                if message is not None:
                    messages.append(message)
        return messages

    def kill(self) -> None:
        """End worker and launcher at once, and with them any job."""
        # Once its pipe has closed, its number may be another's.
        if self.pid is not None and self._pipe_is_open():
            with suppress(OSError):
                os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        if self._process.poll() is None:
            with suppress(OSError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
        self._close_pipes()

    def end_input(self) -> None:
        """Close the worker's input, upon which it leaves, whatever it computes."""
        with suppress(OSError):
            self._process.stdin.close()

    def wait_or_kill(self, timeout_s: float) -> None:
        """Wait for the program to end; kill it where it does not in this time."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)

    def is_gone(self) -> bool:
        """Whether the started program has ended; collects its exit status, never waits."""
        return self._process.poll() is not None

    def start_output(self) -> str:
        """What the process said before it could open its own log: why it did not start."""
        with suppress(OSError):
            return self._start_log.read_text(encoding="utf-8", errors="replace")[-4000:]
        return ""

    def _pipe_is_open(self) -> bool:
        try:
            while self.alive:
                self.alive = bool(os.read(self._incoming, READ_BYTES))
        except BlockingIOError:
            return True
        except OSError:
            self.alive = False
        return False

    def _close_pipes(self) -> None:
        self.alive = False
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()

    def _understand(self, line: bytes) -> dict[str, Any] | None:
        if self.hello is not None:
            return decode(line)
        try:
            message = decode(line)
        except ProtocolError:
            # Launchers and site customisations may greet before the worker does.
            logger.info("before the worker's hello: %r", line[:200])
            return None
        if message["type"] != Kind.HELLO or not isinstance(message.get("pid"), int):
            raise ProtocolError(f"expected a hello with a process number, got {line[:200]!r}")
        self.hello = message
        return None
