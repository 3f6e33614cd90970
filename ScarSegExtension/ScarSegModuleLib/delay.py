"""Does something once, a while after it was last asked for."""

from __future__ import annotations

from collections.abc import Callable

import qt


class Delay:
    """Many events that follow each other closely become one call.

    Attributes:
        pending: Whether the call is still to come.
    """

    def __init__(self, interval_ms: int, call: Callable[[], None]) -> None:
        self.pending = False
        self._call = call
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.connect("timeout()", self._on_timeout)

    def start(self) -> None:
        """Ask for the call; an earlier request is put off."""
        self.pending = True
        self._timer.start()

    def stop(self) -> None:
        """Forget the request."""
        self.pending = False
        self._timer.stop()

    def close(self) -> None:
        """Let go of the callback. Qt would keep it, and with it all that it belongs to, as long as the timer lives."""
        self.stop()
        self._timer.disconnect("timeout()", self._on_timeout)

    def _on_timeout(self) -> None:
        self.pending = False
        self._call()
