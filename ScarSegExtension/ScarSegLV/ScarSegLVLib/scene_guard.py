"""Tells why an answer no longer fits the scene it was asked for."""

from __future__ import annotations

from dataclasses import dataclass

import slicer
from slicer.i18n import tr as _

from ScarSegLogic.mrml.image_source import SourceChangedError, image_source_of, is_in_scene
from ScarSegLVLib.segments import segment_ids
from ScarSegLVLib.study import Study


@dataclass(frozen=True)
class _Segment:
    """A segment as it was: its name and the version of its content."""

    name: str
    version: int | None


class SceneGuard:
    """Remembers a study's nodes, time point, voxels and segments at the moment of asking.

    The nodes themselves are held, so that a node of the same ID in another scene is not taken for them.
    """

    def __init__(self, study: Study) -> None:
        """Raises what ``volume_from_node`` raises."""
        self._scene = study.scene
        self._study = study
        self._source = image_source_of(study.volume)
        self._segmentation = study.segmentation
        self._segments = _segments_of(study)

    def obstacle(self) -> str | None:
        """A sentence for the user, or None where the answer may be written."""
        if not is_in_scene(self._study.node, self._scene):
            return _("The scene was closed while the answer was computed.")
        if not is_in_scene(self._source.node, self._scene) or self._study.volume is not self._source.node:
            return _("The LGE volume was removed while the answer was computed.")
        try:
            self._source.require_unchanged(self._scene)
        except SourceChangedError as error:
            return _("The LGE volume changed: {reason}.").format(reason=error)
        return self._segmentation_obstacle()

    def _segmentation_obstacle(self) -> str | None:
        if self._study.segmentation is not self._segmentation:
            return _("The segmentation was removed or replaced while the answer was computed.")
        now = _segments_of(self._study)
        for segment_id, before in self._segments.items():
            if segment_id not in now:
                return _("The segment '{name}' was deleted while the answer was computed.").format(name=before.name)
            if now[segment_id].name != before.name:
                return _("The segment '{name}' was renamed to '{new}' while the answer was computed.").format(
                    name=before.name, new=now[segment_id].name
                )
            if now[segment_id].version != before.version:
                return _("The segment '{name}' was edited while the answer was computed.").format(name=before.name)
        return None


def _segments_of(study: Study) -> dict[str, _Segment]:
    if study.segmentation is None:
        return {}
    segmentation = study.segmentation.GetSegmentation()
    labelmap = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    found = {}
    for segment_id in segment_ids(study).values():
        segment = segmentation.GetSegment(segment_id)
        content = segment.GetRepresentation(labelmap)
        found[segment_id] = _Segment(segment.GetName(), content.GetMTime() if content else None)
    return found
