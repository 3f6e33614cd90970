"""A user's label map as masks on the image's grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.labels import HeartMasks, heart_masks
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.workflow.resample import on_grid

KEPT_FRACTION = 0.5
"""A label map that keeps less than this share of its myocardium on the image's grid is refused (ours)."""
UNREMARKED_LOSS = 0.05
"""Up to this loss or gain is what resampling does; beyond it the user is told (ours)."""


def masks_on_grid(
    labels: LabelMap, scheme_name: str, geometry: Geometry, *, cavity_required: bool
) -> tuple[HeartMasks, tuple[str, ...]]:
    """Split a label map by its convention and bring it onto a grid, slices first.

    Returns:
        The masks, and sentences for the user.

    Raises:
        ScarSegError: As ``heart_masks``; or most of the myocardium, or all of a required cavity, lies outside the grid.
    """
    stack = _along_slices_of(labels, geometry)
    named = heart_masks(stack, scheme_name, cavity_required=cavity_required)
    if stack.geometry.is_same_grid(geometry):
        return named, ()

    def moved(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return on_grid(replace(stack, array=mask.astype(np.uint8)), geometry).array > 0

    wall = moved(named.myocardium)
    masks = HeartMasks(moved(named.cavity) & ~wall, wall, moved(named.scar), moved(named.mvo))
    before_ml = named.myocardium.sum() * stack.geometry.voxel_volume_ml
    after_ml = wall.sum() * geometry.voxel_volume_ml
    if cavity_required and not masks.cavity.any():
        raise _too_far_off(labels.name, "myocardium", before_ml, after_ml)
    return masks, _overlap_findings(labels.name, "myocardium", before_ml, after_ml)


def mask_on_grid(labels: LabelMap, geometry: Geometry, *, what: str) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """A user's single mask (> 0) on a grid.

    Args:
        labels: 0 is outside.
        geometry: The grid.
        what: What the mask holds, for sentences: ``cavity``.

    Returns:
        (K, J, I) bool, and sentences for the user.

    Raises:
        ScarSegError: Most of the mask lies outside the grid.
    """
    mask = labels.array > 0
    if labels.geometry.is_same_grid(geometry):
        return mask, ()
    moved = on_grid(replace(labels, array=mask.astype(np.uint8)), geometry).array > 0
    before_ml, after_ml = (
        int(np.count_nonzero(each)) * grid.voxel_volume_ml
        for each, grid in ((mask, labels.geometry), (moved, geometry))
    )
    return moved, _overlap_findings(labels.name, what, before_ml, after_ml)


def _overlap_findings(name: str, what: str, before_ml: float, after_ml: float) -> tuple[str, ...]:
    """What is told of a mask that had ``before_ml`` on its own grid and has ``after_ml`` on that of the image."""
    if after_ml < KEPT_FRACTION * before_ml:
        raise _too_far_off(name, what, before_ml, after_ml)
    if abs(after_ml - before_ml) <= UNREMARKED_LOSS * before_ml:
        return ()
    return (
        f"{name}: on the grid of the image the {what} has {after_ml:.1f} ml instead of {before_ml:.1f} ml; part of "
        "the map may lie outside the image, or the grids differ much",
    )


def _too_far_off(name: str, what: str, before_ml: float, after_ml: float) -> ScarSegError:
    return ScarSegError(
        f"the label map {name} and the image do not overlap enough: of {before_ml:.1f} ml {what} {after_ml:.1f} ml lie "
        "in the image. Is the map of another study or series?"
    )


def _along_slices_of(labels: LabelMap, geometry: Geometry) -> LabelMap:
    """The label map with that axis in front which runs most along the slice axis of the image."""
    along = np.abs(labels.geometry.directions.T @ geometry.directions[:, 2])[::-1]
    front = int(np.argmax(along))
    axes = (front, *(axis for axis in range(3) if axis != front))
    return replace(labels, array=labels.array.transpose(axes), geometry=labels.geometry.permuted(axes))
