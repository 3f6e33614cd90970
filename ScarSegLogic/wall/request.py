"""What is asked of a wall: thickness, what is left out, and where it is thicker or thinner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.wall.distances import MAXIMUM_THICKNESS_MM
from ScarSegLogic.wall.exclusions import ExclusionPlane, ExclusionSphere, Point


@dataclass(frozen=True)
class ThicknessStroke:
    """One touch of the brush that makes the wall thicker or thinner; undone by leaving it out.

    Strokes are kept in mm of the patient, not as voxels, so they hold at every thickness and on every grid.

    Attributes:
        centre_ras: Middle of the touch, RAS mm.
        radius_mm: Reach of the touch; the change falls to zero there. Above 0.
        change_mm: Added to the outer thickness in the middle; negative thins. -10 to 10.

    Raises:
        ScarSegError: A number is not finite or out of range.
    """

    centre_ras: Point
    radius_mm: float
    change_mm: float

    def __post_init__(self) -> None:
        centre = np.asarray(self.centre_ras, dtype=np.float64)
        if centre.shape != (3,) or not np.isfinite(centre).all():
            raise ScarSegError(f"the brush is at {self.centre_ras}: expected three finite numbers R, A, S in mm")
        if not (np.isfinite(self.radius_mm) and self.radius_mm > 0):
            raise ScarSegError(f"the brush has a radius of {self.radius_mm} mm: expected a number above 0")
        if not abs(self.change_mm) <= MAXIMUM_THICKNESS_MM:
            raise ScarSegError(
                f"the brush changes the thickness by {self.change_mm} mm: expected -{MAXIMUM_THICKNESS_MM:g} to "
                f"{MAXIMUM_THICKNESS_MM:g}"
            )
        object.__setattr__(self, "centre_ras", tuple(centre.tolist()))


@dataclass(frozen=True)
class WallRequest:
    """The parameters of one wall.

    Attributes:
        inner_mm: Depth of the wall into the cavity, 0 to 10. 3.0 is the training prior (SCIENCE section 2);
            quantification starts at the surface, 0 (section 7).
        outer_mm: Depth out of the cavity, 0 to 10.
        planes: Cuts at the ostia and the mitral valve.
        spheres: Balls left out.
        strokes: Local changes of the outer thickness; those of overlapping strokes add up.

    Raises:
        ScarSegError: A thickness is out of range, or both are 0.
    """

    inner_mm: float = 3.0
    outer_mm: float = 2.5
    planes: tuple[ExclusionPlane, ...] = ()
    spheres: tuple[ExclusionSphere, ...] = ()
    strokes: tuple[ThicknessStroke, ...] = ()

    def __post_init__(self) -> None:
        for name in ("inner", "outer"):
            thickness_mm = getattr(self, f"{name}_mm")
            if not 0 <= thickness_mm <= MAXIMUM_THICKNESS_MM:
                raise ScarSegError(
                    f"the {name} thickness of the wall is {thickness_mm} mm: expected 0 to {MAXIMUM_THICKNESS_MM:g} mm"
                )
        if self.inner_mm == 0 and self.outer_mm == 0 and not self.strokes:
            raise ScarSegError("the wall is 0 mm thick on both sides of the surface: set an inner or outer thickness")
        for name in ("planes", "spheres", "strokes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def exclusions(self) -> tuple[ExclusionPlane | ExclusionSphere, ...]:
        """Planes and spheres together."""
        return (*self.planes, *self.spheres)
