"""Scar on the surface of the cavity: the shell that is shown in 3D."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.la_regions import REGIONS, AtrialFrame
from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.la_result import (
    BloodPool,
    LAShell,
    Patches,
    ShellScar,
    VeinRing,
)
from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.openings import Opening, beyond_opening, beyond_openings
from ScarSegLogic.surface.patches import patch_areas_cm2
from ScarSegLogic.surface.projection import project_along_normals, share_along_normals, thickness_along_normals
from ScarSegLogic.surface.rings import ring_coverage

LID_VOXELS = 0.25
"""Surface that lies farther beyond the last voxel centres closes a cavity cut by the volume's border (ours)."""

SCARRED_SHARE = 0.5
"""Share of the wall on a normal that must be scar where no threshold decides (ours)."""

EXCLUDED_SHARE = 0.5
"""Share of the wall on a normal that must be taken away for the surface below it to be excluded (ours)."""

NO_RIM = "the surface does not end at this vein's ostium: move its plane"


@dataclass(frozen=True, eq=False)
class ShellInput:
    """The volumes that a shell shows: the full image and masks, on one grid, and what was found in them.

    Attributes:
        image: (K, J, I) intensities.
        wall, scar: (K, J, I) bool.
        geometry: Their grid.
        threshold: Intensity at and above which the shell is scarred; None to take it from ``scar``.
        blood_pool: For the IIR; None where ratios are refused.
    """

    image: NDArray[np.floating]
    wall: NDArray[np.bool_]
    scar: NDArray[np.bool_]
    geometry: Geometry
    threshold: float | None
    blood_pool: BloodPool | None


def atrial_shell(
    volumes: ShellInput,
    mesh: TriangleMesh,
    request: LARequest,
    frame: AtrialFrame,
    *,
    openings: Sequence[Opening] = (),
    excluded_wall: NDArray[np.bool_] | None = None,
) -> LAShell:
    """Give every vertex its values (SCIENCE.md section 7).

    With a threshold a vertex is scarred where its projected intensity reaches it and its normal meets scar of the
    wall: the normal begins in the blood, which is above some thresholds. Without (a model's scar, one drawn by hand) it
    is scarred where half of the wall on its normal is scar: to meet it anywhere would widen thin lines by a voxel.

    Args:
        volumes: What is shown.
        mesh: The cavity's surface.
        request: Range and kind of the projection, width of antra.
        frame: Tells the regions.
        openings: Ostia and mitral plane; what lies beyond them is excluded.
        excluded_wall: (K, J, I) bool: wall that was taken away; surface below it is excluded too. Or None.
    """
    reach = (request.shell_from_mm, request.shell_to_mm)
    intensity = project_along_normals(
        volumes.image, volumes.geometry, mesh, range_mm=reach, projection=request.shell_projection
    )
    left_out = beyond_openings(mesh, openings) | _lid(mesh, volumes.geometry) | np.isnan(intensity)
    if excluded_wall is not None:
        taken = share_along_normals(excluded_wall, volumes.wall | excluded_wall, volumes.geometry, mesh, range_mm=reach)
        left_out |= taken >= EXCLUDED_SHARE
    share = share_along_normals(volumes.scar, volumes.wall, volumes.geometry, mesh, range_mm=reach)
    scar = share >= SCARRED_SHARE
    if volumes.threshold is not None:
        scar = (intensity >= volumes.threshold) & (share > 0)
    regions = frame.regions(mesh.vertices_ras, antrum_mm=request.antrum_mm)
    regions[left_out] = 0
    return LAShell(
        mesh=mesh,
        intensity=intensity,
        iir=None if volumes.blood_pool is None else (intensity / volumes.blood_pool.mean).astype(np.float32),
        scar=scar & ~left_out,
        thickness_mm=thickness_along_normals(volumes.wall, volumes.geometry, mesh),
        region=regions,
        excluded=left_out,
    )


def shell_scar(shell: LAShell, selected: NDArray[np.bool_] | None = None) -> ShellScar:
    """Areas of the surface that counts, or of the selected (V,) part of it."""
    counted = ~shell.excluded if selected is None else selected & ~shell.excluded
    area = shell.mesh.area_of_cm2(counted)
    scarred = shell.mesh.area_of_cm2(counted & shell.scar)
    return ShellScar(area, scarred, 100 * scarred / area if area > 0 else None)


def shell_regions(shell: LAShell) -> tuple[ShellScar, ...]:
    """The same for each region, in the order of ``REGIONS``."""
    return tuple(shell_scar(shell, shell.region == number) for number in range(1, len(REGIONS) + 1))


def shell_patches(shell: LAShell) -> Patches:
    """Connected scars of the surface: how many and the largest in cm2."""
    areas = patch_areas_cm2(shell.mesh, shell.scar)
    return Patches(len(areas), float(areas[0]) if len(areas) else 0.0)


def vein_rings(shell: LAShell, openings: Sequence[Opening], request: LARequest) -> tuple[VeinRing, ...]:
    """How far scar encircles each vein."""
    return tuple(
        _vein_ring(shell, opening, request.ring_width_mm) for opening in openings if opening.kind is OpeningKind.VEIN
    )


def _vein_ring(shell: LAShell, vein: Opening, width_mm: float) -> VeinRing:
    coverage = ring_coverage(
        shell.mesh, vein, beyond_opening(shell.mesh, vein), shell.scar, excluded=shell.excluded, width_mm=width_mm
    )
    if coverage is None:
        return VeinRing(vein.name, None, None, None, (), NO_RIM)
    return VeinRing(
        vein.name, coverage.encirclement_percent, coverage.assessed_percent, coverage.length_mm, coverage.gaps
    )


def _lid(mesh: TriangleMesh, geometry: Geometry) -> NDArray[np.bool_]:
    """(V,) bool: surface beyond the outermost voxel centres, where the cavity leaves the volume."""
    places = geometry.ras_to_index(mesh.vertices_ras)
    last = np.array(geometry.shape_kji) - 1
    return ((places < -LID_VOXELS) | (places > last + LID_VOXELS)).any(axis=1)
