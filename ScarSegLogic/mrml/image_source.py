"""Which image, and which time point of it, a question was asked about, so that a late answer finds its way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.mrml.volumes import geometry_of_volume


class SourceChangedError(ScarSegError):
    """The image that a question was asked about is gone or is no longer the same."""


@dataclass(frozen=True)
class TimePoint:
    """The item of a sequence that a proxy node shows.

    Attributes:
        browser_id: The ``vtkMRMLSequenceBrowserNode``.
        index_name, index_value, index_unit: Slicer's index of the sequence, for example ``time``, ``0.2``, ``s``.
    """

    browser_id: str
    index_name: str
    index_value: str
    index_unit: str

    def __str__(self) -> str:
        return f"{self.index_name} {self.index_value} {self.index_unit}".strip()


@dataclass(frozen=True, eq=False)
class ImageSource:
    """What was true of a volume when it was read.

    Attributes:
        node: The volume node itself: after a scene is closed and another loaded, its id may name a different node.
        geometry: The grid in world RAS.
        time_point: The item that a sequence proxy showed, or None for a plain volume.
        voxels_mtime: VTK's modification time of the voxels. Not compared for a proxy, whose time point tells.
    """

    node: Any
    geometry: Geometry
    time_point: TimePoint | None
    voxels_mtime: int

    def require_unchanged(self, scene: Any) -> Any:
        """The volume node, if it is in the scene with the same voxels at the same place.

        Raises:
            SourceChangedError: The node was removed or its scene closed, it shows another time point, it was moved, or
                its voxels were changed.
        """
        name = self.node.GetName()
        if not is_in_scene(self.node, scene):
            raise SourceChangedError(f"the volume '{name}' was removed meanwhile: its answer is discarded")
        now = image_source_of(self.node)
        if now.time_point != self.time_point:
            raise SourceChangedError(
                f"'{name}' showed {self.time_point or 'no time point'} when it was read and shows "
                f"{now.time_point or 'no time point'} now: go back to it and start again"
            )
        if not now.geometry.is_same_grid(self.geometry):
            raise SourceChangedError(f"the volume '{name}' was moved or resampled meanwhile: start again")
        if self.time_point is None and now.voxels_mtime != self.voxels_mtime:
            raise SourceChangedError(f"the voxels of '{name}' were changed meanwhile: start again")
        return self.node


def image_source_of(volume_node: Any) -> ImageSource:
    """Record a volume at the moment it is read. Raises what ``volumes.volume_from_node`` raises."""
    return ImageSource(
        node=volume_node,
        geometry=geometry_of_volume(volume_node),
        time_point=time_point_of(volume_node),
        voxels_mtime=volume_node.GetImageData().GetMTime(),
    )


def time_point_of(node: Any) -> TimePoint | None:
    """The item of a sequence that the node shows, or None where it is no proxy of a sequence browser."""
    scene = node.GetScene()
    if scene is None:
        return None
    browsers = scene.GetNodesByClass("vtkMRMLSequenceBrowserNode")
    for number in range(browsers.GetNumberOfItems()):
        browser = browsers.GetItemAsObject(number)
        if not browser.IsProxyNodeID(node.GetID()):
            continue
        sequence = browser.GetSequenceNode(node)
        if sequence is not None:
            return TimePoint(
                browser_id=browser.GetID(),
                index_name=sequence.GetIndexName() or "item",
                index_value=sequence.GetNthIndexValue(browser.GetSelectedItemNumber()),
                index_unit=sequence.GetIndexUnit() or "",
            )
    return None


def is_in_scene(node: Any, scene: Any) -> bool:
    """Whether this very node is still part of this scene."""
    return node is not None and scene is not None and node.GetScene() is scene
