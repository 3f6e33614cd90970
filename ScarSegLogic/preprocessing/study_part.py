"""The part of a study that a network's grid about some place covers, so that cost does not grow with the study."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.preprocessing.volume_input import VolumeInput


@dataclass(frozen=True)
class StudyPart:
    """A box of voxels, one network voxel wider than the network's grid where the study allows.

    Attributes:
        window: Slices of the study along K, J and I.
        centre_kji: Centre of the network's grid in voxels of the part.
    """

    window: tuple[slice, slice, slice]
    centre_kji: tuple[float, float, float]

    @classmethod
    def about(
        cls,
        centre_kji: tuple[float, float, float],
        volume_input: VolumeInput,
        shape_kji: tuple[int, int, int],
        spacing_kji_mm: tuple[float, float, float],
    ) -> StudyPart:
        """The part about a voxel of a study."""
        window, centre = [], []
        for axis, (middle, length) in enumerate(zip(centre_kji, shape_kji, strict=True)):
            step = volume_input.spacing_kji_mm[axis] / spacing_kji_mm[axis]
            reach = (volume_input.shape_kji[axis] / 2 + 1) * step + 1
            first = min(max(math.floor(middle - reach), 0), length - 1)
            last = min(max(math.ceil(middle + reach), first), length - 1)
            window.append(slice(first, last + 1))
            centre.append(middle - first)
        return cls(tuple(window), tuple(centre))

    def restore(self, mask: NDArray[np.bool_], shape_kji: tuple[int, int, int]) -> NDArray[np.bool_]:
        """A mask of the part in the whole study."""
        whole = np.zeros(shape_kji, bool)
        whole[self.window] = mask
        return whole


def middle_of(mask: NDArray[np.bool_]) -> tuple[float, float, float] | None:
    """Of the bounding box of a (K, J, I) mask, in voxels; None where it is empty."""
    if not mask.any():
        return None
    sides = (np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1)))
    k, j, i = (float(side[0] + side[-1]) / 2 for side in sides)
    return k, j, i
