"""The LV job: image, anatomy and request in, every number of the study out."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic import labels
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.burden import EMPTY_BURDEN, scar_burden
from ScarSegLogic.quantification.cleanup import clean_scar
from ScarSegLogic.quantification.crop import HeartCrop, crop_to_heart
from ScarSegLogic.quantification.edges import edge_warnings
from ScarSegLogic.quantification.grey_zone import measure_grey_zone
from ScarSegLogic.quantification.method import (
    METHODS_WITH_PEAK,
    METHODS_WITH_REMOTE,
    ScarCandidate,
    edited_scar,
    find_scar,
)
from ScarSegLogic.quantification.mvo import propose_mvo
from ScarSegLogic.quantification.partial_volume import weights_after_clean_up
from ScarSegLogic.quantification.remote import given_remote, region_around, remote_region
from ScarSegLogic.quantification.remote_proposal import propose_remote
from ScarSegLogic.quantification.request import GreyZoneDefinition, LVRequest, ScarMethod
from ScarSegLogic.quantification.result import GreyZone, LVScarResult, ModelUse, RemoteRegion, SliceResult
from ScarSegLogic.quantification.segments import find_segments
from ScarSegLogic.quantification.shape import scar_shapes
from ScarSegLogic.volume import LabelMap, Volume

NO_INSERTION_REASON = (
    "the anterior RV insertion point is not known: place it on the image (command line: --rv-insertion R,A,S)"
)


def quantify_lv(
    image: Volume,
    cavity: NDArray[np.bool_],
    myocardium: NDArray[np.bool_],
    request: LVRequest,
    *,
    remote_mask: NDArray[np.bool_] | None = None,
    scar_mask: NDArray[np.bool_] | None = None,
    mvo_mask: NDArray[np.bool_] | None = None,
    edited_by_hand: bool = False,
    rv_insertion_ras: tuple[float, float, float] | None = None,
    rv_insertion_source: str | None = None,
    rv_insertion_reason: str | None = None,
    models: Sequence[ModelUse] = (),
    warnings: Sequence[str] = (),
    study_name: str = "",
) -> LVScarResult:
    """Find scar by the requested method and measure it (SCIENCE.md section 6).

    Args:
        image: Intensities, slices first.
        cavity: (K, J, I) bool. May be empty: then the anatomy-dependent numbers are None with the reason.
        myocardium: (K, J, I) bool, the whole wall with scar and MVO. It wins where it overlaps the cavity.
        request: Method and parameters.
        remote_mask: Remote myocardium of the user, or None to propose one where the method needs it.
        scar_mask: Infarct of the scar model, MVO included; required by the method ``model`` and by ``edited_by_hand``.
        mvo_mask: MVO that is known (predicted or accepted by the user): taken instead of a proposal. With the method
            ``model`` it is the model's: without ``request.propose_mvo`` it counts as scar.
        edited_by_hand: Take ``scar_mask`` and ``mvo_mask`` as a person left them: nothing is found, cleaned up or
            proposed, whatever the method.
        rv_insertion_ras: Anterior RV insertion in RAS mm; falls back to the request's.
        rv_insertion_source: ``given`` or ``predicted``.
        rv_insertion_reason: Why there is no insertion point.
        models: Model packages that took part.
        warnings: Earlier sentences for the user, kept in front of this function's own.
        study_name: Name without identity; the image's where empty.

    Returns:
        The result; its segmentation is empty in excluded slices, so that it adds up to the totals.

    Raises:
        ScarSegError: The myocardium is empty, everything is excluded, no remote myocardium can be had where one is
            needed, or the method refuses the image.
        ValueError: An array does not have the shape of the image.
    """
    started = time.perf_counter()
    heart = _prepare(image, cavity, myocardium, request, (remote_mask, scar_mask, mvo_mask))
    notes = list(warnings)
    remote, cropped_remote = _remote(heart, request, remote_mask, notes, edited_by_hand)
    given = None if scar_mask is None else heart.cut(scar_mask).astype(bool)
    candidate = edited_scar(heart, request, given) if edited_by_hand else find_scar(heart, request, remote, given)
    notes.extend(candidate.warnings)
    # Methods with a peak have told so themselves.
    if remote is not None and _wants_grey_zone(request) and (edited_by_hand or request.method not in METHODS_WITH_PEAK):
        notes.extend(edge_warnings(heart.image, heart.myocardium, remote))
    if edited_by_hand:
        infarct = candidate.scar
        mvo = np.zeros_like(infarct) if mvo_mask is None else heart.cut(mvo_mask).astype(bool) & infarct
    else:
        infarct = _cleaned(heart, candidate.scar, request)
        mvo = _mvo(heart, infarct, request, mvo_mask)
    scar = infarct & ~mvo
    findings = find_segments(
        heart,
        scar | mvo,
        rv_insertion_ras=request.rv_insertion_ras if rv_insertion_ras is None else rv_insertion_ras,
        rv_insertion_source=rv_insertion_source or "given",
        missing_insertion_reason=rv_insertion_reason or NO_INSERTION_REASON,
    )
    notes.extend(findings.warnings)
    grey_zone, grey_zone_reason = _grey_zone(heart, request, remote)
    return LVScarResult(
        request=request,
        segmentation=LabelMap(heart.restore(_segmentation(heart, scar, mvo)), image.geometry, name="segmentation"),
        burden=scar_burden(heart.myocardium, scar, mvo, heart.geometry.voxel_volume_ml),
        threshold=candidate.threshold,
        slices=_slices(heart, scar, mvo, findings.levels),
        shapes=scar_shapes(scar | mvo, heart.geometry),
        remote=remote,
        remote_mask=None if cropped_remote is None else heart.restore(cropped_remote),
        aha17=findings.aha17,
        aha17_reason=findings.aha17_reason,
        grey_zone=grey_zone,
        grey_zone_reason=grey_zone_reason,
        models=tuple(models),
        warnings=tuple(notes),
        study_name=study_name or image.name,
        elapsed_s={"quantification": time.perf_counter() - started},
        weighted_infarct_volume_ml=_weighted_volume_ml(heart, candidate, infarct, mvo),
        edited_by_hand=edited_by_hand,
    )


def _prepare(
    image: Volume,
    cavity: NDArray[np.bool_],
    myocardium: NDArray[np.bool_],
    request: LVRequest,
    optional: tuple[NDArray[np.bool_] | None, ...],
) -> HeartCrop:
    for mask in (cavity, myocardium, *optional):
        if mask is not None and mask.shape != image.array.shape:
            raise ValueError(f"mask of shape {mask.shape} does not fit the image of {image.array.shape} (K, J, I)")
    wall = myocardium.astype(bool)
    if not wall.any():
        raise ScarSegError(f"the myocardium of {image.name} is empty: draw it or let a model find it")
    slice_count = wall.shape[0]
    unknown = [index for index in request.excluded_slices if not 0 <= index < slice_count]
    if unknown:
        raise ScarSegError(f"excluded slices {unknown} do not exist: {image.name} has slices 0 to {slice_count - 1}")
    if not np.delete(wall.any(axis=(1, 2)), request.excluded_slices).any():
        raise ScarSegError(f"every slice of {image.name} with myocardium is excluded: nothing is left to measure")
    return crop_to_heart(
        image.array, cavity.astype(bool) & ~wall, wall, image.geometry, excluded_slices=request.excluded_slices
    )


def _remote(
    heart: HeartCrop,
    request: LVRequest,
    given: NDArray[np.bool_] | None,
    notes: list[str],
    edited_by_hand: bool,
) -> tuple[RemoteRegion | None, NDArray[np.bool_] | None]:
    """The remote region and its cropped mask; both None where the job needs none."""
    if given is not None and request.remote_ras is not None:
        raise ScarSegError("a remote mask and a remote point were given: leave one of them out")
    if given is not None:
        mask = given_remote(heart.cut(given), heart.myocardium)
        return remote_region(heart.image, mask, heart.geometry, source="given"), mask
    if request.remote_ras is not None:
        mask = region_around(request.remote_ras, heart.myocardium, heart.geometry)
        return remote_region(heart.image, mask, heart.geometry, source="given"), mask
    by_method = request.method in METHODS_WITH_REMOTE
    needed = (by_method and not edited_by_hand) or _wants_grey_zone(request)
    if not by_method and not needed and request.method is not ScarMethod.OTSU:
        return None, None
    try:
        mask = propose_remote(heart.image, heart.myocardium)
    except ScarSegError as error:
        if needed:
            raise
        notes.append(f"no remote myocardium was measured: {error}")
        return None, None
    return remote_region(heart.image, mask, heart.geometry, source="proposed"), mask


def _cleaned(heart: HeartCrop, scar: NDArray[np.bool_], request: LVRequest) -> NDArray[np.bool_]:
    return clean_scar(
        scar,
        heart.myocardium,
        heart.geometry,
        minimum_component_mm2=request.minimum_component_mm2,
        closing_radius_mm=request.closing_radius_mm,
        largest_component_only=request.largest_component_only,
    )


def _mvo(
    heart: HeartCrop, infarct: NDArray[np.bool_], request: LVRequest, known: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    is_model = request.method is ScarMethod.MODEL
    if not request.propose_mvo and (is_model or known is None):
        return np.zeros_like(infarct)
    if known is not None:
        mvo = heart.cut(known).astype(bool) & heart.myocardium
        # A model's MVO lies in its infarct; where clean-up dropped that island, its MVO goes too.
        return mvo & infarct if is_model else mvo
    return propose_mvo(
        infarct,
        heart.myocardium,
        heart.cavity,
        pixel_area_mm2=heart.geometry.pixel_area_mm2,
        maximum_mm2=request.maximum_mvo_mm2,
    )


def _segmentation(heart: HeartCrop, scar: NDArray[np.bool_], mvo: NDArray[np.bool_]) -> NDArray[np.uint8]:
    values = np.zeros(heart.myocardium.shape, dtype=np.uint8)
    values[heart.cavity] = labels.CAVITY
    values[heart.myocardium] = labels.MYOCARDIUM
    values[scar] = labels.SCAR
    values[mvo] = labels.MVO
    return values


def _slices(
    heart: HeartCrop, scar: NDArray[np.bool_], mvo: NDArray[np.bool_], levels: list[str | None]
) -> tuple[SliceResult, ...]:
    voxel_ml = heart.geometry.voxel_volume_ml
    entries = []
    for index in np.flatnonzero(heart.anatomy_myocardium.any(axis=(1, 2))):
        wall = heart.myocardium[index]
        # Only an excluded slice has myocardium in the anatomy but none to measure.
        excluded = not wall.any()
        burden = EMPTY_BURDEN if excluded else scar_burden(wall, scar[index], mvo[index], voxel_ml)
        entries.append(SliceResult(int(index), excluded, burden, level=levels[index]))
    return tuple(entries)


def _wants_grey_zone(request: LVRequest) -> bool:
    return request.grey_zone is not GreyZoneDefinition.NONE


def _grey_zone(heart: HeartCrop, request: LVRequest, remote: RemoteRegion | None) -> tuple[GreyZone | None, str | None]:
    """The grey zone, or None with the reason."""
    if not _wants_grey_zone(request):
        return None, "not asked for"
    if remote is None:
        return None, "no remote myocardium"
    try:
        zone = measure_grey_zone(
            heart.image,
            heart.myocardium,
            remote,
            definition=request.grey_zone,
            baseline=request.baseline,
            voxel_volume_ml=heart.geometry.voxel_volume_ml,
        )
    except ScarSegError as error:
        return None, str(error)
    return zone, None


def _weighted_volume_ml(
    heart: HeartCrop, candidate: ScarCandidate, infarct: NDArray[np.bool_], mvo: NDArray[np.bool_]
) -> float | None:
    if candidate.weights is None:
        return None
    weights = weights_after_clean_up(candidate.weights, candidate.scar, infarct)
    return float(np.where(mvo, 1.0, weights).sum()) * heart.geometry.voxel_volume_ml
