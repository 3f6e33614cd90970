"""Segmentation nodes: made ready for a volume, given our segments, read as masks on the volume's grid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import reference

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.labelmaps import full_extent, intersection, is_empty, read_patch, slices_within
from ScarSegLogic.mrml.segmentation_state import (
    ConvertibleSourceError,
    OtherVolumeError,
    holds_voxels,
    reference_geometry,
    reference_volume,
    require_binary_labelmap,
    volume_to_segmentation,
)
from ScarSegLogic.mrml.subject_hierarchy import place_beside
from ScarSegLogic.mrml.terminology import apply_terminology
from ScarSegLogic.mrml.transforms import node_to_world
from ScarSegLogic.mrml.volumes import geometry_of_volume
from ScarSegLogic.terminology import STRUCTURES

__all__ = [
    "ConvertibleSourceError",
    "OtherVolumeError",
    "convert_to_binary_labelmap",
    "ensure_segments",
    "find_segments",
    "mask_from_segment",
    "prepare_segmentation",
    "segment_of",
]

KIND_TAG = "ScarSeg.kind"
"""Segment tag that tells which structure a segment is, also after the user renamed it. Saved with the scene."""


def prepare_segmentation(segmentation_node: Any, volume_node: Any, scene: Any) -> tuple[str, ...]:
    """Make a segmentation ready to be written for a volume; everything is checked before anything is changed.

    An empty one takes the volume's parent transform and grid: written first and moved later, its voxels would shift.
    One with content keeps both where it lies and what it holds.

    Returns:
        Sentences to tell the user, for example that the segments will be resampled.

    Raises:
        ConvertibleSourceError: It holds surfaces or contours; ``convert_to_binary_labelmap`` helps, if the user agrees.
        OtherVolumeError: It holds segments that were drawn on another volume with another grid.
        NonLinearTransformError: It or the volume lies under a non-linear transform.
        ScarSegError: There is no segmentation, it holds fractional labelmaps, or the volume cannot be read.
    """
    geometry = geometry_of_volume(volume_node)
    if segmentation_node is None:
        raise ScarSegError("no segmentation is chosen: choose one or make a new one")
    if not holds_voxels(segmentation_node):
        _start_on(segmentation_node, volume_node)
        told: tuple[str, ...] = ()
    else:
        require_binary_labelmap(segmentation_node)
        told = _differences(segmentation_node, volume_node, geometry)
        segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    if segmentation_node.GetDisplayNode() is None:
        segmentation_node.CreateDefaultDisplayNodes()
    place_beside(segmentation_node, volume_node, scene)
    return told


def convert_to_binary_labelmap(segmentation_node: Any, volume_node: Any) -> None:
    """Turn surfaces or contours into voxels on the volume's grid; surfaces that were shown are made anew from them.

    Call it only when the user agreed: the original surfaces are lost, and undo does not bring them back.

    Raises:
        ScarSegError: Slicer cannot convert them.
        NonLinearTransformError: Volume or segmentation lie under a non-linear transform.
    """
    volume_to_segmentation(volume_node, segmentation_node)
    segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    segmentation = segmentation_node.GetSegmentation()
    binary = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    surface = slicer.vtkSegmentationConverter.GetClosedSurfaceRepresentationName()
    had_surfaces = segmentation.ContainsRepresentation(surface)
    # Labelmaps that Slicer derived earlier may lie on a grid of its own choice: convert them again.
    if not segmentation.CreateRepresentation(binary, True):
        raise ScarSegError(f"Slicer could not turn the segments of '{segmentation_node.GetName()}' into voxels")
    segmentation.SetSourceRepresentationName(binary)
    if had_surfaces:
        segmentation.CreateRepresentation(surface)


def find_segments(segmentation_node: Any, kinds: Iterable[str]) -> dict[str, str]:
    """The segment id of each kind that the segmentation has, by our tag, else by the kind's name in any case."""
    segmentation = segmentation_node.GetSegmentation()
    ids = segmentation.GetSegmentIDs()
    by_tag = {_kind_of(segmentation.GetSegment(each)): each for each in reversed(ids)}
    untagged = [each for each in ids if _kind_of(segmentation.GetSegment(each)) == ""]
    by_name = {segmentation.GetSegment(each).GetName().casefold(): each for each in reversed(untagged)}
    found = {kind: by_tag.get(kind) or by_name.get(STRUCTURES[kind].name.casefold()) for kind in kinds}
    return {kind: segment_id for kind, segment_id in found.items() if segment_id}


def ensure_segments(segmentation_node: Any, kinds: Iterable[str]) -> dict[str, str]:
    """The segment id of each kind; missing ones are added, empty, with name, colour and codes.

    Call it before ``write_masks``: a segment that is added after the saved state would vanish on undo.
    """
    kinds = tuple(kinds)
    found = find_segments(segmentation_node, kinds)
    segmentation = segmentation_node.GetSegmentation()
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    for kind in kinds:
        if kind in found:
            continue
        found[kind] = segmentation.AddEmptySegment(f"ScarSeg_{kind}", STRUCTURES[kind].name)
        segment = segmentation.GetSegment(found[kind])
        apply_terminology(segment, kind)
        logic.SetSegmentStatus(segment, logic.InProgress)
    for kind, segment_id in found.items():
        segment = segmentation.GetSegment(segment_id)
        if _kind_of(segment) != kind:
            segment.SetTag(KIND_TAG, kind)
    return {kind: found[kind] for kind in kinds}


def segment_of(segmentation_node: Any, segment_id: str) -> Any:
    """The ``vtkSegment`` of an id; a renamed segment keeps its id.

    Raises:
        ScarSegError: It is no longer there.
    """
    segment = segmentation_node.GetSegmentation().GetSegment(segment_id)
    if segment is None:
        raise ScarSegError(
            f"the segmentation '{segmentation_node.GetName()}' has no segment '{segment_id}' any more: "
            "it was deleted meanwhile, start again"
        )
    return segment


def mask_from_segment(segmentation_node: Any, segment_id: str, volume_node: Any) -> NDArray[np.bool_]:
    """A segment on the volume's grid, (K, J, I) bool; what lies outside the grid is left out.

    On the same grid voxel by voxel; on another, or under another linear transform, from the nearest voxel
    (``prepare_segmentation`` says so). An empty segment gives an empty mask.

    Raises:
        ScarSegError: The segment is gone, or the segmentation or volume cannot be read as in ``prepare_segmentation``.
    """
    geometry = geometry_of_volume(volume_node)
    segment_of(segmentation_node, segment_id)
    mask = np.zeros(geometry.shape_kji, dtype=bool)
    if not holds_voxels(segmentation_node):
        return mask
    require_binary_labelmap(segmentation_node)
    lattice = volume_to_segmentation(volume_node, segmentation_node)
    patch = read_patch(segmentation_node.GetSegmentation(), segment_id, lattice)
    if patch is None:
        return mask
    common = intersection(patch.extent, full_extent(geometry.shape_kji))
    if not is_empty(common):
        mask[slices_within(common, full_extent(geometry.shape_kji))] = patch.mask[slices_within(common, patch.extent)]
    return mask


def _start_on(segmentation_node: Any, volume_node: Any) -> None:
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    segmentation = segmentation_node.GetSegmentation()
    if segmentation.GetSourceRepresentationName() != name:
        segmentation.CreateRepresentation(name)
        segmentation.SetSourceRepresentationName(name)
    segmentation_node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)


def _differences(segmentation_node: Any, volume_node: Any, geometry: Geometry) -> tuple[str, ...]:
    """What to tell the user about segments that do not lie on the volume's grid."""
    own = reference_geometry(segmentation_node)
    if own is None or own.is_same_grid(geometry):
        return ()
    name, other = segmentation_node.GetName(), reference_volume(segmentation_node)
    if other is not None and other is not volume_node:
        raise OtherVolumeError(
            f"the segmentation '{name}' was drawn on '{other.GetName()}', not on '{volume_node.GetName()}': "
            "choose that volume or a new segmentation"
        )
    if not np.allclose(node_to_world(segmentation_node), node_to_world(volume_node)):
        return (
            f"the segmentation '{name}' lies under another transform than the volume '{volume_node.GetName()}': "
            "its segments are resampled onto the volume",
        )
    return (f"the segmentation '{name}' was drawn on another grid: its segments are resampled onto the volume",)


def _kind_of(segment: Any) -> str:
    value = reference("")
    segment.GetTag(KIND_TAG, value)
    return str(value)
