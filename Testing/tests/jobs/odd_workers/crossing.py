"""A worker that leaves just as its first job arrives; the second one stays."""

import os
import sys
from pathlib import Path

from ScarSegLogic.jobs.protocol import PROTOCOL_VERSION, encode
from ScarSegLogic.version import VERSION
from Testing.tests.jobs import trial_worker


def main(arguments: list[str]) -> None:
    left = Path(arguments[0]) / "left"
    if left.exists():
        trial_worker.main(arguments)
    left.touch()
    hello = {"type": "hello", "protocol": PROTOCOL_VERSION, "version": VERSION, "pid": os.getpid()}
    os.write(1, encode(hello))
    sys.stdin.buffer.readline()
    os.write(1, encode({"type": "leaving"}))
