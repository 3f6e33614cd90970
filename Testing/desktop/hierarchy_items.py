"""Gives every data node its place in the subject hierarchy, which in Slicer the plug-ins of the Data module do."""

from __future__ import annotations

from typing import Any

import vtk
from slicer import vtkMRMLScene, vtkMRMLSubjectHierarchyNode

SHOWN_CLASSES = (
    "vtkMRMLVolumeNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLMarkupsNode",
    "vtkMRMLModelNode",
    "vtkMRMLTransformNode",
    "vtkMRMLTableNode",
    "vtkMRMLPlotChartNode",
    "vtkMRMLTextNode",
)


class HierarchyItems:
    """Adds an item when a node enters the scene and removes it when the node leaves."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def added(_scene: Any, _event: str, node: Any) -> None:
            if node.IsA("vtkMRMLSubjectHierarchyNode"):
                # A loaded scene brings its own hierarchy; Slicer merges the two.
                vtkMRMLSubjectHierarchyNode.ResolveSubjectHierarchy(scene)
            elif not scene.IsImporting():
                self._add(node)

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def leaving(_scene: Any, _event: str, node: Any) -> None:
            if not scene.IsClosing():
                self._remove(node)

        scene.AddObserver(vtkMRMLScene.NodeAddedEvent, added)
        scene.AddObserver(vtkMRMLScene.NodeAboutToBeRemovedEvent, leaving)
        scene.AddObserver(vtkMRMLScene.EndImportEvent, lambda *_: self._add_all())

    def _tree(self) -> Any:
        return vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)

    def _add_all(self) -> None:
        for index in range(self._scene.GetNumberOfNodes()):
            self._add(self._scene.GetNthNode(index))

    def _add(self, node: Any) -> None:
        if node.GetHideFromEditors() or not any(node.IsA(shown) for shown in SHOWN_CLASSES):
            return
        tree = self._tree()
        if tree is not None and tree.GetItemByDataNode(node) == tree.GetInvalidItemID():
            tree.CreateItem(tree.GetSceneItemID(), node)

    def _remove(self, node: Any) -> None:
        if not any(node.IsA(shown) for shown in SHOWN_CLASSES):
            return
        tree = self._tree()
        item = tree.GetItemByDataNode(node) if tree is not None else 0
        if tree is not None and item != tree.GetInvalidItemID():
            tree.RemoveItem(item, False, False)
