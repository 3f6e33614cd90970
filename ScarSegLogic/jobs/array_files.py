"""Arrays as .npy files, written and read piece by piece so that nobody waits for a large one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

PIECE_BYTES = 4 * 2**20
"""About 1 ms of copying (ours)."""


def write_in_pieces(path: Path, array: NDArray) -> Iterator[None]:
    """Write one array, C order whatever its strides; yields after each piece. Raises OSError (a full disk)."""
    header = {"descr": npy.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    # A created file is private: nobody else may follow or replace it.
    with path.open("xb", buffering=0) as file:
        npy.write_array_header_1_0(file, header)
        pieces = np.nditer(
            array,
            flags=["external_loop", "buffered", "zerosize_ok"],
            buffersize=max(1, PIECE_BYTES // array.dtype.itemsize),
            order="C",
        )
        for piece in pieces:
            # Raw writes may be short, most of all on a disk that is about to be full.
            data = memoryview(np.ascontiguousarray(piece).view(np.uint8))
            while data:
                data = data[file.write(data) :]
            yield


def read_in_pieces(path: Path, name: str, into: dict[str, NDArray]) -> Iterator[None]:
    """Read one array into ``into[name]``; yields after each piece. The entry is there only once it is complete.

    Raises:
        ValueError: The file is not a plain .npy file or shorter than its header says.
    """
    with path.open("rb") as file:
        shape, fortran_order, dtype = _header(file)
        flat = np.empty(int(np.prod(shape, dtype=np.int64)), dtype)
        if flat.size:
            rest = memoryview(flat.view(np.uint8))
            while rest:
                count = file.readinto(rest[:PIECE_BYTES])
                if not count:
                    raise ValueError(f"{path.name} ends {len(rest)} bytes too early")
                rest = rest[count:]
                yield
    into[name] = flat.reshape(shape, order="F" if fortran_order else "C")


def write_all(folder: Path, prefix: str, arrays: Mapping[str, NDArray]) -> dict[str, str]:
    """Write several arrays at once; returns name to file name."""
    files = {name: f"{prefix}-{name}.npy" for name in arrays}
    for name, array in arrays.items():
        for _ in write_in_pieces(folder / files[name], np.asarray(array)):
            pass
    return files


def map_array(path: Path) -> NDArray:
    """The array in a file, mapped into memory, read-only; nothing is unpickled."""
    with path.open("rb") as file:
        shape, _, _ = _header(file)
    # Nothing cannot be mapped.
    return np.load(path, mmap_mode="r" if np.prod(shape) else None, allow_pickle=False)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in readers:
        raise ValueError(f"a .npy file of version {version}, expected 1.0 or 2.0")
    shape, fortran_order, dtype = readers[version](file)
    if dtype.hasobject:
        raise ValueError("a .npy file with Python objects is not read")
    return shape, fortran_order, dtype
