"""Cut planes read from the cavity's shape: a start that the user sees, moves, renames or drops."""

from __future__ import annotations

from dataclasses import dataclass

from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.wall.branches import Branch, find_branches
from ScarSegLogic.wall.coarse_cavity import CoarseCavity
from ScarSegLogic.wall.distances import CavityDistances
from ScarSegLogic.wall.exclusions import ExclusionPlane
from ScarSegLogic.wall.mitral_plane import MitralPlane, find_mitral_plane
from ScarSegLogic.wall.vein_names import APPENDAGE, BranchName, name_branches

MITRAL = "mitral"

SURE_LENGTH_MM = 12.0
"""A tube of this length is surely one (ours)."""

BALL_FLATNESS, SURE_FLATNESS = 1.0, 4.0
"""Flatness of the cap where nothing speaks for a valve and where it was surely cut by hand or network (ours)."""


@dataclass(frozen=True)
class ProposedExclusion:
    """One cut plane and how much to trust it.

    Attributes:
        plane: The cut; its disc covers the opening and has its name.
        kind: What it closes. The appendage is a part of the atrium: it is named so that it is not taken for a vein,
            and left to the user to cut off.
        confidence: 0 to 1. Of a tube: how long it is and how clearly its place tells its name, half of it
            where no section closes. Of the valve: how flat the cavity is there.
    """

    plane: ExclusionPlane
    kind: OpeningKind
    confidence: float

    @property
    def is_usual(self) -> bool:
        """Whether the wall and the shell leave it out by default: veins and mitral valve (SCIENCE section 7)."""
        return self.kind is not OpeningKind.APPENDAGE


def propose_exclusions(distances: CavityDistances) -> tuple[ProposedExclusion, ...]:
    """Cut planes at the vein ostia, the appendage and the mitral valve.

    A round cavity without tubes has a mitral plane only, of little confidence.

    Args:
        distances: About the cavity, any reach of a few mm.

    Returns:
        The mitral plane first, then the tubes by name. Nothing of it is certain: it is to be shown and confirmed.
    """
    cavity = CoarseCavity.of(distances)
    branches = find_branches(cavity)
    tubes = [_tube(branch, name) for branch, name in zip(branches, name_branches(branches, cavity), strict=True)]
    return (_mitral(find_mitral_plane(cavity)), *sorted(tubes, key=lambda each: each.plane.name))


def _tube(branch: Branch, name: BranchName) -> ProposedExclusion:
    plane = ExclusionPlane(
        tuple(branch.ostium_ras.tolist()), tuple(branch.direction_ras.tolist()), branch.radius_mm, name.name
    )
    kind = OpeningKind.APPENDAGE if name.name == APPENDAGE else OpeningKind.VEIN
    sure = min(1.0, branch.length_mm / SURE_LENGTH_MM) * name.certainty
    return ProposedExclusion(plane, kind, sure if branch.is_closed else sure / 2)


def _mitral(valve: MitralPlane) -> ProposedExclusion:
    plane = ExclusionPlane(tuple(valve.centre_ras.tolist()), tuple(valve.normal_ras.tolist()), valve.radius_mm, MITRAL)
    sure = (valve.flatness - BALL_FLATNESS) / (SURE_FLATNESS - BALL_FLATNESS)
    return ProposedExclusion(plane, OpeningKind.MITRAL, min(1.0, max(0.0, sure)))
