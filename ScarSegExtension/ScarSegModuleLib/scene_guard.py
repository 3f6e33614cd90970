"""Tells why an answer no longer fits the scene it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slicer.i18n import tr as _

from ScarSegLogic.mrml.image_source import SourceChangedError, image_source_of, is_in_scene
from ScarSegModuleLib.stored_study import StoredStudy

Versions = Mapping[str, tuple[str, Any]]
"""Segment id to its name and a mark that changes with its voxels."""


class SceneGuard:
    """Remembers a study's nodes, time point, voxels and segments at the moment of asking.

    The nodes themselves are held, so that a node of the same ID in another scene is not taken for them.
    """

    def __init__(self, study: StoredStudy, versions: Callable[[], Versions]) -> None:
        """``versions`` reads the segments that the answer depends on. Raises what ``volume_from_node`` raises."""
        self._scene = study.scene
        self._study = study
        self._source = image_source_of(study.volume)
        self._segmentation = study.segmentation
        self._versions = versions
        self._segments = versions()

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
        now = self._versions()
        for segment_id, (name, version) in self._segments.items():
            if segment_id not in now:
                return _("The segment '{name}' was deleted while the answer was computed.").format(name=name)
            name_now, version_now = now[segment_id]
            if name_now != name:
                return _("The segment '{name}' was renamed to '{new}' while the answer was computed.").format(
                    name=name, new=name_now
                )
            if version_now != version:
                return _("The segment '{name}' was edited while the answer was computed.").format(name=name)
        return None
