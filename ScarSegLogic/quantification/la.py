"""The LA job: image, cavity, wall and request in, every number of the study out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.cleanup import drop_small_volumes
from ScarSegLogic.quantification.la_blood_pool import measure_blood_pool, ratio_refusal
from ScarSegLogic.quantification.la_burden import (
    region_scars,
    scar_patches,
    threshold_sweep,
    utah_category,
    wall_scar,
)
from ScarSegLogic.quantification.la_method import BloodReference, edited_la_scar, find_la_scar
from ScarSegLogic.quantification.la_regions import REGIONS, AtrialFrame, atrial_frame
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import LARegion, LAScarResult, LAShell, LAThreshold
from ScarSegLogic.quantification.la_shell import (
    ShellInput,
    atrial_shell,
    shell_patches,
    shell_regions,
    shell_scar,
    vein_rings,
)
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.openings import Opening
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.wall.box import bounding_box
from ScarSegLogic.wall.distances import CavityDistances
from ScarSegLogic.wall.findings import cavity_findings

SMALLEST_REACH_MM = 1.0
"""Distances are known at least this far, whatever the erosion (ours)."""

NO_SHELL = "the surface of the cavity was not asked for"


@dataclass(frozen=True, eq=False)
class LAStudy:
    """What is measured, all on the image's grid.

    Attributes:
        image: Intensities.
        cavity: (K, J, I), True or not zero inside.
        wall: (K, J, I), likewise, without exclusions, as it was generated, given or edited.
        openings: Ostia and mitral plane; () where none are known.
        mesh: The cavity's surface, or None for no shell.
        no_mesh_reason: Why there is none.
        excluded_wall: (K, J, I) bool: wall that exclusions took away; the surface below it does not count, nor does
            what lies beyond the openings. None where nothing was taken.
        distances: About this cavity, where they are known already; they save their own computation.
    """

    image: Volume
    cavity: NDArray[np.bool_]
    wall: NDArray[np.bool_]
    openings: tuple[Opening, ...] = ()
    mesh: TriangleMesh | None = None
    excluded_wall: NDArray[np.bool_] | None = None
    distances: CavityDistances | None = None
    no_mesh_reason: str = NO_SHELL

    def __post_init__(self) -> None:
        shape = self.image.array.shape
        for name, mask in (("cavity", self.cavity), ("wall", self.wall)):
            if mask.shape != shape:
                raise ScarSegError(
                    f"the {name} has the shape {mask.shape}, the image {self.image.name} {shape} (K, J, I): "
                    f"resample the {name} to the image's grid"
                )
            if not mask.any():
                raise ScarSegError(f"the {name} of {self.image.name} is empty: nothing can be measured. {_CURES[name]}")
            object.__setattr__(self, name, mask.astype(bool, copy=False))

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.image.array.shape


_CURES = {
    "cavity": "Draw it or let a model find it",
    "wall": "Make the wall thicker or exclude less of it",
}


def quantify_la(
    study: LAStudy,
    request: LARequest,
    *,
    scar_mask: NDArray[np.bool_] | None = None,
    blood_pool_mask: NDArray[np.bool_] | None = None,
    edited_by_hand: bool = False,
    cavity_found: bool = False,
    models: Sequence[ModelUse] = (),
    warnings: Sequence[str] = (),
) -> LAScarResult:
    """Find scar by the requested method and measure it (SCIENCE.md section 7).

    Args:
        study: Image, cavity, wall, openings and surface.
        request: Method and parameters.
        scar_mask: (K, J, I) bool scar of the scar model; required by the method ``model`` and by ``edited_by_hand``.
        blood_pool_mask: (K, J, I) bool blood pool of the user, cut to the cavity; None for the eroded cavity.
        edited_by_hand: Take ``scar_mask`` as a person left it: nothing is found or cleaned up, whatever the method.
        cavity_found: Whether a model found the cavity.
        models: Model packages that took part.
        warnings: Earlier sentences for the user, kept in front of this function's own.

    Raises:
        ScarSegError: There is no blood pool where one is needed, or the method refuses the image.
        ValueError: A mask does not have the shape of the image.
    """
    started = time.perf_counter()
    for mask in (scar_mask, blood_pool_mask):
        if mask is not None and mask.shape != study.image.array.shape:
            raise ValueError(f"mask of shape {mask.shape} does not fit the image of {study.image.array.shape}")
    geometry = study.image.geometry
    distances = study.distances or CavityDistances.of(
        study.cavity, geometry, reach_mm=max(request.blood_pool_erosion_mm, SMALLEST_REACH_MM)
    )
    box = bounding_box(study.cavity).union(bounding_box(study.wall))
    image, wall = study.image.array[box.slices], study.wall[box.slices]
    drawn = None if scar_mask is None else scar_mask[box.slices].astype(bool)
    pool = _blood_pool_mask(study, request, distances, blood_pool_mask)
    blood = _blood_reference(study, request, pool, given=blood_pool_mask is not None)
    candidate = (
        edited_la_scar(wall, request, drawn) if edited_by_hand else find_la_scar(image, wall, request, blood, drawn)
    )
    from_mask = edited_by_hand or request.method is LAMethod.MODEL
    voxel_ml = geometry.voxel_volume_ml
    scar = candidate.scar if from_mask else drop_small_volumes(candidate.scar, voxel_ml, request.minimum_island_mm3)
    whole_scar = box.restore(scar, study.shape)
    points = geometry.index_to_ras(np.argwhere(wall) + box.start_kji)
    frame = atrial_frame(points, study.openings)
    shell = _shell(study, request, frame, whole_scar, candidate.threshold, blood)
    burden = wall_scar(int(np.count_nonzero(wall)), int(np.count_nonzero(scar)), voxel_ml)
    utah, utah_reason = utah_category(request, burden.scar_percent_of_wall, candidate.threshold)
    return LAScarResult(
        request=request,
        cavity=_label_map(study.cavity, geometry, "cavity"),
        wall=_label_map(study.wall, geometry, "wall"),
        scar=_label_map(whole_scar, geometry, "scar"),
        blood_pool_mask=_label_map(pool, geometry, "blood pool"),
        cavity_volume_ml=int(np.count_nonzero(study.cavity)) * voxel_ml,
        burden=burden,
        scar_outside_wall_ml=_outside_ml(scar_mask, study) if from_mask else 0.0,
        patches=scar_patches(scar, voxel_ml),
        threshold=candidate.threshold,
        blood_pool=blood.blood_pool,
        blood_pool_reason=blood.missing,
        sweep=threshold_sweep(image, wall, request, blood, voxel_ml),
        regions=_regions(frame.regions(points, antrum_mm=request.antrum_mm), scar[wall], shell, voxel_ml),
        shell_scar=None if shell is None else shell_scar(shell),
        shell_reason=study.no_mesh_reason if shell is None else None,
        shell_patches=None if shell is None else shell_patches(shell),
        excluded_area_cm2=None if shell is None else shell.mesh.area_of_cm2(shell.excluded),
        vein_rings=() if shell is None else vein_rings(shell, study.openings, request),
        utah=utah,
        utah_reason=utah_reason,
        openings=study.openings,
        models=tuple(models),
        warnings=tuple(dict.fromkeys((*warnings, *cavity_findings(distances), *candidate.warnings))),
        study_name=study.image.name,
        elapsed_s={"quantification": time.perf_counter() - started},
        shell=shell,
        cavity_found=cavity_found,
        edited_by_hand=edited_by_hand,
    )


def _blood_pool_mask(
    study: LAStudy, request: LARequest, distances: CavityDistances, given: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    if given is not None:
        return given.astype(bool) & study.cavity
    return distances.restore(distances.deeper_than(request.blood_pool_erosion_mm) & distances.cavity)


def _blood_reference(study: LAStudy, request: LARequest, pool: NDArray[np.bool_], *, given: bool) -> BloodReference:
    image = study.image
    said = {"true": True, "false": False}.get(image.metadata.get("is_magnitude", ""))
    is_magnitude = said if request.is_magnitude is None else request.is_magnitude
    try:
        blood_pool = measure_blood_pool(
            image.array,
            pool,
            voxel_volume_ml=image.geometry.voxel_volume_ml,
            source="given" if given else "eroded cavity",
            erosion_mm=None if given else request.blood_pool_erosion_mm,
        )
    except ScarSegError as error:
        return BloodReference(None, str(error), None, is_magnitude)
    return BloodReference(blood_pool, None, ratio_refusal(image.array, study.wall, pool), is_magnitude)


def _shell(
    study: LAStudy,
    request: LARequest,
    frame: AtrialFrame,
    scar: NDArray[np.bool_],
    threshold: LAThreshold,
    blood: BloodReference,
) -> LAShell | None:
    if study.mesh is None:
        return None
    volumes = ShellInput(
        image=study.image.array,
        wall=study.wall,
        scar=scar,
        geometry=study.image.geometry,
        threshold=threshold.value,
        blood_pool=None if blood.refusal is not None else blood.blood_pool,
    )
    return atrial_shell(volumes, study.mesh, request, frame, openings=study.openings, excluded_wall=study.excluded_wall)


def _regions(
    wall_regions: NDArray[np.uint8], scar_of_wall: NDArray[np.bool_], shell: LAShell | None, voxel_volume_ml: float
) -> tuple[LARegion, ...]:
    walls = region_scars(wall_regions, scar_of_wall, voxel_volume_ml)
    shells = (None,) * len(REGIONS) if shell is None else shell_regions(shell)
    return tuple(LARegion(*entries) for entries in zip(REGIONS, walls, shells, strict=True))


def _outside_ml(scar: NDArray[np.bool_], study: LAStudy) -> float:
    return int(np.count_nonzero(scar.astype(bool) & ~study.wall)) * study.image.geometry.voxel_volume_ml


def _label_map(mask: NDArray[np.bool_], geometry: Geometry, name: str) -> LabelMap:
    return LabelMap(mask.astype(np.uint8), geometry, name=name)
