"""The images that a DICOM segmentation and report refer to: the study's own, or a series derived from the volume.

A segmentation and a structured report belong to a study, and the standard wants the images they were made from named
(PS3.3, C.8.20 and C.17.2). Where the volume did not come from DICOM there are none. Inventing references would be a
lie and refusing would leave users of NIfTI files without an export, so an MR series is derived from the volume and
written beside the two, as Slicer's own DICOM export does. Its identifiers come from the voxels and the grid: exporting
the same volume again gives the same study, and nobody's name is in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.dicom_frames import Frame, frames_in_file, tolerant_pydicom
from ScarSegLogic.report.dicom_shown_frames import shown_frames
from ScarSegLogic.version import VERSION
from ScarSegLogic.volume import Volume, with_slices_first

MANUFACTURER = "ScarSeg"
UNICODE = "ISO_IR 192"
"""SpecificCharacterSet of UTF-8 (PS3.3, C.12.1.1.2)."""
EVERY_STUDY_HAS = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber",
    "StudyID", "ReferringPhysicianName",
)  # fmt: skip
"""Attributes of type 2: they must stand in every object, empty where nothing is known."""

ORTHOGONAL_TOLERANCE = 1e-4
"""Cosine between grid axes from which DICOM's image planes cannot carry the grid (ours)."""

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class SourceImage:
    """One DICOM object that the volume shows.

    Attributes:
        header: The object without its pixels.
        shown_frame: For each frame number (from 1) in a slice of the volume, the number of the frame that the volume
            shows there: the same one, or of several phases the right one. Empty for an object that is one image.
    """

    header: Dataset
    shown_frame: Mapping[int, int] = field(default_factory=dict)


def source_images(image: Volume, folder: Path) -> list[SourceImage]:
    """The images that the volume shows, without pixels; a derived series is written where there are none.

    Args:
        image: Its ``source_files`` are read; without them a series is written into ``folder``.
        folder: For the derived series: ``image_0000.dcm`` and so on. Made if absent, untouched if not needed.

    Raises:
        ScarSegError: A source file is missing or damaged, the volume was moved, resampled or sheared, or its images are
            those of several multi-frame files.
    """
    check_orthogonal(image.geometry)
    if image.source_files:
        return _images_of(image)
    return [SourceImage(header) for header in _derive_series(image, folder)]


def lps_affine(geometry: Geometry) -> NDArray[np.float64]:
    """(4, 4): maps (slice, row, column) to LPS mm, as DICOM and highdicom count."""
    return LPS_FROM_RAS @ geometry.ijk_to_ras[:, [2, 1, 0, 3]]


def check_orthogonal(geometry: Geometry) -> None:
    """Raises ScarSegError for a sheared grid."""
    axes = geometry.directions
    if np.abs(axes.T @ axes - np.eye(3)).max() > ORTHOGONAL_TOLERANCE:
        raise ScarSegError("the grid of the image is sheared, which DICOM cannot carry: resample it to right angles")


def uid_from(*parts: bytes | memoryview | str) -> str:
    """A UID that the same parts always give (PS3.5, B.2: 2.25 and a number of 128 bits)."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return f"2.25.{int.from_bytes(digest.digest()[:16], 'big')}"


def _images_of(image: Volume) -> list[SourceImage]:
    frames = [frame for path in image.source_files for frame in frames_in_file(_existing(path))]
    shown = shown_frames(image, frames)
    images = [
        SourceImage(_header(path), _frame_numbers(path, shown))
        for path in image.source_files
        if any(frame.path == path for frame in shown.values())
    ]
    headers = [each.header for each in images]
    if len({header.StudyInstanceUID for header in headers}) > 1:
        raise ScarSegError(f"the DICOM images of {image.name} belong to several studies: choose the images of one")
    expected = image.metadata.get("study_instance_uid")
    if expected and headers[0].StudyInstanceUID != expected:
        raise ScarSegError(f"the DICOM files of {image.name} changed since it was read: read the study again")
    if len(images) > 1 and any(each.shown_frame for each in images):
        raise ScarSegError(
            f"the slices of {image.name} are spread over {len(images)} multi-frame DICOM files, to which one DICOM "
            "segmentation cannot refer: export NRRD"
        )
    _share_frame_of_reference(headers)
    return images


def _frame_numbers(path: Path, shown: Mapping[Frame, Frame]) -> dict[int, int]:
    own = {frame: best for frame, best in shown.items() if frame.path == best.path == path and best.index is not None}
    return {frame.index + 1: best.index + 1 for frame, best in own.items()}


def _header(path: Path) -> Dataset:
    with tolerant_pydicom():
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        # Texts are decoded by the file's own character set here and written in UTF-8 later.
        header.decode()
        header.SpecificCharacterSet = UNICODE
        for keyword in EVERY_STUDY_HAS:
            if keyword not in header:
                setattr(header, keyword, None)
        for keyword in ("StudyDate", "PatientBirthDate"):
            if not _is_date(str(header[keyword].value or "")):
                setattr(header, keyword, None)
    return header


def _is_date(text: str) -> bool:
    """Anonymisers also write 20120000 and 00000000."""
    try:
        datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return True


def _share_frame_of_reference(headers: Sequence[Dataset]) -> None:
    """Some anonymisers drop it or draw one for each file; the slices of one series still share one space."""
    found = {str(header.get("FrameOfReferenceUID") or "") for header in headers}
    if len(found) == 1 and "" not in found:
        return
    shared = uid_from("frame of reference", str(headers[0].SeriesInstanceUID))
    for header in headers:
        header.FrameOfReferenceUID = shared


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ScarSegError(f"{path}: this DICOM image of the study is not there any more: load the study again")
    return path


def _derive_series(image: Volume, folder: Path) -> list[Dataset]:
    stack = with_slices_first(image)
    pixels, slope, intercept = _stored(stack.array)
    # One number for the volume: its many voxels are read once, not for every identifier.
    identity = uid_from(np.ascontiguousarray(stack.array).data, stack.geometry.ijk_to_ras.tobytes())
    uids = {what: uid_from(what, identity) for what in ("study", "series", "frame of reference")}
    folder.mkdir(parents=True, exist_ok=True)
    datasets = []
    for index, plane in enumerate(pixels):
        path = folder / f"image_{index:04d}.dcm"
        dataset = _file(path, uid_from("instance", str(index), identity))
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uids["study"], uids["series"]
        dataset.FrameOfReferenceUID = uids["frame of reference"]
        dataset.PatientName = dataset.PatientID = dataset.SeriesDescription = _text(image.name)
        dataset.InstanceNumber = index + 1
        _place(dataset, stack.geometry, index)
        _pixels(dataset, plane, slope, intercept)
        dataset.save_as(path, enforce_file_format=True)
        del dataset.PixelData
        datasets.append(dataset)
    return datasets


def _text(name: str) -> str:
    """A study's name for a value of at most 64 characters, without DICOM's separators."""
    kept = "".join(" " if character in "\\^=" or not character.isprintable() else character for character in name)
    return kept.strip()[:64].strip() or "unnamed"


def _file(path: Path, sop_instance_uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = sop_instance_uid
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = UNICODE
    dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, sop_instance_uid
    dataset.Modality = "MR"
    dataset.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    dataset.SeriesNumber, dataset.BodyPartExamined = 1, "HEART"
    for keyword in (*EVERY_STUDY_HAS, "PatientPosition", "PositionReferenceIndicator", "ScanOptions", "EchoTime"):
        setattr(dataset, keyword, None)
    # How it was acquired is not known any more: "research mode" is the standard's value for that.
    dataset.ScanningSequence, dataset.SequenceVariant = "RM", "NONE"
    dataset.MRAcquisitionType = dataset.EchoTrainLength = dataset.RepetitionTime = None
    dataset.Manufacturer, dataset.ManufacturerModelName, dataset.SoftwareVersions = MANUFACTURER, "ScarSeg", VERSION
    dataset.DerivationDescription = "Derived from a volume that did not come from DICOM"
    return dataset


def _place(dataset: Dataset, geometry: Geometry, index: int) -> None:
    affine = lps_affine(geometry)
    slice_mm, row_mm, column_mm = geometry.spacing_kji_mm
    position = affine[:3, 3] + index * affine[:3, 0]
    orientation = [*affine[:3, 2] / column_mm, *affine[:3, 1] / row_mm]
    dataset.ImagePositionPatient = [format_number_as_ds(float(value)) for value in position]
    dataset.ImageOrientationPatient = [format_number_as_ds(float(value)) for value in orientation]
    dataset.PixelSpacing = [format_number_as_ds(row_mm), format_number_as_ds(column_mm)]
    dataset.SliceThickness = dataset.SpacingBetweenSlices = format_number_as_ds(slice_mm)


def _pixels(dataset: Dataset, plane: NDArray[np.uint16], slope: float, intercept: float) -> None:
    dataset.Rows, dataset.Columns = plane.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.RescaleSlope, dataset.RescaleIntercept = format_number_as_ds(slope), format_number_as_ds(intercept)
    dataset.RescaleType = "US"
    dataset.PixelData = plane.astype("<u2").tobytes()


def _stored(array: NDArray[np.floating]) -> tuple[NDArray[np.uint16], float, float]:
    """16-bit pixels, slope and intercept: exact for whole numbers that fit, else within half a step of 1/65535."""
    low, high = float(array.min()), float(array.max())
    if high - low <= np.iinfo(np.uint16).max and np.array_equal(array, np.rint(array)):
        return (array - low).astype(np.uint16), 1.0, low
    # Rounded as it is written (16 characters), so that the pixels fit the slope in the file.
    slope = float(format_number_as_ds((high - low) / np.iinfo(np.uint16).max))
    low = float(format_number_as_ds(low))
    return np.rint((array.astype(np.float64) - low) / slope).clip(0, 65535).astype(np.uint16), slope, low
