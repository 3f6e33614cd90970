"""`slicer.app.coreIOManager()`: what `slicer.util` needs of it to load and save."""
# ruff: noqa: N801, N802

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from trame_slicer.core import SlicerApp

SEGMENTATION_SUFFIXES = (".seg.nrrd", ".seg.nhdr", ".seg.vtm")
SCENE_SUFFIXES = (".mrb", ".mrml")
VOLUME_SUFFIXES = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd")


class qSlicerCoreIOManager(QObject):
    """Loads volumes, segmentations and scenes; saves nodes by their storage nodes and scenes as .mrb or .mrml."""

    def __init__(self, core: SlicerApp, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core

    def fileType(self, filename: str) -> str:
        """Return Slicer's name of a file's type.

        Raises:
            NotImplementedError: the stand-in has no reader for such a file.
        """
        lowered = str(filename).lower()
        for suffixes, file_type in (
            (SEGMENTATION_SUFFIXES, "SegmentationFile"),
            (SCENE_SUFFIXES, "SceneFile"),
            (VOLUME_SUFFIXES, "VolumeFile"),
        ):
            if lowered.endswith(suffixes):
                return file_type
        raise NotImplementedError(f"The desktop stand-in has no reader for {filename}.")

    def loadNodes(self, file_type: str, properties: dict[str, Any], loaded: Any, messages: Any) -> bool:  # noqa: ARG002
        """Load a file into the scene and add the new nodes to `loaded`."""
        path = str(properties["fileName"])
        name = properties.get("name") or Path(path).name.split(".")[0]
        if file_type == "SceneFile":
            return bool(self._load_scene(path, clear=bool(properties.get("clear", False))))
        if file_type == "SegmentationFile":
            node = self._core.segmentations_logic.LoadSegmentationFromFile(path, False, name)
        elif file_type == "VolumeFile":
            node = self._core.volumes_logic.AddArchetypeVolume(path, name, int(bool(properties.get("labelmap"))))
            if node is not None and properties.get("show", True):
                self._core.display_manager.show_volume_in_slice_background(node)
                self._core.display_manager.reset_views()
        else:
            raise NotImplementedError(f"The desktop stand-in cannot load a {file_type}.")
        if node is not None:
            loaded.AddItem(node)
        return node is not None

    def saveNodes(self, file_type: str, properties: dict[str, Any], messages: Any) -> bool:
        """Save a node, or the scene where `file_type` is "SceneFile"."""
        path = str(properties["fileName"])
        if file_type == "SceneFile":
            return self._save_scene(path, messages)
        node = self._core.scene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode(path)
        storage = node.GetStorageNode()
        storage.SetFileName(path)
        return bool(storage.WriteData(node))

    def fileWriterFileType(self, node: Any) -> str:
        """Return the type under which a node is saved."""
        return {"vtkMRMLSegmentationNode": "SegmentationFile"}.get(node.GetClassName(), "VolumeFile")

    def _load_scene(self, path: str, *, clear: bool) -> bool:
        scene = self._core.scene
        if path.lower().endswith(".mrb"):
            return scene.ReadFromMRB(path, clear)
        scene.SetURL(path)
        return bool(scene.Connect() if clear else scene.Import())

    def _save_scene(self, path: str, messages: Any) -> bool:
        scene = self._core.scene
        if path.lower().endswith(".mrb"):
            return scene.WriteToMRB(path, None, messages)
        if path.lower().endswith(".mrml"):
            return bool(scene.Commit(path))
        raise NotImplementedError(f"The desktop stand-in saves scenes as .mrb or .mrml, not as {path}.")
