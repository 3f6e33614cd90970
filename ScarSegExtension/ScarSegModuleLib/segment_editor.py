"""Slicer's Segment Editor: its undo history, and handing a segment over with the right mask."""

from __future__ import annotations

from collections.abc import Callable

import slicer

EDITOR_TAG = "SegmentEditor"
"""Singleton tag of the Segment Editor module's own parameter node."""


def save_state_before(
    segmentation: slicer.vtkMRMLSegmentationNode, volume: slicer.vtkMRMLScalarVolumeNode
) -> Callable[[], None]:
    """A function that saves one state in the history of the Segment Editor, where users look for Undo."""

    def save() -> None:
        module = slicer.util.getModuleWidget("SegmentEditor")
        module.selectParameterNode()
        module.editor.setSegmentationNode(segmentation)
        module.editor.setSourceVolumeNode(volume)
        module.editor.saveStateForUndo()

    return save


def open_segment_editor(
    segmentation: slicer.vtkMRMLSegmentationNode,
    volume: slicer.vtkMRMLScalarVolumeNode,
    segment_id: str,
    *,
    inside_segment_id: str = "",
) -> None:
    """Open the Segment Editor on a segment; nothing is overwritten in other segments.

    Args:
        segmentation: Whose segment is edited.
        volume: The source volume.
        segment_id: What is edited.
        inside_segment_id: The segment inside which alone it is editable; everywhere where it is an empty text.
    """
    editor_node = _editor_node(segmentation.GetScene())
    was_modifying = editor_node.StartModify()
    editor_node.SetAndObserveSegmentationNode(segmentation)
    editor_node.SetAndObserveSourceVolumeNode(volume)
    editor_node.SetSelectedSegmentID(segment_id)
    editor_node.SetOverwriteMode(slicer.vtkMRMLSegmentEditorNode.OverwriteNone)
    editor_node.SourceVolumeIntensityMaskOff()
    if inside_segment_id:
        editor_node.SetMaskSegmentID(inside_segment_id)
        editor_node.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedInsideSingleSegment)
    else:
        editor_node.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere)
    editor_node.EndModify(was_modifying)
    slicer.util.selectModule("SegmentEditor")


def _editor_node(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLSegmentEditorNode:
    """The node that the Segment Editor module uses, made as that module makes it."""
    node = scene.GetSingletonNode(EDITOR_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = scene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)
        node.SetSingletonTag(EDITOR_TAG)
        node = scene.AddNode(node)
    return node
