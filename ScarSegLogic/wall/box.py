"""A box of voxels: the part of a volume that holds the atrium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry


@dataclass(frozen=True)
class Box:
    """First and one-past-last index along K, J and I."""

    start_kji: tuple[int, int, int]
    stop_kji: tuple[int, int, int]

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        return tuple(slice(start, stop) for start, stop in zip(self.start_kji, self.stop_kji, strict=True))

    @property
    def shape_kji(self) -> tuple[int, int, int]:
        return tuple(stop - start for start, stop in zip(self.start_kji, self.stop_kji, strict=True))

    def grown(self, margin_kji: Sequence[int], limit_kji: tuple[int, int, int]) -> Box:
        """Larger by a margin on both sides of each axis, within a volume of shape ``limit_kji``."""
        starts = (max(0, start - margin) for start, margin in zip(self.start_kji, margin_kji, strict=True))
        stops = zip(self.stop_kji, margin_kji, limit_kji, strict=True)
        return Box(tuple(starts), tuple(min(limit, stop + margin) for stop, margin, limit in stops))

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            tuple(np.minimum(self.start_kji, other.start_kji).tolist()),
            tuple(np.maximum(self.stop_kji, other.stop_kji).tolist()),
        )

    def relative_to(self, outer: Box) -> Box:
        """The same voxels, counted from the start of a box around them."""
        return Box(
            tuple(np.subtract(self.start_kji, outer.start_kji).tolist()),
            tuple(np.subtract(self.stop_kji, outer.start_kji).tolist()),
        )

    def geometry_in(self, whole: Geometry) -> Geometry:
        """The grid of the voxels of the box."""
        matrix = np.array(whole.ijk_to_ras)
        matrix[:3, 3] = whole.index_to_ras(self.start_kji)
        return Geometry(self.shape_kji, matrix)

    def restore(self, cut: NDArray, shape_kji: tuple[int, int, int]) -> NDArray:
        """An array of the box in a volume of zeros. Memory is touched only where the box lies."""
        whole = np.zeros(shape_kji, dtype=cut.dtype)
        whole[self.slices] = cut
        return whole


def bounding_box(mask: NDArray[np.bool_]) -> Box | None:
    """The smallest box around a mask; None where it is empty."""
    spans = []
    for axis in range(3):
        # The first axis is the longest in memory: after it, only its occupied part is looked at.
        within = mask[tuple(slice(*span) for span in spans)]
        places = np.flatnonzero(within.any(axis=tuple(other for other in range(3) if other != axis)))
        if places.size == 0:
            return None
        spans.append((int(places[0]), int(places[-1]) + 1))
    return Box(tuple(start for start, _ in spans), tuple(stop for _, stop in spans))
