"""Where veins and the mitral valve leave the atrium, and which part of its surface lies beyond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.patches import label_patches

RIM_REACH = 1.5
"""The surface around an opening lies within this many radii of its axis: ostia are oval (ours)."""

RIM_DEPTH_MM = 3.0
"""How far beyond the plane the cut-off surface must begin: two edges of the mesh (ours)."""


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
    """The same for one opening."""
    depths, radii = opening.depth_and_radius_mm(mesh.vertices_ras)
    far = depths > 0
    patches = label_patches(mesh, far)
    touching = far & (depths <= RIM_DEPTH_MM) & (radii <= RIM_REACH * opening.radius_mm)
    return far & np.isin(patches, np.unique(patches[touching]))
