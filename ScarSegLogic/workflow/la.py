"""The LA job: cavity and wall given or built, scar found and measured, on the image's grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.la import NO_SHELL, LAStudy, quantify_la
from ScarSegLogic.quantification.la_openings import openings_of
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.wall.distances import MAXIMUM_THICKNESS_MM, CavityDistances
from ScarSegLogic.wall.exclusions import ExclusionPlane
from ScarSegLogic.wall.mask import WallMaker
from ScarSegLogic.wall.proposals import propose_exclusions
from ScarSegLogic.wall.request import WallRequest
from ScarSegLogic.workflow.given_masks import mask_on_grid
from ScarSegLogic.workflow.la_predictions import CAVITY_TASK, find_cavity, needed_packages, predict_la_scar
from ScarSegLogic.workflow.wall import proposal_findings, usual_planes, value_findings

Progress = Callable[[float, str], None]

NO_VTK = "VTK is not installed, which the surface of the cavity needs"


@dataclass(frozen=True, eq=False)
class _Wall:
    """The wall that is searched for scar, and what its cuts took: (K, J, I) bool."""

    mask: NDArray[np.bool_]
    excluded: NDArray[np.bool_] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Scar:
    """Scar that a person drew or a model found, (K, J, I) bool; no mask where a threshold finds it."""

    mask: NDArray[np.bool_] | None = None
    models: tuple[ModelUse, ...] = ()
    warnings: tuple[str, ...] = ()


def run_la(
    image: Volume,
    request: LARequest,
    *,
    cavity: LabelMap | None = None,
    wall: LabelMap | None = None,
    scar: LabelMap | None = None,
    planes: Sequence[ExclusionPlane] | None = None,
    models: tuple[ModelUse, ...] = (),
    progress: Progress | None = None,
) -> LAScarResult:
    """Find and measure scar of the left atrium.

    Args:
        image: The LGE study, any orientation.
        request: What is asked.
        cavity: Mask (> 0) of the cavity on the same or another grid; None lets a model find it.
        wall: Mask of the wall, taken as it is; None builds it from the cavity with the request's thickness, without
            what lies behind the planes.
        scar: Mask of scar that a person edited: it is measured as it is, whatever the method says.
        planes: Cuts at the ostia and the mitral valve; None proposes them from the cavity's shape, () is none.
        models: The packages behind what is given, for the report: one that found the cavity makes it a found one.
        progress: Called with a share done and a few words.

    Returns:
        The result, its masks on the grid of ``image``.

    Raises:
        ScarSegError: A sentence for the user: no model, no cavity, no wall, no blood pool where one is needed, masks
            of another study, or intensities that the method refuses.
    """
    tell = progress or _silent
    needed_packages(request, cavity_given=cavity is not None, scar_given=scar is not None)
    told = _told_by(image, cavity, wall, scar)
    elapsed_s: dict[str, float] = {}
    started = perf_counter()
    tell(0.05, "finding the atrium" if cavity is None else "reading the cavity")
    if cavity is None:
        found = find_cavity(image, request)
        cavity, models, told = found.labels, (*models, *found.models), (*told, *found.warnings)
        elapsed_s["cavity"], started = perf_counter() - started, perf_counter()
    cavity_mask, moved = mask_on_grid(cavity, image.geometry, what="cavity")
    told = (*told, *value_findings(cavity), *moved)
    distances = CavityDistances.of(cavity_mask, image.geometry, reach_mm=MAXIMUM_THICKNESS_MM)
    if planes is None:
        proposals = propose_exclusions(distances)
        planes, told = usual_planes(proposals), (*told, *proposal_findings(proposals))
    tell(0.4, "building the wall")
    made = _built_wall(distances, request, planes) if wall is None else _given_wall(wall, distances)
    elapsed_s["wall"], started = perf_counter() - started, perf_counter()

    tell(0.5, "finding scar")
    marked = _scar(image, cavity_mask, request, scar)
    elapsed_s["scar"], started = perf_counter() - started, perf_counter()

    tell(0.7, "making the surface")
    mesh, no_mesh_reason = _surface(cavity_mask, image.geometry)
    study = LAStudy(
        image=image,
        cavity=cavity_mask,
        wall=made.mask,
        openings=openings_of(planes),
        mesh=mesh,
        excluded_wall=made.excluded,
        distances=distances,
        no_mesh_reason=no_mesh_reason,
    )
    elapsed_s["surface"] = perf_counter() - started
    tell(0.8, "measuring")
    models = tuple(dict.fromkeys((*models, *marked.models)))
    result = quantify_la(
        study,
        request,
        scar_mask=marked.mask,
        edited_by_hand=scar is not None,
        cavity_found=any(use.task == CAVITY_TASK for use in models),
        models=models,
        warnings=(*told, *made.warnings, *marked.warnings),
    )
    tell(1.0, "done")
    return replace(result, elapsed_s={**elapsed_s, **result.elapsed_s})


def _scar(image: Volume, cavity: NDArray[np.bool_], request: LARequest, drawn: LabelMap | None) -> _Scar:
    if drawn is not None:
        mask, warnings = mask_on_grid(drawn, image.geometry, what="scar")
        return _Scar(mask, warnings=warnings)
    if request.method is not LAMethod.MODEL:
        return _Scar()
    asked = predict_la_scar(image, cavity, request)
    return _Scar(asked.answer, (asked.model,), asked.warnings)


def _built_wall(distances: CavityDistances, request: LARequest, planes: Sequence[ExclusionPlane]) -> _Wall:
    asked = WallRequest(inner_mm=request.inner_mm, outer_mm=request.outer_mm, planes=tuple(planes))
    made = WallMaker(distances).wall(asked)
    return _Wall(made.mask, made.box.restore(made.excluded, made.geometry.shape_kji), made.warnings)


def _given_wall(wall: LabelMap, distances: CavityDistances) -> _Wall:
    mask, warnings = mask_on_grid(wall, distances.geometry, what="wall")
    if not mask.any():
        raise ScarSegError(f"{wall.name}: the wall is empty: draw it, or leave it out to have it built from the cavity")
    within = mask[distances.box.slices] & (distances.outside_mm <= distances.reach_mm)
    if not within.any():
        raise ScarSegError(
            f"{wall.name}: no voxel of the wall lies within {distances.reach_mm:g} mm of the cavity: is it the wall of "
            "another study?"
        )
    return _Wall(mask, warnings=(*value_findings(wall), *warnings))


def _surface(cavity: NDArray[np.bool_], geometry: Geometry) -> tuple[TriangleMesh | None, str]:
    """The surface, or None and why: everything but the shell works without VTK."""
    try:
        from ScarSegLogic.surface.extraction import cavity_surface
    except ModuleNotFoundError:
        return None, NO_VTK
    return cavity_surface(cavity, geometry), NO_SHELL


def _told_by(*sources: Volume | LabelMap | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(warning for source in sources if source is not None for warning in source.warnings))


def _silent(_share: float, _message: str) -> None:
    """Progress for callers who did not ask for it."""
