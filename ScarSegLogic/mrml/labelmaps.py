"""A segment's voxels as an array on a lattice that may reach beyond the image, and back.

A lattice is an ``ijk_to_segmentation`` matrix; an extent ``(i0, i1, j0, j1, k0, k1)``, inclusive as VTK's, says which
part of it an array covers. Segments often cover less of the image than the whole, sometimes more, and their indices
may start anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ScarSegLogic.mrml.transforms import array_from_matrix, matrix_from_array

Extent = tuple[int, int, int, int, int, int]

SAME_LATTICE_TOLERANCE_VOXELS = 1e-2
"""Lattices whose voxels lie nearer than this to each other are one (ours; transforms cost a few digits)."""

EMPTY_EXTENT: Extent = (0, 1, 0, 1, 0, 1)
"""Where an empty segment is written: one voxel or none makes Slicer's surface conversion report errors."""


@dataclass(frozen=True, eq=False)
class Patch:
    """Boolean voxels over an extent of a lattice. Attributes: ``mask`` is (K, J, I) over ``extent``."""

    mask: NDArray[np.bool_]
    extent: Extent


def full_extent(shape_kji: tuple[int, int, int]) -> Extent:
    """The extent of a whole image."""
    k, j, i = shape_kji
    return (0, i - 1, 0, j - 1, 0, k - 1)


def slices_within(inner: Extent, outer: Extent) -> tuple[slice, slice, slice]:
    """Where an extent lies in an array (K, J, I) over an outer extent; empty where it has no voxel."""
    starts = [inner[2 * axis] - outer[2 * axis] for axis in (2, 1, 0)]
    stops = [inner[2 * axis + 1] - outer[2 * axis] + 1 for axis in (2, 1, 0)]
    return tuple(slice(start, max(start, stop)) for start, stop in zip(starts, stops, strict=True))


def intersection(first: Extent, second: Extent) -> Extent:
    """The common part; its upper ends lie below its lower ones where there is none."""
    return tuple(
        (max if number % 2 == 0 else min)(a, b) for number, (a, b) in enumerate(zip(first, second, strict=True))
    )


def union(first: Extent, second: Extent) -> Extent:
    """The smallest extent that covers both."""
    return tuple(
        (min if number % 2 == 0 else max)(a, b) for number, (a, b) in enumerate(zip(first, second, strict=True))
    )


def is_empty(extent: Extent) -> bool:
    """Whether an extent has no voxel."""
    return any(extent[2 * axis] > extent[2 * axis + 1] for axis in range(3))


def cropped(patch: Patch) -> Patch | None:
    """The patch cut to its true voxels, or None where there is none."""
    box = []
    for axis in (2, 1, 0):
        others = tuple(other for other in range(3) if other != axis)
        hit = np.flatnonzero(patch.mask.any(axis=others))
        if hit.size == 0:
            return None
        start = patch.extent[2 * (2 - axis)]
        box += [start + int(hit[0]), start + int(hit[-1])]
    extent = tuple(box)
    return Patch(patch.mask[slices_within(extent, patch.extent)], extent)


def read_patch(segmentation: Any, segment_id: str, ijk_to_segmentation: NDArray[np.float64]) -> Patch | None:
    """The voxels of a segment on a lattice, all of them, wherever they lie; None for an empty segment.

    On the lattice itself, however it is numbered, they come voxel by voxel, otherwise from the nearest voxel.
    """
    segment = segmentation.GetSegment(segment_id)
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    labelmap = segment.GetRepresentation(name)
    if labelmap is None or is_empty(labelmap.GetExtent()) or labelmap.GetPointData().GetScalars() is None:
        return None
    shift = _whole_voxel_shift(labelmap, ijk_to_segmentation)
    if shift is None:
        labelmap, shift = _resampled(labelmap, ijk_to_segmentation), np.zeros(3, dtype=int)
    extent = tuple(int(end + shift[side // 2]) for side, end in enumerate(labelmap.GetExtent()))
    i, j, k = labelmap.GetDimensions()
    values = vtk_to_numpy(labelmap.GetPointData().GetScalars()).reshape(k, j, i)
    return cropped(Patch(values == segment.GetLabelValue(), extent))


def oriented_image(patch: Patch | None, ijk_to_segmentation: NDArray[np.float64]) -> Any:
    """A ``vtkOrientedImageData`` of zeros and ones over the patch; None gives one without a true voxel."""
    if patch is None:
        patch = Patch(np.zeros((2, 2, 2), dtype=bool), EMPTY_EXTENT)
    image = _lattice(ijk_to_segmentation, patch.extent)
    scalars = numpy_to_vtk(np.ascontiguousarray(patch.mask, dtype=np.uint8).ravel(), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    return image


def _lattice(ijk_to_segmentation: NDArray[np.float64], extent: Extent) -> Any:
    image = slicer.vtkOrientedImageData()
    image.SetExtent([int(end) for end in extent])
    image.SetImageToWorldMatrix(matrix_from_array(ijk_to_segmentation))
    return image


def _whole_voxel_shift(labelmap: Any, ijk_to_segmentation: NDArray[np.float64]) -> NDArray[np.int_] | None:
    """Whole voxels (i, j, k) from the labelmap's indices to the lattice's, or None where it is another lattice."""
    corners = _corners_ijk(labelmap)
    moves = _on_lattice(labelmap, ijk_to_segmentation) - corners
    shift = np.rint(moves.mean(axis=0))
    return shift.astype(int) if np.abs(moves - shift).max() <= SAME_LATTICE_TOLERANCE_VOXELS else None


def _resampled(labelmap: Any, ijk_to_segmentation: NDArray[np.float64]) -> Any:
    """The labelmap on the lattice, nearest voxel, over an extent that holds all of it."""
    corners = _on_lattice(labelmap, ijk_to_segmentation)
    low, high = np.floor(corners.min(axis=0)).astype(int) - 1, np.ceil(corners.max(axis=0)).astype(int) + 1
    reference = _lattice(ijk_to_segmentation, (low[0], high[0], low[1], high[1], low[2], high[2]))
    output = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(labelmap, reference, output)
    return output


def _on_lattice(labelmap: Any, ijk_to_segmentation: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8, 3): the labelmap's corner voxels in (fractional) indices of the lattice."""
    matrix = vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    between = np.linalg.inv(ijk_to_segmentation) @ array_from_matrix(matrix)
    return _corners_ijk(labelmap) @ between[:3, :3].T + between[:3, 3]


def _corners_ijk(labelmap: Any) -> NDArray[np.float64]:
    i0, i1, j0, j1, k0, k1 = labelmap.GetExtent()
    return np.array([(i, j, k) for i in (i0, i1) for j in (j0, j1) for k in (k0, k1)], dtype=np.float64)
