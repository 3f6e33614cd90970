"""Keeps Python's singletons alive under PySide6 on Python 3.11.

PySide6 6.12 is compiled for Pythons whose None, True and False are immortal (3.12 and newer): a method that returns one
does not count the reference. On 3.11 the counts run down until the interpreter aborts ("deallocating None").
"""

from __future__ import annotations

import ctypes
import sys

SPARE_REFERENCES = 1 << 40


def make_singletons_immortal() -> None:
    """Give the singletons more references than any run can lose; where they are immortal, do nothing."""
    if sys.version_info >= (3, 12):
        return
    for singleton in (None, True, False, NotImplemented, Ellipsis):
        # The reference count is the first field of every object of CPython 3.11.
        ctypes.c_ssize_t.from_address(id(singleton)).value += SPARE_REFERENCES
