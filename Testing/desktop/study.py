"""Brings a study into the scene: an image file, a DICOM folder, or a phantom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ScarSegLogic.io.images import read_volume
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.volume import Volume

if TYPE_CHECKING:
    from Testing.desktop.application import Desktop

PHANTOM = LVPhantomConfig(seed=7, with_truth=False)


def load_study(desktop: Desktop, path: Path | None = None) -> Any:
    """Add a study's LGE volume to the scene, show it in the views, and return its node.

    Args:
        desktop: the running desktop.
        path: image file or DICOM folder; without it, a phantom of fixed seed. The files of a DICOM study are known to
            `slicer.dicomDatabase` afterwards, and the subject hierarchy holds its study, as in Slicer.

    Raises:
        ScarSegError: the study cannot be read.
    """
    if path is None:
        return show_volume(desktop, make_lv_phantom(PHANTOM).image, "LGE phantom")
    volume = read_volume(path)
    node = show_volume(desktop, volume, volume.name if path.is_dir() else path.name.split(".")[0])
    if volume.source_files:
        _remember_dicom(node, volume)
    return node


def show_volume(desktop: Desktop, volume: Volume, name: str) -> Any:
    """Add a volume to the scene, show it in every slice view along its own axes, and return its node."""
    import slicer.util

    node = slicer.util.addVolumeFromArray(volume.array, volume.geometry.ijk_to_ras, name)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().AutoWindowLevelOn()
    slicer.util.setSliceViewerLayers(background=node, fit=True, rotateToVolumePlane=True)
    slicer.util.resetSliceViews()
    desktop.process_events()
    return node


def _remember_dicom(node: Any, volume: Volume) -> None:
    import slicer

    node.SetAttribute("DICOM.instanceUIDs", " ".join(slicer.dicomDatabase._add(volume.source_files)))
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    patient = tree.CreateSubjectItem(tree.GetSceneItemID(), "Patient")
    study = tree.CreateStudyItem(patient, "Study")
    tree.SetItemUID(study, constants.GetDICOMUIDName(), volume.metadata["study_instance_uid"])
    item = tree.GetItemByDataNode(node)
    tree.SetItemUID(item, constants.GetDICOMUIDName(), volume.metadata["series_instance_uid"])
    tree.SetItemParent(item, study)
