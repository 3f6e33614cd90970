"""How far each voxel about the atrium lies from the cavity's surface: computed once, thresholded at every slider."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.bounded_distance import bounded_distance_mm
from ScarSegLogic.wall.box import Box, bounding_box

MAXIMUM_THICKNESS_MM = 10.0
"""The thickest wall that can be asked for on either side of the surface (ours; real walls have 0.5-6 mm)."""

DISTANCE_TOLERANCE_MM = 1e-3
"""A voxel at exactly the thickness belongs to the wall (SCIENCE section 7)."""

PERPENDICULAR_TOLERANCE = 1e-3
"""Cosine up to which two axes of a grid count as perpendicular: 0.01 mm in 10 mm (ours)."""


@dataclass(frozen=True, eq=False)
class CavityDistances:
    """Distances about one cavity, cut to the box that a wall can reach.

    Between voxel centres, to the nearest voxel on the other side of the surface; 0 on the other side (SCIENCE
    section 7). Equal to ``scipy.ndimage.distance_transform_edt`` of the whole volume up to ``reach_mm``.

    Attributes:
        geometry: Grid of the whole volume; perpendicular axes, any rotation.
        box: The part of it that the arrays cover: the cavity and ``reach_mm`` around it, within the volume.
        cavity: (k, j, i) bool, cut to the box.
        inside_mm: (k, j, i) float32, d_in: from a cavity voxel to the nearest one outside. May be infinite where the
            cavity is deeper than the reach.
        outside_mm: (k, j, i) float32, d_out: from a voxel outside to the nearest one of the cavity.
        reach_mm: Up to here the distances are exact.
    """

    geometry: Geometry
    box: Box
    cavity: NDArray[np.bool_]
    inside_mm: NDArray[np.float32]
    outside_mm: NDArray[np.float32]
    reach_mm: float

    @classmethod
    def of(
        cls, cavity: NDArray[np.bool_], geometry: Geometry, *, reach_mm: float = MAXIMUM_THICKNESS_MM
    ) -> CavityDistances:
        """Measure about a cavity. The cost grows with the atrium, not with the volume.

        Args:
            cavity: (K, J, I) bool.
            geometry: Its grid.
            reach_mm: The thickest wall that will be asked for; above 0, at most 10 mm.

        Raises:
            ScarSegError: The cavity is on another grid, empty or fills the volume, or the grid is sheared.
            ValueError: The reach is out of range.
        """
        if not 0 < reach_mm <= MAXIMUM_THICKNESS_MM:
            raise ValueError(f"reach_mm must lie in (0, {MAXIMUM_THICKNESS_MM:g}], got {reach_mm}")
        _check_grid(cavity, geometry)
        occupied = bounding_box(cavity)
        if occupied is None:
            raise ScarSegError("the cavity is empty: segment the left atrium's cavity first, the wall is built on it")
        if cavity[occupied.slices].all() and occupied.shape_kji == geometry.shape_kji:
            raise ScarSegError(
                f"the cavity fills all {cavity.size} voxels of the volume, so it has no surface and no wall: "
                "check that the mask marks the blood of the left atrium and not the whole image"
            )
        spacing = geometry.spacing_kji_mm
        box = occupied.grown([int(reach_mm / step) + 1 for step in spacing], geometry.shape_kji)
        cut = np.ascontiguousarray(cavity[box.slices], dtype=bool)
        # Whatever is nearest to a cavity voxel from outside lies in the cavity's box grown by one voxel.
        near = occupied.grown([1, 1, 1], geometry.shape_kji).relative_to(box).slices
        inside_mm = np.zeros(cut.shape, dtype=np.float32)
        inside_mm[near] = bounded_distance_mm(~cut[near], spacing, reach_mm)
        return cls(geometry, box, cut, inside_mm, bounded_distance_mm(cut, spacing, reach_mm), float(reach_mm))

    @cached_property
    def box_geometry(self) -> Geometry:
        """The grid of the cut arrays."""
        return self.box.geometry_in(self.geometry)

    @cached_property
    def signed_mm(self) -> NDArray[np.float32]:
        """(k, j, i) float32: d_out outside, -d_in inside. One comparison on each side finds a wall."""
        return self.outside_mm - self.inside_mm

    def wall(self, inner_mm: float, outer_mm: float | NDArray[np.float32]) -> NDArray[np.bool_]:
        """M = (d_in <= inner) and (d_out <= outer), cut to the box (SCIENCE section 2).

        Args:
            inner_mm: Depth into the cavity, 0 to ``reach_mm``.
            outer_mm: Depth out of it, 0 to ``reach_mm``; a number, or (k, j, i) one for each voxel.

        Raises:
            ValueError: A number lies beyond the reach.
        """
        deepest = max(inner_mm, float(np.max(outer_mm)))
        if min(inner_mm, float(np.min(outer_mm))) < 0 or deepest > self.reach_mm:
            raise ValueError(f"a wall of {inner_mm} / {deepest} mm lies beyond the reach, 0 to {self.reach_mm} mm")
        wall = self.signed_mm <= np.float32(outer_mm) + np.float32(DISTANCE_TOLERANCE_MM)
        wall &= self.signed_mm >= np.float32(-inner_mm - DISTANCE_TOLERANCE_MM)
        return wall

    def deeper_than(self, depth_mm: float) -> NDArray[np.bool_]:
        """(k, j, i) bool: the cavity without its rim of ``depth_mm``, 0 to ``reach_mm``."""
        return self.inside_mm > np.float32(depth_mm + DISTANCE_TOLERANCE_MM)

    def restore(self, cut: NDArray) -> NDArray:
        """An array of the box on the whole grid, zero (False) elsewhere."""
        return self.box.restore(cut, self.geometry.shape_kji)


def _check_grid(cavity: NDArray[np.bool_], geometry: Geometry) -> None:
    if cavity.shape != geometry.shape_kji:
        raise ScarSegError(
            f"the cavity has the shape {cavity.shape} and its grid {geometry.shape_kji} (K, J, I): "
            "resample the cavity to the image's grid"
        )
    cosines = np.abs(geometry.directions.T @ geometry.directions - np.eye(3)).max()
    if cosines > PERPENDICULAR_TOLERANCE:
        raise ScarSegError(
            f"the grid's axes are not perpendicular (cosine {cosines:.3f}), so that distances in it are not those "
            "of its spacing: resample the study to a rectangular grid"
        )
