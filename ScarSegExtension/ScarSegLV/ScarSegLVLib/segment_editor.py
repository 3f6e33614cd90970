"""Slicer's Segment Editor: its undo history, and handing a segment over with the right mask."""

from __future__ import annotations

from collections.abc import Callable

import slicer

from ScarSegLogic import terminology
from ScarSegLVLib.segments import make_segments
from ScarSegLVLib.study import Study

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


def hand_over(study: Study, kind: str) -> None:
    """Open the Segment Editor on a segment: scar and MVO are editable inside the myocardium only.

    Nothing is overwritten in other segments, because scar lies within the myocardium on purpose.

    Raises:
        ScarSegError: The segmentation cannot be edited; see ``make_segments``.
    """
    with study.one_change():
        ids = make_segments(study, terminology.SEGMENT_KINDS)
    editor_node = _editor_node(study.scene)
    was_modifying = editor_node.StartModify()
    editor_node.SetAndObserveSegmentationNode(study.segmentation)
    editor_node.SetAndObserveSourceVolumeNode(study.volume)
    editor_node.SetSelectedSegmentID(ids[kind])
    editor_node.SetOverwriteMode(slicer.vtkMRMLSegmentEditorNode.OverwriteNone)
    editor_node.SourceVolumeIntensityMaskOff()
    if kind in (terminology.SCAR, terminology.MVO):
        editor_node.SetMaskSegmentID(ids[terminology.MYOCARDIUM])
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
