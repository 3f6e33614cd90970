"""Where nodes stand in the Data module's tree, and what the tree knows of their study."""

from __future__ import annotations

from typing import Any

import slicer


def place_beside(node: Any, volume_node: Any, scene: Any) -> None:
    """Put a node that lies loose in the tree under the same parent (study or folder) as the volume.

    What was filed somewhere, by the user or on an earlier call, stays there. Where an item is missing, as without
    Slicer's Qt plugins, it is made.
    """
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    parent = tree.GetItemParent(_item_of(tree, volume_node))
    item = _item_of(tree, node)
    if tree.GetItemParent(item) == tree.GetSceneItemID() != parent:
        tree.SetItemParent(item, parent)


def study_item_of(tree: Any, item: int) -> int | None:
    """The study above an item of the tree, or None."""
    study = tree.GetItemAncestorAtLevel(item, slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMLevelStudy())
    return study if study != tree.GetInvalidItemID() else None


def _item_of(tree: Any, node: Any) -> int:
    item = tree.GetItemByDataNode(node)
    return item if item != tree.GetInvalidItemID() else tree.CreateItem(tree.GetSceneItemID(), node)
