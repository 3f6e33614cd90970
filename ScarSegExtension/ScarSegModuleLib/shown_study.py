"""Which study is shown: one parameter node for each volume."""

from __future__ import annotations

import slicer

from ScarSegModuleLib.stored_study import StudyT

CURRENT_ATTRIBUTE = "{module}.Current"
"""On the parameter node of the study that was shown last; saved with the scene."""


def study_to_show(scene: slicer.vtkMRMLScene, kind: type[StudyT]) -> StudyT | None:
    """The module's study that was shown last, else the first with a volume, else None."""
    studies = [study for study in kind.all_in(scene) if study.volume is not None]
    current = [study for study in studies if study.node.GetAttribute(_attribute(kind))]
    return next(iter([*current, *studies]), None)


def remember_shown(scene: slicer.vtkMRMLScene, shown: StudyT) -> None:
    """Mark the study that is shown among those of its module."""
    for study in type(shown).all_in(scene):
        study.node.SetAttribute(_attribute(type(shown)), "1" if study.node is shown.node else None)


def first_volume(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The first volume that a user would see in the selector."""
    for index in range(scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")):
        node = scene.GetNthNodeByClass(index, "vtkMRMLScalarVolumeNode")
        if node.GetClassName() == "vtkMRMLScalarVolumeNode" and not node.GetHideFromEditors():
            return node
    return None


def _attribute(kind: type[StudyT]) -> str:
    return CURRENT_ATTRIBUTE.format(module=kind.MODULE_NAME)
