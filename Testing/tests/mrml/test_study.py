"""Subject hierarchy, DICOM identifiers and terminology."""

from __future__ import annotations

import pytest
import slicer

from ScarSegLogic.mrml.dicom_source import DicomSource, dicom_source_of, instance_uids_of
from ScarSegLogic.mrml.segmentations import prepare_segmentation
from ScarSegLogic.mrml.subject_hierarchy import place_beside
from ScarSegLogic.mrml.terminology import terminology_entry
from ScarSegLogic.terminology import SEGMENT_KINDS, STRUCTURES


@pytest.fixture
def tree(scene):
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


@pytest.fixture
def study(tree, volume):
    """A study of a patient that holds the volume, as Slicer's DICOM import leaves it."""
    patient = tree.CreateSubjectItem(tree.GetSceneItemID(), "patient")
    study = tree.CreateStudyItem(patient, "cardiac MR")
    tree.SetItemUID(study, "DICOM", "1.2.3")
    series = tree.CreateItem(study, volume)
    tree.SetItemUID(series, "DICOM", "1.2.3.4")
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3.4.1 1.2.3.4.2")
    return study


def parent_of(tree, node) -> int:
    return tree.GetItemParent(tree.GetItemByDataNode(node))


def test_the_segmentation_stands_beside_the_volume_in_its_study(tree, study, volume, segmentation, scene):
    prepare_segmentation(segmentation, volume, scene)

    assert parent_of(tree, segmentation) == parent_of(tree, volume) == study


def test_a_volume_outside_any_study_has_the_segmentation_beside_it_too(tree, volume, segmentation, scene):
    folder = tree.CreateFolderItem(tree.GetSceneItemID(), "folder")
    tree.CreateItem(folder, volume)

    place_beside(segmentation, volume, scene)

    assert parent_of(tree, segmentation) == folder


def test_nodes_that_the_tree_does_not_know_are_entered(tree, volume, segmentation, scene):
    place_beside(segmentation, volume, scene)

    assert parent_of(tree, segmentation) == parent_of(tree, volume) == tree.GetSceneItemID()


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize("kind", ["CreateStudyItem", "CreateFolderItem"])
def test_a_segmentation_that_the_user_filed_elsewhere_stays_there(tree, volume, segmentation, scene, kind):
    other = getattr(tree, kind)(tree.GetSceneItemID(), "mine")
    tree.CreateItem(other, segmentation)

    place_beside(segmentation, volume, scene)

    assert parent_of(tree, segmentation) == other


@pytest.mark.usefixtures("study")
def test_identifiers_of_a_volume_from_dicom_are_read(volume, scene):
    assert dicom_source_of(volume, scene) == DicomSource("1.2.3", "1.2.3.4", ("1.2.3.4.1", "1.2.3.4.2"))


def test_a_volume_from_a_file_has_none(volume, scene):
    assert dicom_source_of(volume, scene) is None
    assert instance_uids_of(volume) == ()


def test_instances_alone_are_enough(volume, scene):
    volume.SetAttribute("DICOM.instanceUIDs", " 1.2  1.3 ")

    assert dicom_source_of(volume, scene) == DicomSource("", "", ("1.2", "1.3"))


@pytest.mark.parametrize("kind", SEGMENT_KINDS)
def test_slicers_own_logic_reads_our_terminology_back_code_by_code(kind):
    logic, entry = slicer.vtkSlicerTerminologiesModuleLogic, slicer.vtkSlicerTerminologyEntry()
    assert logic.DeserializeTerminologyEntry(terminology_entry(kind), entry)

    def triple(coded) -> tuple:
        return coded.GetCodingSchemeDesignator(), coded.GetCodeValue(), coded.GetCodeMeaning()

    structure = STRUCTURES[kind]
    assert triple(entry.GetCategoryObject()) == ("SCT", structure.category.value, structure.category.meaning)
    assert triple(entry.GetTypeObject()) == ("SCT", structure.type.value, structure.type.meaning)
    region = structure.region
    assert entry.GetRegionObject().GetCodeValue() == (region.value if region else None)
    assert logic.SerializeTerminologyEntry(entry) == terminology_entry(kind)
