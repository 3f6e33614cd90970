"""Marks by which a change of segments is noticed."""

from __future__ import annotations

from collections.abc import Iterable

import slicer


def segment_versions(
    segmentation: slicer.vtkMRMLSegmentationNode, segment_ids: Iterable[str]
) -> dict[str, tuple[str, int | None]]:
    """Segment id to the segment's name and the version of its voxels, None where it has none."""
    labelmap = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    found = {}
    for segment_id in segment_ids:
        segment = segmentation.GetSegmentation().GetSegment(segment_id)
        content = segment.GetRepresentation(labelmap)
        found[segment_id] = (segment.GetName(), content.GetMTime() if content else None)
    return found
