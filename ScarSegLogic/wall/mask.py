"""The wall of the left atrium from its cavity: thickness, exclusions and hand edits in one mask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.wall.box import Box
from ScarSegLogic.wall.distances import MAXIMUM_THICKNESS_MM, CavityDistances
from ScarSegLogic.wall.edits import WallEdits
from ScarSegLogic.wall.excluded_voxels import ExcludedVoxels
from ScarSegLogic.wall.findings import cavity_findings, thickness_findings
from ScarSegLogic.wall.request import WallRequest
from ScarSegLogic.wall.strokes import thickness_change_mm


@dataclass(frozen=True, eq=False)
class WallMask:
    """A wall.

    Attributes:
        cut: (k, j, i) bool, the wall within ``box``; nothing of it lies outside.
        box: Where it lies in the volume.
        geometry: Grid of the whole volume.
        request: What was asked for.
        excluded: (k, j, i) bool, what the exclusions took from the wall; hand edits are not counted.
        warnings: Sentences about the cavity and the thickness that the user should read.
    """

    cut: NDArray[np.bool_]
    box: Box
    geometry: Geometry
    request: WallRequest
    excluded: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """(K, J, I) bool on the whole grid."""
        return self.box.restore(self.cut, self.geometry.shape_kji)

    @cached_property
    def volume_ml(self) -> float:
        return int(np.count_nonzero(self.cut)) * self.geometry.voxel_volume_ml


class WallMaker:
    """Walls about one cavity. Keeps what a slider does not change, so that a step of it only thresholds."""

    def __init__(self, distances: CavityDistances) -> None:
        self.distances = distances
        self._cavity_warnings = cavity_findings(distances)
        self._excluded = ExcludedVoxels(distances)
        self._change: tuple[object, NDArray[np.float32] | None] = ((), None)

    def wall(self, request: WallRequest, edits: WallEdits | None = None) -> WallMask:
        """The wall that is asked for, and what a person drew into it and out of it.

        Without exclusions, strokes and edits it is exactly M of SCIENCE section 2, voxel for voxel.

        Args:
            request: Thickness, exclusions and strokes.
            edits: The hand's layers on the whole grid. They win over thickness and exclusions.

        Raises:
            ScarSegError: Nothing is left: too thin for the voxels, or everything excluded or removed; or the edits
                are on another grid.
        """
        wall = self.distances.wall(request.inner_mm, self._outer_mm(request))
        if not wall.any() and (edits is None or edits.added_box is None):
            raise ScarSegError(
                f"a wall of {request.inner_mm:g} mm inside and {request.outer_mm:g} mm outside holds no voxel of "
                f"{_sizes(self.distances.geometry)} mm (K, J, I): make it thicker"
            )
        cut_off = self._excluded.mask(request.exclusions)
        excluded = np.zeros_like(wall) if cut_off is None else wall & cut_off
        wall &= ~excluded
        box = self.distances.box
        if edits is not None:
            wall, excluded, box = self._with_edits(wall, excluded, edits)
        if not wall.any():
            raise ScarSegError(
                "nothing of the wall is left: the exclusions and the erased parts cover all of it; "
                "move or remove cut planes and spheres, or reset the edits"
            )
        warnings = self._cavity_warnings + thickness_findings(self.distances, request.inner_mm, request.outer_mm)
        return WallMask(wall, box, self.distances.geometry, request, excluded, warnings)

    def _outer_mm(self, request: WallRequest) -> float | NDArray[np.float32]:
        if self._change[0] != request.strokes:
            self._change = (request.strokes, thickness_change_mm(request.strokes, self.distances))
        change_mm = self._change[1]
        if change_mm is None:
            return request.outer_mm
        return np.clip(change_mm + np.float32(request.outer_mm), 0, np.float32(self.distances.reach_mm))

    def _with_edits(
        self, wall: NDArray[np.bool_], excluded: NDArray[np.bool_], edits: WallEdits
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Box]:
        """Wall and exclusion in a box that also holds all that was added."""
        box, shape = self.distances.box, self.distances.geometry.shape_kji
        if edits.added.shape != shape:
            raise ScarSegError(
                f"the edits of the wall have the shape {edits.added.shape}, the cavity {shape} (K, J, I): "
                "they belong to another study, or the cavity was resampled; reset the edits"
            )
        larger = box if edits.added_box is None else box.union(edits.added_box)
        if larger != box:
            place = box.relative_to(larger)
            wall, excluded = (place.restore(each, larger.shape_kji) for each in (wall, excluded))
        wall |= edits.added[larger.slices]
        wall &= ~edits.removed[larger.slices]
        return wall, excluded, larger


def wall_mask(
    cavity: NDArray[np.bool_], geometry: Geometry, request: WallRequest, edits: WallEdits | None = None
) -> WallMask:
    """One wall from a cavity, for those who move no slider. See ``WallMaker.wall``.

    Args:
        cavity: (K, J, I) bool.
        geometry: Its grid; anisotropic and oblique ones too.
        request: Thickness, exclusions and strokes.
        edits: The hand's layers.

    Raises:
        ScarSegError: The cavity is empty, fills the volume or is on another grid, or nothing of the wall is left.
    """
    reach_mm = max(request.inner_mm, request.outer_mm)
    if request.strokes:
        reach_mm = MAXIMUM_THICKNESS_MM
    return WallMaker(CavityDistances.of(cavity, geometry, reach_mm=reach_mm)).wall(request, edits)


def shell_band(distances: CavityDistances, *, inner_mm: float = 5.0, outer_mm: float = 7.5) -> NDArray[np.bool_]:
    """The shell about the surface in which a wall is painted and erased, on the whole grid.

    A brush is cut to it, so that no stroke lands in another chamber (depths: ours; the thickest atrial walls have
    6 mm).

    Args:
        distances: About the cavity.
        inner_mm, outer_mm: Depth into the cavity and out of it, 0 to the reach of the distances.

    Returns:
        (K, J, I) bool.
    """
    return distances.restore(distances.wall(inner_mm, outer_mm))


def _sizes(geometry: Geometry) -> str:
    return " x ".join(f"{step:.3g}" for step in geometry.spacing_kji_mm)
