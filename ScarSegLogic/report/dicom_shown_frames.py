"""Which DICOM frames a volume shows: those in its slices and, of several phases at one place, the one with its voxels.

A volume from Slicer's scene does not say which phase of a multi-frame file it is, but its voxels do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.dicom_frames import Frame
from ScarSegLogic.io.dicom_pixels import read_pixels
from ScarSegLogic.volume import Volume, with_slices_first

LATTICE_TOLERANCE = 0.1
"""A source image farther than this share of a voxel from the grid's voxels is not what the volume shows (ours)."""


@dataclass(frozen=True, eq=False)
class _Plane:
    """Where a frame's pixels lie in a stack: index of the first, steps from row to row and from column to column."""

    first: NDArray[np.int_]
    down: NDArray[np.int_]
    right: NDArray[np.int_]


def shown_frames(image: Volume, frames: Sequence[Frame]) -> dict[Frame, Frame]:
    """For each frame that lies in a slice of the volume, the frame that the volume shows there.

    Pixels are read only where several frames lie in one slice.

    Raises:
        ScarSegError: The pixels of a frame are not voxels of the grid: the volume was moved or resampled; or no frame
            lies in any slice; or pixels that are needed cannot be decoded.
    """
    stack = with_slices_first(image)
    in_slice: dict[int, list[tuple[Frame, _Plane]]] = defaultdict(list)
    for frame in frames:
        plane = _plane_of(frame, stack.geometry)
        if plane is None:
            raise _elsewhere(image.name)
        if 0 <= plane.first[0] < len(stack.array):
            in_slice[int(plane.first[0])].append((frame, plane))
    if not in_slice:
        raise _elsewhere(image.name)
    ambiguous = tuple(frame for candidates in in_slice.values() if len(candidates) > 1 for frame, _ in candidates)
    pixels = dict(zip(ambiguous, read_pixels(ambiguous), strict=True)) if ambiguous else {}
    shown = {}
    for candidates in in_slice.values():
        best, _ = min(candidates, key=lambda each: _difference(stack, each[1], pixels.get(each[0])))
        shown |= {frame: best for frame, _ in candidates}
    return shown


def _plane_of(frame: Frame, stack: Geometry) -> _Plane | None:
    """None where the frame's pixels are not voxels of the grid."""
    position, orientation = np.array(frame.position), np.array(frame.orientation)
    row_mm, column_mm = frame.pixel_spacing
    rows, columns = max(frame.rows - 1, 1), max(frame.columns - 1, 1)
    corners_lps = position + np.stack(
        [np.zeros(3), orientation[3:] * row_mm * rows, orientation[:3] * column_mm * columns]
    )
    indices = stack.ras_to_index(corners_lps * (-1, -1, 1))
    rounded = np.rint(indices).astype(int)
    if np.abs(indices - rounded).max() > LATTICE_TOLERANCE or len(set(rounded[:, 0])) != 1:
        return None
    first, bottom, end = rounded
    return _Plane(first, (bottom - first) // rows, (end - first) // columns)


def _difference(stack: Volume, plane: _Plane, pixels: NDArray[np.float32] | None) -> float:
    """Mean absolute difference of a frame's pixels and the voxels at their places; 0 where nothing is to be told."""
    if pixels is None:
        return 0.0
    row, column = np.indices(pixels.shape)
    places = plane.first[:, None, None] + plane.down[:, None, None] * row + plane.right[:, None, None] * column
    inside = ((places >= 0) & (places < np.array(stack.array.shape)[:, None, None])).all(axis=0)
    voxels = stack.array[tuple(place[inside] for place in places)]
    return float(np.abs(voxels - pixels[inside]).mean()) if inside.any() else np.inf


def _elsewhere(name: str) -> ScarSegError:
    return ScarSegError(
        f"{name} does not lie where its DICOM images do, it was moved or resampled: export DICOM from the volume as "
        "it was loaded, or export NRRD"
    )
