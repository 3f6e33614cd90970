"""The cuts of the wall as openings of the atrium."""

from __future__ import annotations

from collections.abc import Iterable

from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.openings import Opening
from ScarSegLogic.wall.exclusions import ExclusionPlane
from ScarSegLogic.wall.proposals import MITRAL
from ScarSegLogic.wall.vein_names import APPENDAGE


def openings_of(planes: Iterable[ExclusionPlane]) -> tuple[Opening, ...]:
    """An opening for each cut plane: mitral valve and appendage by their names, every other one a vein."""
    return tuple(
        Opening(
            name=plane.name or f"vein {number}",
            kind=_kind(plane.name),
            centre_ras=plane.origin_ras,
            normal_ras=plane.normal_ras,
            radius_mm=plane.radius_mm,
        )
        for number, plane in enumerate(planes, start=1)
    )


def _kind(name: str) -> OpeningKind:
    if MITRAL in name.lower():
        return OpeningKind.MITRAL
    return OpeningKind.APPENDAGE if name == APPENDAGE else OpeningKind.VEIN
