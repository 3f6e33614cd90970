"""The cavity on a coarse isotropic grid: where its shape is read, whatever the sampling of the study."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.distances import CavityDistances

STEP_MM = 1.25
"""Finer than the narrowest vein (a radius of 3 mm) by half, and 8 times fewer voxels than 0.625 mm (ours)."""


@dataclass(frozen=True, eq=False)
class CoarseCavity:
    """The largest part of a cavity, sampled at ``STEP_MM`` along its own axes, with an empty rim.

    Attributes:
        mask: (K, J, I) bool.
        geometry: Its grid, in the same RAS space as the study.
    """

    mask: NDArray[np.bool_]
    geometry: Geometry

    @classmethod
    def of(cls, distances: CavityDistances) -> CoarseCavity:
        """Resample a cavity by interpolating its distances, so that thick slices leave no steps."""
        grid = distances.box_geometry
        scale = STEP_MM / np.array(grid.spacing_kji_mm)
        shape = (np.array(grid.shape_kji) - 1) / scale
        # The rim of one voxel closes a cavity that meets the border of the volume.
        signed_mm = np.clip(distances.signed_mm, -distances.reach_mm, distances.reach_mm)
        inside = (
            ndimage.affine_transform(
                signed_mm, scale, offset=-scale, output_shape=tuple((shape + 3).astype(int)), order=1, cval=np.inf
            )
            < 0
        )
        labels, count = ndimage.label(inside, structure=np.ones((3, 3, 3)))
        if count > 1:
            inside = labels == 1 + np.bincount(labels.ravel())[1:].argmax()
        origin = grid.index_to_ras(-scale)
        geometry = Geometry.from_spacing(inside.shape, (STEP_MM,) * 3, directions=grid.directions, origin_ras_mm=origin)
        return cls(inside, geometry)

    @cached_property
    def depth_mm(self) -> NDArray[np.float64]:
        """(K, J, I): distance to the nearest voxel outside; 0 outside."""
        return ndimage.distance_transform_edt(self.mask) * STEP_MM

    @cached_property
    def body(self) -> NDArray[np.float64]:
        """(K, J, I) mm: height above the atrium's body, which is what a large ball fits into; at most 0 in it.

        The ball has .6 of the radius of the largest that fits, at least 8 mm (ours): wider than a vein, narrower
        than the flat atria seen.
        """
        ball_mm = max(8.0, 0.6 * float(self.depth_mm.max()))
        core = self.depth_mm > min(ball_mm, 0.9 * float(self.depth_mm.max()))
        labels, count = ndimage.label(core)
        if count > 1:
            core = labels == 1 + np.bincount(labels.ravel())[1:].argmax()
        return ndimage.distance_transform_edt(~core) * STEP_MM - ball_mm

    @cached_property
    def body_centre_ras(self) -> NDArray[np.float64]:
        """(3,) RAS mm of the middle of the body."""
        return self.geometry.index_to_ras(np.argwhere(self.mask & (self.body <= 0)).mean(axis=0))

    def points_ras(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(n, 3) RAS mm of the voxels of a mask on this grid."""
        return self.geometry.index_to_ras(np.argwhere(mask))
