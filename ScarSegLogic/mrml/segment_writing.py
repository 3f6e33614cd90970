"""Masks into segments: only those asked for, only inside a given mask, with one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.labelmaps import (
    Patch,
    cropped,
    full_extent,
    intersection,
    oriented_image,
    read_patch,
    slices_within,
    union,
)
from ScarSegLogic.mrml.segmentation_state import holds_voxels, require_binary_labelmap, volume_to_segmentation
from ScarSegLogic.mrml.segmentations import segment_of
from ScarSegLogic.mrml.volumes import geometry_of_volume

Masks = Mapping[str, NDArray[np.bool_]]


def write_masks(
    segmentation_node: Any,
    masks: Masks,
    volume_node: Any,
    *,
    within: Masks | None = None,
    save_state: Callable[[], None],
) -> tuple[str, ...]:
    """Set segments to masks on the volume's grid.

    Everything is checked and computed before anything is changed. A neighbour keeps every voxel, whatever the Segment
    Editor's overwrite mode says: a segment that shares a labelmap layer is moved to one of its own. Only the box that
    holds a segment crosses into MRML, and surfaces that are shown are made anew for the written segments alone.

    Args:
        segmentation_node: Prepared by ``prepare_segmentation``.
        masks: (K, J, I) bool for each segment id.
        volume_node: Whose grid the masks are on.
        within: For some or all segment ids, where the segment may change; elsewhere, also outside the volume's grid,
            it keeps what it has. A segment that is not named may change in the whole grid.
        save_state: Saves the state for undo; called once before the first change, and not at all where nothing changes.

    Returns:
        The ids of the segments that changed.

    Raises:
        ScarSegError: A segment is gone, the segmentation does not hold binary labelmaps, a transform is non-linear, or
            ``save_state`` could not save.
        ValueError: A mask has another shape than the volume.
    """
    geometry = geometry_of_volume(volume_node)
    if holds_voxels(segmentation_node):
        require_binary_labelmap(segmentation_node)
    lattice = volume_to_segmentation(volume_node, segmentation_node)
    changes: dict[str, Patch | None] = {}
    for segment_id, mask in masks.items():
        segment_of(segmentation_node, segment_id)
        allowed = within.get(segment_id) if within else None
        for array in (mask, allowed):
            if array is not None and array.shape != geometry.shape_kji:
                raise ValueError(f"a mask of shape {array.shape} does not fit the volume, {geometry.shape_kji}")
        old = read_patch(segmentation_node.GetSegmentation(), segment_id, lattice)
        new = _content(old, mask.astype(bool, copy=False), allowed, geometry)
        if not _is_same(old, new):
            changes[segment_id] = new
    if changes:
        save_state()
        _write(segmentation_node, changes, lattice)
    return tuple(changes)


def _content(
    old: Patch | None, mask: NDArray[np.bool_], allowed: NDArray[np.bool_] | None, geometry: Geometry
) -> Patch | None:
    """What the segment will hold: the mask inside the grid and ``allowed``, its old content elsewhere."""
    grid = full_extent(geometry.shape_kji)
    wanted = cropped(Patch(mask if allowed is None else mask & allowed, grid))
    if old is None:
        return wanted
    extent = old.extent if wanted is None else union(old.extent, wanted.extent)
    content = np.zeros(tuple(part.stop for part in slices_within(extent, extent)), dtype=bool)
    content[slices_within(old.extent, extent)] = old.mask
    inside = intersection(extent, grid)
    in_content, in_grid = slices_within(inside, extent), slices_within(inside, grid)
    content[in_content] &= False if allowed is None else ~allowed[in_grid]
    if wanted is not None:
        content[slices_within(wanted.extent, extent)] |= wanted.mask
    return cropped(Patch(content, extent))


def _is_same(old: Patch | None, new: Patch | None) -> bool:
    if old is None or new is None:
        return old is new
    return old.extent == new.extent and bool(np.array_equal(old.mask, new.mask))


def _write(segmentation_node: Any, changes: Mapping[str, Patch | None], lattice: NDArray[np.float64]) -> None:
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    segmentation = segmentation_node.GetSegmentation()
    was_modifying = segmentation_node.StartModify()
    try:
        for segment_id, patch in changes.items():
            # Slicer separates layers itself only where segments touch; a layer of its own leaves no case to miss.
            segmentation.SeparateSegmentLabelmap(segment_id)
            image = oriented_image(patch, lattice)
            if not logic.SetBinaryLabelmapToSegment(image, segmentation_node, segment_id, logic.MODE_REPLACE):
                raise RuntimeError(f"Slicer did not take the labelmap of segment {segment_id}")
    finally:
        segmentation_node.EndModify(was_modifying)
