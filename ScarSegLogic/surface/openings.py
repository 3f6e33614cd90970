"""Where veins and the mitral valve leave the atrium, and which part of its surface lies beyond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.patches import label_patches

RIM_REACH = 1.1
"""Some of the surface around an opening lies within this many radii of its axis, however oval it is (ours)."""

STRAIGHT_REACH = 1.25
"""What lies beyond the mitral plane, or that of a cavity's end, but farther from its axis than this many radii is the
appendage or the floor and stays; veins bend away from their axis and are followed (ours)."""

RIM_DEPTH_MM = 3.0
"""How far beyond the plane the cut-off surface must begin: two edges of the mesh (ours)."""


LID_DEPTH_MM, LID_COSINE, LID_CORE = 2.0, 0.8, 0.5
"""A cavity that ends at an opening ends in a lid: this near to the plane (a slice is up to 2.5 mm thick), facing out
within 37 degrees, and meeting this share of the opening's radius, where a vein that goes on has no surface (ours)."""


@dataclass(frozen=True)
class Opening:
    """A round hole in the atrium's wall.

    Attributes:
        name: ``LSPV``, ``LIPV``, ``RSPV``, ``RIPV``, ``mitral`` or a name of the user.
        kind: Vein or mitral valve.
        centre_ras: RAS in mm.
        normal_ras: Direction out of the atrium, of any length.
        radius_mm: Above zero.

    Raises:
        ValueError: A number is not finite, the normal is zero or the radius is not positive.
    """

    name: str
    kind: OpeningKind
    centre_ras: tuple[float, float, float]
    normal_ras: tuple[float, float, float]
    radius_mm: float

    def __post_init__(self) -> None:
        numbers = np.array([*self.centre_ras, *self.normal_ras, self.radius_mm], dtype=np.float64)
        if numbers.shape != (7,) or not np.isfinite(numbers).all():
            raise ValueError(f"the opening {self.name} needs finite centre, normal and radius: {numbers.tolist()}")
        if not self.radius_mm > 0 or not np.linalg.norm(self.normal_ras) > 0:
            raise ValueError(f"the opening {self.name} needs a radius above 0 and a direction: {numbers.tolist()}")

    @property
    def axis(self) -> NDArray[np.float64]:
        """(3,) unit vector out of the atrium."""
        return np.asarray(self.normal_ras) / np.linalg.norm(self.normal_ras)

    def depth_and_radius_mm(self, points_ras: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(N,) distance beyond the plane, outward positive, and (N,) distance from the axis."""
        steps = np.asarray(points_ras) - np.asarray(self.centre_ras)
        depths = steps @ self.axis
        return depths, np.linalg.norm(steps - depths[:, None] * self.axis, axis=1)


def beyond_openings(mesh: TriangleMesh, openings: Sequence[Opening]) -> NDArray[np.bool_]:
    """The vertices that do not belong to the atrium's body: (V,) bool.

    Of everything on the far side of an opening's plane only the connected part that begins at the opening is cut off,
    so that a plane never reaches another vein or a bulge of the roof.
    """
    beyond = np.zeros(len(mesh.vertices_ras), dtype=bool)
    for opening in openings:
        beyond |= beyond_opening(mesh, opening)
    return beyond


def beyond_opening(mesh: TriangleMesh, opening: Opening) -> NDArray[np.bool_]:
    """The same for one opening, and the lid of a cavity that was drawn up to its plane and no farther."""
    depths, radii = opening.depth_and_radius_mm(mesh.vertices_ras)
    facing = (np.abs(depths) <= LID_DEPTH_MM) & (mesh.normals @ opening.axis >= LID_COSINE)
    lid = _touching(mesh, facing, radii <= LID_CORE * opening.radius_mm)
    far = depths > 0
    if lid.any() or opening.kind is OpeningKind.MITRAL:
        far &= radii <= STRAIGHT_REACH * opening.radius_mm
    if lid.any():
        # The cavity ends here: what stands beyond the plane elsewhere is another part of it.
        far &= depths <= LID_DEPTH_MM + RIM_DEPTH_MM
    return lid | _touching(mesh, far, (depths <= RIM_DEPTH_MM) & (radii <= RIM_REACH * opening.radius_mm))


def _touching(mesh: TriangleMesh, selected: NDArray[np.bool_], begins: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The patches of the selected vertices that meet the vertices where something begins."""
    patches = label_patches(mesh, selected)
    return selected & np.isin(patches, np.unique(patches[selected & begins]))
