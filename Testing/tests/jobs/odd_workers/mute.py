"""A worker that never greets."""

import sys


def main(_arguments: list[str]) -> None:
    sys.stdin.read()
