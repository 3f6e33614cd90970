"""Where nodes stand in the Data module's tree, and what the tree knows of their study."""

from __future__ import annotations

from typing import Any

import slicer


def place_beside(node: Any, volume_node: Any, scene: Any) -> None:
    """Put a node under the same parent (study or folder) as the volume. A node that already has a study stays there.

    Where an item is missing, as without Slicer's Qt plugins, it is made.
    """
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    volume_item = _item_of(tree, volume_node)
    parent = tree.GetItemParent(volume_item)
    item = _item_of(tree, node)
    if tree.GetItemParent(item) == parent or study_item_of(tree, item) is not None:
        return
    tree.SetItemParent(item, parent)


def study_item_of(tree: Any, item: int) -> int | None:
    """The study above an item of the tree, or None."""
    study = tree.GetItemAncestorAtLevel(item, slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMLevelStudy())
    return study if study != tree.GetInvalidItemID() else None


def _item_of(tree: Any, node: Any) -> int:
    item = tree.GetItemByDataNode(node)
    return item if item != tree.GetInvalidItemID() else tree.CreateItem(tree.GetSceneItemID(), node)
