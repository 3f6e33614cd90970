"""The wall job: a cavity in, its wall out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.wall.distances import MAXIMUM_THICKNESS_MM, CavityDistances
from ScarSegLogic.wall.edits import WallEdits
from ScarSegLogic.wall.exclusions import ExclusionPlane
from ScarSegLogic.wall.mask import WallMaker, WallMask
from ScarSegLogic.wall.proposals import ProposedExclusion, propose_exclusions
from ScarSegLogic.wall.request import WallRequest

UNSURE = 0.5
"""A proposed cut of less confidence is named to the user (ours)."""


def run_wall(
    cavity: LabelMap, request: WallRequest, *, exclude_proposed: bool = False, edits: WallEdits | None = None
) -> WallMask:
    """Build the wall of a cavity.

    Without exclusions, strokes and edits it is exactly M of SCIENCE section 2, voxel for voxel.

    Args:
        cavity: 0 outside, anything else inside; any grid with perpendicular axes.
        request: Thickness, exclusions and strokes.
        exclude_proposed: Also leave out the wall at the vein ostia and the mitral valve that the cavity's shape
            proposes; the request of the answer holds their planes.
        edits: The hand's layers on the cavity's grid.

    Returns:
        The wall; its warnings name unsure cuts and what is odd about the cavity.

    Raises:
        ScarSegError: The cavity is empty, fills the volume or lies on a sheared grid, or nothing of the wall is left.
    """
    distances = distances_about(cavity)
    warnings = (*cavity.warnings, *value_findings(cavity))
    if exclude_proposed:
        proposals = propose_exclusions(distances)
        request = replace(request, planes=(*request.planes, *usual_planes(proposals)))
        warnings += proposal_findings(proposals)
    wall = WallMaker(distances).wall(request, edits)
    return replace(wall, warnings=(*warnings, *wall.warnings))


def distances_about(cavity: LabelMap) -> CavityDistances:
    """Distances about a cavity up to the thickest wall there is; a sentence that names the cavity where it has none."""
    try:
        return CavityDistances.of(cavity.array > 0, cavity.geometry, reach_mm=MAXIMUM_THICKNESS_MM)
    except ScarSegError as error:
        raise ScarSegError(f"{cavity.name}: {error}") from error


def wall_labels(wall: WallMask) -> LabelMap:
    """The wall as a label map of 0 and 1 on the cavity's grid."""
    return LabelMap(wall.mask.astype(np.uint8), wall.geometry, "wall", wall.warnings)


def usual_planes(proposals: Iterable[ProposedExclusion]) -> tuple[ExclusionPlane, ...]:
    """The proposed cuts that are taken where nobody says otherwise: veins and mitral valve."""
    return tuple(each.plane for each in proposals if each.is_usual)


def proposal_findings(proposals: Iterable[ProposedExclusion]) -> tuple[str, ...]:
    """One sentence that names the cuts to look at; () where all are sure."""
    unsure = [each.plane.name for each in proposals if each.is_usual and each.confidence < UNSURE]
    if not unsure:
        return ()
    one = len(unsure) == 1
    return (
        f"the cut {'plane' if one else 'planes'} at {', '.join(unsure)} {'follows' if one else 'follow'} from the "
        "cavity's shape with little confidence: check where the wall ends there",
    )


def value_findings(mask: LabelMap) -> tuple[str, ...]:
    """A sentence where a file that is taken as one mask holds several labels; () otherwise."""
    values = np.flatnonzero(np.bincount(mask.array.ravel()))
    labels = values[values > 0]
    if len(labels) < 2:
        return ()
    shown = ", ".join(map(str, labels[:6])) + (", ..." if len(labels) > 6 else "")
    return (f"{mask.name} holds {len(labels)} different labels ({shown}): all of them are taken as one mask",)
