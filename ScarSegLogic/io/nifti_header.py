"""NIfTI-1, read by hand: ITK repairs wrong spacing, and fills truncated files and NaN with zeros, in silence."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.limits import not_finite_error

HEADER_BYTES = 348
"""Length of a NIfTI-1 header; also the value of its first field (nifti1.h, sizeof_hdr)."""

NIFTI_2_HEADER_BYTES = 540
"""First field of a NIfTI-2 header (nifti2.h, sizeof_hdr)."""

UNIT_TO_MM = {1: 1000.0, 2: 1.0, 3: 0.001}
"""Lower three bits of xyzt_units: metre, millimetre, micrometre (nifti1.h); unknown is taken as millimetre."""

SFORM_SPACING_TOLERANCE = 0.01
"""The sform contradicts pixdim where a column differs by more than this share (ours)."""

FLOAT_TYPES = {16: "f4", 64: "f8"}
"""NumPy's names of the data types that can hold NaN (nifti1.h, datatype)."""

CHUNK_BYTES = 1 << 20
"""Read at once, so that no file is in memory twice; a multiple of every voxel's size."""


@dataclass(frozen=True)
class NiftiHeader:
    """The fields that decide where the voxels lie.

    Attributes:
        dimensions: Sizes along each axis, as many as the file has.
        spacing_ijk_mm: pixdim 1 to 3 in mm, sign kept.
        sform_spacing_ijk_mm: Lengths of the sform's columns in mm, or None without an sform.
        has_orientation: Whether a qform or an sform is given.
        bytes_per_voxel: Of all components together, at least 1.
        data_start: Bytes before the first voxel in the uncompressed file.
        data_end: Bytes the uncompressed file must at least have.
        float_type: Of its voxels; None where they are whole numbers.
    """

    dimensions: tuple[int, ...]
    spacing_ijk_mm: tuple[float, ...]
    sform_spacing_ijk_mm: tuple[float, ...] | None
    has_orientation: bool
    bytes_per_voxel: int
    data_start: int
    data_end: int
    float_type: np.dtype | None

    def sform_contradicts_pixdim(self) -> bool:
        if self.sform_spacing_ijk_mm is None:
            return False
        return not np.allclose(self.sform_spacing_ijk_mm, self.spacing_ijk_mm, rtol=SFORM_SPACING_TOLERANCE, atol=0)


def read_nifti_header(path: Path) -> NiftiHeader:
    """Read the header of a `.nii` or `.nii.gz` of either byte order.

    Raises:
        ScarSegError: The file is no NIfTI-1, or ends within its header.
    """
    try:
        with _open(path) as file:
            raw = file.read(HEADER_BYTES)
    except (EOFError, OSError, zlib.error) as error:
        raise ScarSegError(
            f"{path}: not a readable NIfTI image ({error}): the file is damaged or another kind of file, "
            "copy or export it again"
        ) from error
    if len(raw) < HEADER_BYTES:
        raise ScarSegError(
            f"{path}: not a NIfTI image or truncated: {len(raw)} bytes found, a header alone has {HEADER_BYTES}; "
            "copy or export it again"
        )
    order = next((order for order in "<>" if struct.unpack_from(order + "i", raw)[0] == HEADER_BYTES), None)
    if order is None:
        if any(struct.unpack_from(order + "i", raw)[0] == NIFTI_2_HEADER_BYTES for order in "<>"):
            raise ScarSegError(f"{path}: NIfTI-2 is not read: convert it to NIfTI-1 or NRRD")
        raise ScarSegError(f"{path}: not a NIfTI image, its header is not one: choose another file or export it again")
    return _parse(path, raw, order)


def check_data(path: Path, header: NiftiHeader) -> None:
    """Refuse a file that ends before its last voxel, whose compressed stream is damaged, or that holds NaN.

    Raises:
        ScarSegError: The sentence says how many bytes or voxels are wrong.
    """
    found, not_finite, problem = 0, 0, ""
    try:
        with _open(path) as file:
            if header.float_type is None and not isinstance(file, gzip.GzipFile):
                found = path.stat().st_size
            else:
                # Read on past the data, so that gzip reaches its checksum, but not for ever.
                while found < header.data_end + 16 * CHUNK_BYTES and (chunk := file.read(_next_bytes(header, found))):
                    not_finite += _not_finite(header, chunk, found)
                    found += len(chunk)
    except (EOFError, OSError, zlib.error) as error:
        problem = f" ({error})"
    if found < header.data_end or problem:
        raise ScarSegError(
            f"{path}: the file is truncated or damaged: {found} bytes could be read, its header promises "
            f"{header.data_end}{problem}; copy or export it again"
        )
    if not_finite:
        raise not_finite_error(path, not_finite, math.prod(header.dimensions))


def _next_bytes(header: NiftiHeader, found: int) -> int:
    """How much to read, so that a chunk begins with the first voxel and none is cut."""
    return CHUNK_BYTES if found >= header.data_start else min(header.data_start - found, CHUNK_BYTES)


def _not_finite(header: NiftiHeader, chunk: bytes, start: int) -> int:
    """How many voxels of a chunk that begins at `start` are NaN or infinite."""
    if header.float_type is None or start < header.data_start:
        return 0
    voxels = max(min(len(chunk), header.data_end - start), 0) // header.float_type.itemsize
    return voxels - int(np.count_nonzero(np.isfinite(np.frombuffer(chunk, header.float_type, voxels))))


def _parse(path: Path, raw: bytes, order: str) -> NiftiHeader:
    dim = struct.unpack_from(order + "8h", raw, 40)
    if not 1 <= dim[0] <= 7 or min(dim[1 : dim[0] + 1]) < 1:
        raise ScarSegError(f"{path}: the NIfTI header gives the sizes {dim}, expected positive ones: export it again")
    data_type, bits_per_voxel = struct.unpack_from(order + "2h", raw, 70)
    pixdim = struct.unpack_from(order + "8f", raw, 76)
    (voxel_offset,) = struct.unpack_from(order + "f", raw, 108)
    to_mm = UNIT_TO_MM.get(raw[123] & 0b111, 1.0)
    qform_code, sform_code = struct.unpack_from(order + "2h", raw, 252)
    sform = np.array(struct.unpack_from(order + "12f", raw, 280), dtype=np.float64).reshape(3, 4)
    # As ITK: a file whose offset lies within its header begins behind it.
    data_start = max(int(voxel_offset) if math.isfinite(voxel_offset) else 0, HEADER_BYTES)
    data_bytes = math.prod(dim[1 : dim[0] + 1]) * bits_per_voxel // 8
    return NiftiHeader(
        dimensions=dim[1 : dim[0] + 1],
        spacing_ijk_mm=tuple(size * to_mm for size in pixdim[1:4]),
        sform_spacing_ijk_mm=_column_lengths(sform) if sform_code > 0 else None,
        has_orientation=qform_code > 0 or sform_code > 0,
        bytes_per_voxel=max(bits_per_voxel // 8, 1),
        data_start=data_start,
        data_end=data_start + data_bytes,
        float_type=np.dtype(order + FLOAT_TYPES[data_type]) if data_type in FLOAT_TYPES else None,
    )


def _column_lengths(sform: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(length) for length in np.linalg.norm(sform[:, :3], axis=0))


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else path.open("rb")
