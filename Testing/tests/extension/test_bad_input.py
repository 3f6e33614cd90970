"""Studies that cannot be measured: Apply is disabled and its tool tip says why, and a good study works afterwards."""

from __future__ import annotations

import numpy as np
import slicer
from vtkmodules.util.vtkConstants import VTK_UNSIGNED_CHAR
from vtkmodules.vtkCommonDataModel import vtkImageData


def choose(desk, volume) -> str:
    """Choose a volume; the tool tip of the disabled Apply."""
    desk.ui.volumeSelector.setCurrentNode(volume)
    assert not desk.ui.applyButton.enabled
    return desk.ui.applyButton.toolTip


def assert_next_apply_works(desk) -> None:
    desk.ui.volumeSelector.setCurrentNode(desk.volume)
    desk.draw_true_heart()
    desk.choose_method("nsd")
    assert "Scar segmented" in desk.press(desk.ui.applyButton)


def test_no_volume(desk) -> None:
    assert choose(desk, None) == "Select the LGE volume first."
    assert_next_apply_works(desk)


def test_volume_without_voxels(desk) -> None:
    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")
    assert "The volume 'Empty' holds no voxels" in choose(desk, empty)
    assert_next_apply_works(desk)


def test_colour_volume(desk) -> None:
    image = vtkImageData()
    image.SetDimensions(8, 8, 2)
    image.AllocateScalars(VTK_UNSIGNED_CHAR, 3)
    colour = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Photo")
    colour.SetAndObserveImageData(image)
    assert "3 values per voxel" in choose(desk, colour)
    assert_next_apply_works(desk)


def test_volume_under_a_non_linear_transform_until_it_is_taken_out(desk) -> None:
    grid = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLGridTransformNode", "Warp")
    desk.volume.SetAndObserveTransformNodeID(grid.GetID())
    assert not desk.ui.applyButton.enabled
    assert "harden" in desk.ui.applyButton.toolTip
    desk.volume.SetAndObserveTransformNodeID(None)
    assert desk.ui.applyButton.enabled


def test_segmentation_of_another_volume(desk) -> None:
    other = slicer.util.addVolumeFromArray(np.zeros((4, 9, 9), np.float32), np.diag((3.0, 3.0, 9.0, 1.0)), "Cine")
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Cine contours")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(other)
    desk.ui.segmentationSelector.setCurrentNode(segmentation)
    assert not desk.ui.applyButton.enabled
    assert desk.ui.applyButton.toolTip == (
        "The segmentation 'Cine contours' belongs to the volume 'Cine': choose another one, or a new one."
    )
    desk.ui.segmentationSelector.setCurrentNode(None)
    assert_next_apply_works(desk)


def test_an_empty_myocardium_of_the_users_own(desk) -> None:
    desk.draw_true_heart()
    own = desk.study.segmentation.GetSegmentation().AddEmptySegment("mine", "My wall")
    desk.ui.myocardiumSelector.setCurrentSegmentID(own)
    assert "taken from the segment 'My wall'" in desk.ui.segmentHeartButton.toolTip
    desk.choose_method("nsd")
    assert "The segment 'My wall' is empty" in desk.press(desk.ui.applyButton)
    desk.ui.myocardiumSelector.setCurrentSegmentID("")
    assert_next_apply_works(desk)


def test_a_damaged_parameter_node_is_told_and_left_alone(desk) -> None:
    desk.study.node.SetParameter("LVRequest", "{not json")
    desk.ui.volumeSelector.setCurrentNode(None)
    desk.ui.volumeSelector.setCurrentNode(desk.volume)
    assert "reset the module's parameters" in desk.ui.jobState.text
    assert not desk.ui.applyButton.enabled
