"""What an image must satisfy before anything is computed from it, whatever file it came from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError

MAXIMUM_IMAGE_BYTES = 2 * 1024**3
"""Larger images are refused before any memory is taken (ours; a 640 x 640 x 100 float32 LGE volume has 0.16 GB)."""

MINIMUM_SPACING_MM = 0.05
"""Finer voxels do not exist in cardiac MRI; the header is in metres or wrong (ours)."""

MAXIMUM_SPACING_MM = 100.0
"""Coarser voxels do not exist in cardiac MRI; the header is in micrometres or wrong (ours)."""


def check_size(path: Path, sizes: Sequence[int], bytes_per_voxel: int) -> None:
    """Refuse an image too large to be one, from its header alone. Raises ScarSegError."""
    # The array becomes float32 whatever it was stored as, so fewer than 4 bytes a voxel never suffice.
    claimed_bytes = math.prod(int(size) for size in sizes) * max(bytes_per_voxel, 4)
    if claimed_bytes > MAXIMUM_IMAGE_BYTES:
        raise ScarSegError(
            f"{path}: the header claims {' x '.join(map(str, sizes))} voxels, {claimed_bytes / 1024**3:.1f} GB, more "
            f"than the {MAXIMUM_IMAGE_BYTES / 1024**3:.0f} GB ScarSeg reads: the header is probably damaged, "
            "otherwise crop or resample the image"
        )


def check_spacing(path: Path, spacing_ijk_mm: Sequence[float]) -> None:
    """Refuse spacing that no cardiac scan has. Raises ScarSegError."""
    # `not (a <= x)` also catches NaN.
    if any(not (MINIMUM_SPACING_MM <= spacing <= MAXIMUM_SPACING_MM) for spacing in spacing_ijk_mm):
        found = " x ".join(f"{spacing:g}" for spacing in spacing_ijk_mm)
        raise ScarSegError(
            f"{path}: the header gives a voxel spacing of {found} mm, expected {MINIMUM_SPACING_MM:g} to "
            f"{MAXIMUM_SPACING_MM:g} mm on every axis: correct the header or export the study again"
        )


def check_intensities(path: Path, array: NDArray[np.floating]) -> None:
    """Refuse intensities nothing can be measured in. Raises ScarSegError."""
    if not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise not_finite_error(path, count, array.size)
    if array.min() == array.max():
        raise ScarSegError(
            f"{path}: every intensity is {array.flat[0]:g}, expected an image with contrast: "
            "the export is empty or the wrong file was chosen"
        )


def not_finite_error(path: Path, count: int, total: int) -> ScarSegError:
    """What is said of an image of which `count` voxels are NaN or infinite."""
    return ScarSegError(
        f"{path}: {count} of {total} intensities are NaN or infinite, expected finite numbers: "
        "export the study again or replace them"
    )
