"""The cuts of the wall as openings of the atrium."""

from __future__ import annotations

from collections.abc import Iterable

from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.openings import Opening
from ScarSegLogic.wall.exclusions import ExclusionPlane


def openings_of(planes: Iterable[ExclusionPlane]) -> tuple[Opening, ...]:
    """An opening for each cut plane: the mitral valve by its name, every other one a vein."""
    return tuple(
        Opening(
            name=plane.name or f"vein {number}",
            kind=OpeningKind.MITRAL if "mitral" in plane.name.lower() else OpeningKind.VEIN,
            centre_ras=plane.origin_ras,
            normal_ras=plane.normal_ras,
            radius_mm=plane.radius_mm,
        )
        for number, plane in enumerate(planes, start=1)
    )
