"""Slicer's own C++ scene and module logics without a window: for tests and benchmarks, on any slicer-core wheel."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

import slicer


class HeadlessSlicer:
    """A scene with the application logic and the module logics that MRML needs.

    Without the Segmentations logic no converter rule is registered; without the others their node classes are unknown
    to the scene.

    Attributes:
        scene: ``vtkMRMLScene``.
        application_logic: ``vtkSlicerApplicationLogic``.
        sequences: ``vtkSlicerSequencesLogic``, which moves sequence proxies.
    """

    def __init__(self) -> None:
        self.scene = slicer.vtkMRMLScene()
        self.application_logic = slicer.vtkSlicerApplicationLogic()
        self.application_logic.SetMRMLScene(self.scene)
        self.application_logic.GetColorLogic().SetMRMLScene(self.scene)
        # Scene bundles (.mrb) are unpacked in the cache folder.
        self._cache_folder = TemporaryDirectory(prefix="scarseg-slicer-")
        self._cache, self._data_io = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
        self._cache.SetRemoteCacheDirectory(self._cache_folder.name)
        self._cache.SetMRMLScene(self.scene)
        self._data_io.SetCacheManager(self._cache)
        self.scene.SetCacheManager(self._cache)
        self.scene.SetDataIOManager(self._data_io)
        self.sequences = slicer.vtkSlicerSequencesLogic()
        self._logics = [
            self.sequences,
            slicer.vtkSlicerVolumesLogic(),
            slicer.vtkSlicerSegmentationsModuleLogic(),
            slicer.vtkSlicerSubjectHierarchyModuleLogic(),
            slicer.vtkSlicerMarkupsLogic(),
            slicer.vtkSlicerTablesLogic(),
            slicer.vtkSlicerPlotsLogic(),
        ]
        for logic in self._logics:
            logic.SetMRMLApplicationLogic(self.application_logic)
            logic.SetMRMLScene(self.scene)

    def add(self, class_name: str, name: str = "") -> Any:
        """Add a new node."""
        return self.scene.AddNewNodeByClass(class_name, name) if name else self.scene.AddNewNodeByClass(class_name)

    def segment_editor(self, segmentation_node: Any, volume_node: Any) -> Any:
        """A ``vtkSlicerSegmentEditorLogic`` with undo, set to a segmentation and its volume."""
        editor_node = self.add("vtkMRMLSegmentEditorNode")
        logic = slicer.vtkSlicerSegmentEditorLogic()
        logic.SetMRMLScene(self.scene)
        logic.SetMRMLApplicationLogic(self.application_logic)
        logic.SetSegmentEditorNode(editor_node)
        logic.SetSegmentationNode(segmentation_node)
        logic.SetSourceVolumeNode(volume_node)
        logic.SetMaximumNumberOfUndoStates(10)
        return logic
