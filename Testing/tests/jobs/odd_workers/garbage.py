"""A worker that greets and then breaks the protocol."""

import os
import sys

from ScarSegLogic.jobs.protocol import PROTOCOL_VERSION, encode
from ScarSegLogic.version import VERSION


def main(_arguments: list[str]) -> None:
    hello = {"type": "hello", "protocol": PROTOCOL_VERSION, "version": VERSION, "pid": os.getpid()}
    sys.stdout.buffer.write(encode(hello) + b"and now for something completely different\n")
    sys.stdout.buffer.flush()
    sys.stdin.read()
