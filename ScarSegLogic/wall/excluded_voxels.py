"""Which voxels about the atrium the exclusions leave out, kept so that dragging one plane asks for that plane alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.wall.distances import DISTANCE_TOLERANCE_MM, CavityDistances
from ScarSegLogic.wall.exclusions import ExclusionPlane, ExclusionSphere

Exclusion = ExclusionPlane | ExclusionSphere


class ExcludedVoxels:
    """The voxels of any possible wall about one cavity that are cut off."""

    def __init__(self, distances: CavityDistances) -> None:
        self._distances = distances
        self._indices: NDArray[np.intp] | None = None
        self._points_ras: NDArray[np.float64] | None = None
        self._taken: dict[Exclusion, NDArray[np.intp]] = {}
        self._mask: NDArray[np.bool_] | None = None
        self._of: tuple[Exclusion, ...] = ()

    def mask(self, exclusions: tuple[Exclusion, ...]) -> NDArray[np.bool_] | None:
        """(k, j, i) bool in the box of the distances, not to be written to; None without exclusions."""
        if exclusions != self._of:
            self._taken = {each: self._taken_by(each) for each in exclusions}
            self._mask = self._drawn() if exclusions else None
            self._of = exclusions
        return self._mask

    def _taken_by(self, exclusion: Exclusion) -> NDArray[np.intp]:
        """Flat indices of the voxels that one exclusion leaves out."""
        if exclusion in self._taken:
            return self._taken[exclusion]
        if self._indices is None or self._points_ras is None:
            distances = self._distances
            possible = np.abs(distances.signed_mm) <= distances.reach_mm + DISTANCE_TOLERANCE_MM
            self._indices = np.flatnonzero(possible)
            self._points_ras = distances.box_geometry.index_to_ras(np.argwhere(possible))
        return self._indices[exclusion.contains(self._points_ras)]

    def _drawn(self) -> NDArray[np.bool_]:
        mask = np.zeros(self._distances.cavity.shape, dtype=bool)
        for taken in self._taken.values():
            mask.flat[taken] = True
        return mask
