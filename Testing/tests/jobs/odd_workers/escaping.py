"""A worker whose answer names a file outside the job folder."""

import os
import sys

from ScarSegLogic.jobs.protocol import PROTOCOL_VERSION, decode, encode
from ScarSegLogic.version import VERSION


def main(_arguments: list[str]) -> None:
    hello = {"type": "hello", "protocol": PROTOCOL_VERSION, "version": VERSION, "pid": os.getpid()}
    os.write(1, encode(hello))
    number = decode(sys.stdin.buffer.readline())["job"]
    os.write(1, encode({"type": "done", "job": number, "result": {}, "arrays": {"a": "../../etc/passwd"}}))
    sys.stdin.read()
