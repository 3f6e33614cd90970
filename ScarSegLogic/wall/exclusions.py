"""Parts of the wall that are left out: behind the ostium of a vein, at the mitral valve, or inside a sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.wall.distances import DISTANCE_TOLERANCE_MM

Point = tuple[float, float, float]
"""R, A, S in mm."""


@dataclass(frozen=True)
class ExclusionPlane:
    """A round cut: the part of the atrium that hangs behind a disc, wherever it bends, is left out with its wall.

    What merely lies on the far side of the plane, such as another vein or a bulge of the roof, stays.

    Attributes:
        origin_ras: Centre of the disc, RAS mm.
        normal_ras: Points out of the atrium, into what is cut off; any length, kept as a unit vector.
        radius_mm: Of the disc: what passes through it hangs behind it. Above 0.
        name: What a person calls it, for example ``LSPV``.

    Raises:
        ScarSegError: A number is not finite, the normal is zero or the radius not above 0.
    """

    origin_ras: Point
    normal_ras: Point
    radius_mm: float
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin_ras", _point(self.origin_ras, f"the origin of the cut plane {self.name}"))
        normal = np.array(_point(self.normal_ras, f"the normal of the cut plane {self.name}"))
        length = float(np.linalg.norm(normal))
        if length < 1e-9:
            raise ScarSegError(f"the normal of the cut plane {self.name} is zero: it must point out of the atrium")
        object.__setattr__(self, "normal_ras", tuple((normal / length).tolist()))
        object.__setattr__(self, "radius_mm", _radius(self.radius_mm, f"the cut plane {self.name}"))

    def height_mm(self, points_ras: ArrayLike) -> NDArray[np.float64]:
        """How far points (..., 3) lie behind the disc's plane; negative on the atrium's side. Returns (...)."""
        return (np.asarray(points_ras, dtype=np.float64) - self.origin_ras) @ np.asarray(self.normal_ras)

    def aside_mm(self, points_ras: ArrayLike) -> NDArray[np.float64]:
        """Distance of points (..., 3) from the disc's axis. Returns (...)."""
        steps = np.asarray(points_ras, dtype=np.float64) - self.origin_ras
        return np.linalg.norm(steps - self.height_mm(points_ras)[..., None] * np.asarray(self.normal_ras), axis=-1)


@dataclass(frozen=True)
class ExclusionSphere:
    """A ball that is left out.

    Attributes:
        centre_ras: RAS mm.
        radius_mm: Above 0.
        name: What a person calls it.

    Raises:
        ScarSegError: A number is not finite or the radius not above 0.
    """

    centre_ras: Point
    radius_mm: float
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre_ras", _point(self.centre_ras, f"the centre of the sphere {self.name}"))
        object.__setattr__(self, "radius_mm", _radius(self.radius_mm, f"the sphere {self.name}"))

    def contains(self, points_ras: ArrayLike) -> NDArray[np.bool_]:
        """Which of the points (..., 3) lie in the ball or on its surface. Returns (...) bool."""
        steps = np.asarray(points_ras, dtype=np.float64) - self.centre_ras
        return np.einsum("...i,...i", steps, steps) <= (self.radius_mm + DISTANCE_TOLERANCE_MM) ** 2


def _point(value: ArrayLike, what: str) -> Point:
    point = np.asarray(value, dtype=np.float64)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise ScarSegError(f"{what} is {value}: expected three finite numbers R, A, S in mm")
    return tuple(point.tolist())


def _radius(value: float, what: str) -> float:
    if not (np.isfinite(value) and value > 0):
        raise ScarSegError(f"the radius of {what} is {value} mm: expected a number above 0")
    return float(value)
