"""`python -m Testing.desktop_ready`: exit 0 where the desktop tests can run, else say what is missing and exit 1."""

from __future__ import annotations

import os
import shutil
import sys


def why_not() -> str:
    """What the desktop lacks on this machine; an empty text where it has all."""
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt cannot be loaded ({error})"
    if not os.environ.get("DISPLAY") and shutil.which("Xvfb") is None:
        return "there is no display and no Xvfb"
    return ""


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"The desktop tests are left out: {reason}. `.ci/run` names the packages to install.", file=sys.stderr)
    sys.exit(bool(reason))
