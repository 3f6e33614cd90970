"""Which study is shown: one parameter node for each volume."""

from __future__ import annotations

import slicer

from ScarSegLVLib.study import Study, studies_in

CURRENT_ATTRIBUTE = "ScarSegLV.Current"
"""On the parameter node of the study that was shown last; saved with the scene."""


def study_to_show(scene: slicer.vtkMRMLScene) -> Study | None:
    """The study that was shown last, else the first with a volume, else None."""
    studies = [study for study in studies_in(scene) if study.volume is not None]
    current = [study for study in studies if study.node.GetAttribute(CURRENT_ATTRIBUTE)]
    return next(iter([*current, *studies]), None)


def remember_shown(scene: slicer.vtkMRMLScene, shown: Study) -> None:
    """Mark the study that is shown."""
    for study in studies_in(scene):
        study.node.SetAttribute(CURRENT_ATTRIBUTE, "1" if study.node is shown.node else None)


def first_volume(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The first volume that a user would see in the selector."""
    for index in range(scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")):
        node = scene.GetNthNodeByClass(index, "vtkMRMLScalarVolumeNode")
        if node.GetClassName() == "vtkMRMLScalarVolumeNode" and not node.GetHideFromEditors():
            return node
    return None
