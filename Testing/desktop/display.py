"""An X display of our own where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

SCREEN = "1600x1000x24"
# The server lives as long as our end of the guard's standard input: it outlives Qt, whose connection would otherwise
# break at exit, but not this process, however that ends.
END_WITH_US = '"$@" & server=$!; cat > /dev/null; kill $server'


def ensure_display(screen: str = SCREEN) -> str:
    """Return the name of a usable X display; start Xvfb when `DISPLAY` is unset.

    The server chooses a free number itself and ends when this process has ended.

    Args:
        screen: width, height and depth of the screen, as Xvfb takes it.

    Raises:
        RuntimeError: Xvfb is not installed or did not start.
    """
    display = os.environ.get("DISPLAY")
    if display:
        return display
    server = shutil.which("Xvfb")
    if server is None:
        raise RuntimeError("The desktop needs an X display: set DISPLAY or install Xvfb (Debian package xvfb).")
    os.environ["DISPLAY"] = _start([server, "-screen", "0", screen, "-nolisten", "tcp", "+extension", "GLX"])
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    return os.environ["DISPLAY"]


def _start(command: Sequence[str]) -> str:
    reader, writer = os.pipe()
    # start_new_session: an interrupt from the keyboard ends the desktop first, which then ends the server.
    # A bare file descriptor: the kernel closes it, not Python's clean-up, which comes before Qt's.
    guard_input, _our_end = os.pipe()
    guard = subprocess.Popen(
        ["sh", "-c", END_WITH_US, "sh", *command, "-displayfd", str(writer)],
        stdin=guard_input,
        pass_fds=(writer,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writer)
    os.close(guard_input)
    with os.fdopen(reader) as pipe:
        number = pipe.readline().strip()
    if not number:
        raise RuntimeError(f"Xvfb ended before it had a display (process {guard.pid}).")
    # It is meant to outlive Python's clean-up: no warning that it still runs.
    guard.returncode = 0
    return f":{number}"
