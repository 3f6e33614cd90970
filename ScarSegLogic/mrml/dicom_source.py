"""Which DICOM images a volume came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer

from ScarSegLogic.mrml.subject_hierarchy import study_item_of

INSTANCE_UIDS_ATTRIBUTE = "DICOM.instanceUIDs"
"""Where Slicer's DICOM plugins keep a volume's SOP instance UIDs, separated by spaces."""


@dataclass(frozen=True)
class DicomSource:
    """Identifiers of the source images; an empty text or tuple is one that the scene does not know.

    Attributes:
        study_instance_uid, series_instance_uid: As the Data module's tree keeps them.
        sop_instance_uids: One for each image, in the order in which Slicer loaded them. The module looks the files up
            with ``slicer.dicomDatabase.fileForInstance``.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uids: tuple[str, ...]


def instance_uids_of(volume_node: Any) -> tuple[str, ...]:
    """SOP instance UIDs of a volume's images; empty where it did not come from DICOM or its plugin kept none."""
    listed = volume_node.GetAttribute(INSTANCE_UIDS_ATTRIBUTE)
    return tuple(listed.split()) if listed else ()


def dicom_source_of(volume_node: Any, scene: Any) -> DicomSource | None:
    """Identifiers of a volume's study, or None where the scene knows of no DICOM behind it."""
    names = slicer.vtkMRMLSubjectHierarchyConstants
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    item = tree.GetItemByDataNode(volume_node)
    study_uid = series_uid = ""
    if item != tree.GetInvalidItemID():
        series_uid = tree.GetItemUID(item, names.GetDICOMUIDName())
        study = study_item_of(tree, item)
        study_uid = tree.GetItemUID(study, names.GetDICOMUIDName()) if study is not None else ""
    instances = instance_uids_of(volume_node)
    if not (instances or series_uid):
        return None
    return DicomSource(study_uid, series_uid, instances)
