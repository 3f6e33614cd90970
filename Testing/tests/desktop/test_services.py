"""Services around the modules: packages, sample data, DICOM, the Segment Editor's placeholder, the command line."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from Testing.desktop.application import REPOSITORY, Desktop
from Testing.desktop.study import load_study


def test_pip_ensure_is_silent_for_what_is_installed_and_under_testing(desktop: Desktop) -> None:
    import slicer

    assert slicer.packaging.pip_check("numpy>=2")
    assert not slicer.packaging.pip_check(["numpy", "no-such-package-of-scarseg"])
    assert slicer.packaging.pip_ensure("numpy>=2", requester="ScarSeg") is None
    with desktop.testing():
        assert slicer.packaging.pip_ensure("no-such-package-of-scarseg") is None
    assert desktop.popups.shown == []


def test_pip_ensure_asks_and_a_no_is_an_error(desktop: Desktop) -> None:
    import qt
    import slicer

    desktop.popups.answer_next(qt.QMessageBox.Cancel)
    with pytest.raises(RuntimeError, match="declined"):
        slicer.packaging.pip_ensure("no-such-package-of-scarseg", requester="ScarSeg")
    assert "no-such-package-of-scarseg" in desktop.popups.shown[0].text


def test_sample_data_is_loaded_from_files_with_the_right_checksum(desktop: Desktop, tmp_path: Path) -> None:
    import SampleData
    import slicer.util

    volume = slicer.util.addVolumeFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    path = tmp_path / "a study.nrrd"
    assert slicer.util.saveNode(volume, str(path))
    desktop.scene.Clear(0)

    def register(digest: str) -> None:
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category="Tests",
            sampleName="stored",
            uris=[path.as_uri()],
            fileNames=[path.name],
            nodeNames=["stored study"],
            checksums=[f"SHA256:{digest}"],
            loadFileTypes=["VolumeFile"],
        )

    register("0" * 64)
    with pytest.raises(ValueError, match="expected 0000"):
        SampleData.downloadSample("stored")
    register(hashlib.sha256(path.read_bytes()).hexdigest())
    node = SampleData.downloadSample("stored")
    assert node.GetName() == "stored study"
    assert slicer.util.arrayFromVolume(node).sum() == sum(range(24))


def test_a_dicom_study_keeps_its_identifiers(desktop: Desktop, tmp_path: Path) -> None:
    import slicer

    from ScarSegLogic.mrml.dicom_source import dicom_source_of

    uids = write_dicom(tmp_path / "study")
    node = load_study(desktop, tmp_path / "study")
    source = dicom_source_of(node, desktop.scene)
    assert source is not None
    assert source.sop_instance_uids == uids
    assert source.study_instance_uid == "1.2.3"
    assert slicer.dicomDatabase.fileForInstance(uids[1]).endswith("1.dcm")
    assert slicer.dicomDatabase.fileForInstance("9.9") == ""
    assert len(slicer.dicomDatabase.filesForSeries("1.2.3.4")) == 3
    assert slicer.dicomDatabase.instanceValue(uids[0], "0020,000D") == "1.2.3"


def write_dicom(folder: Path) -> tuple[str, ...]:
    """Write a series of three axial slices; return their SOP instance UIDs in the order of the slices."""
    import pydicom
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

    folder.mkdir()
    uids = []
    for number in range(3):
        header = pydicom.Dataset()
        header.SOPClassUID, header.SOPInstanceUID = MRImageStorage, f"1.2.3.4.{number + 1}"
        header.StudyInstanceUID, header.SeriesInstanceUID, header.Modality = "1.2.3", "1.2.3.4", "MR"
        header.SeriesDescription, header.ImageType, header.InstanceNumber = "LGE", ["ORIGINAL", "PRIMARY", "M"], number
        header.FrameOfReferenceUID, header.PatientID, header.PatientName = "1.2.5", "phantom", "phantom"
        header.ImageOrientationPatient, header.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 8.0 * number]
        header.PixelSpacing, header.SliceThickness, header.Rows, header.Columns = [1.5, 1.5], 8.0, 16, 20
        header.SamplesPerPixel, header.PhotometricInterpretation, header.PixelRepresentation = 1, "MONOCHROME2", 0
        header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
        header.PixelData = np.full((16, 20), 100 * (number + 1), np.uint16).tobytes()
        header.file_meta = pydicom.dataset.FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.save_as(folder / f"{number}.dcm", enforce_file_format=True)
        uids.append(header.SOPInstanceUID)
    return tuple(uids)


@pytest.fixture
def segmentation(desktop: Desktop) -> tuple[Any, Any]:
    """A volume and a segmentation with one segment of ten voxels."""
    import slicer.util

    volume = slicer.util.addVolumeFromArray(np.zeros((2, 5, 5), np.float32))
    node = desktop.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.GetSegmentation().AddEmptySegment("scar", "Scar")
    mask = np.zeros((2, 5, 5), np.uint8)
    mask[0, :2] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, "scar", volume)
    return volume, node


def test_the_editors_undo_restores_the_segment(desktop: Desktop, segmentation: tuple[Any, Any]) -> None:
    import slicer.util

    volume, node = segmentation
    editor = desktop.open_module("SegmentEditor").editor
    editor.setSegmentationNode(node)
    editor.setSourceVolumeNode(volume)
    editor.saveStateForUndo()
    slicer.util.updateSegmentBinaryLabelmapFromArray(np.ones((2, 5, 5), np.uint8), node, "scar", volume)
    assert slicer.util.arrayFromSegmentBinaryLabelmap(node, "scar", volume).sum() == 50
    editor.undo()
    assert slicer.util.arrayFromSegmentBinaryLabelmap(node, "scar", volume).sum() == 10


def test_the_editor_survives_a_closed_scene(desktop: Desktop, segmentation: tuple[Any, Any]) -> None:
    import slicer.util

    widget = desktop.open_module("SegmentEditor")
    widget.editor.setSegmentationNode(segmentation[1])
    desktop.scene.Clear(0)
    widget.selectParameterNode()
    assert widget.editor.segmentationNodeID() == ""
    assert widget.parameterSetNode.GetScene() is desktop.scene
    assert slicer.util.selectedModule() == "SegmentEditor"


def test_the_command_saves_a_picture_without_a_display(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    picture = tmp_path / "window.png"
    finished = subprocess.run(
        [sys.executable, "-m", "Testing.desktop", "--module", "SegmentEditor", "--screenshot", str(picture)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "qMRMLNodeComboBox" in finished.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_display_server_ends_with_its_process() -> None:
    script = "from Testing.desktop.display import ensure_display; print(ensure_display(), flush=True); input()"
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    owner = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    number = owner.stdout.readline().strip().lstrip(":")
    socket = Path(f"/tmp/.X11-unix/X{number}")
    assert socket.exists()
    owner.kill()
    owner.communicate()
    deadline = time.monotonic() + 10
    while socket.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not socket.exists()
