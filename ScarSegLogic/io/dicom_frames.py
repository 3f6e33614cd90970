"""DICOM headers as frames: one per classic file, one per frame of an enhanced multi-frame file."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from ScarSegLogic.errors import ScarSegError

HEADER_TAGS = [
    "SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "Modality", "SeriesDescription",
    "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "AcquisitionNumber", "InstanceNumber",
    "TemporalPositionIdentifier", "TriggerTime", "NominalCardiacTriggerDelayTime", "EchoTime", "ScanningSequence",
    "InversionTime", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
    "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames", "RescaleSlope",
    "RescaleIntercept", "ComplexImageComponent", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
]  # fmt: skip
"""All that is ever read beside the pixels; nothing in it names the patient."""

NOT_IMAGES = frozenset({"SEG", "SR", "PR", "KO", "RTSTRUCT", "RTDOSE", "DOC", "REG", "RWV", "ECG", "HD"})
"""Modalities whose objects lie beside the images in exports (DICOM PS3.3, C.7.3.1.1.1)."""

MR_IMAGE_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.4",
        "1.2.840.10008.5.1.4.1.1.4.1",
        "1.2.840.10008.5.1.4.1.1.4.4",
    }
)
"""MR, enhanced MR and legacy converted enhanced MR image storage (DICOM PS3.6, annex A)."""


@dataclass(frozen=True)
class SeriesHeader:
    """What all frames of a series share. No patient identity."""

    series_uid: str
    study_uid: str
    description: str
    number: int | None
    scanning_sequence: str


@dataclass(frozen=True)
class Frame:
    """One slice image: where it is stored, where it lies, and what tells it from others at the same place.

    Attributes:
        path: The file.
        index: 0-based frame within the file; None for a classic single-frame file.
        position: LPS of the centre of the first pixel, mm.
        orientation: Unit vectors along a row (i) and along a column (j), LPS.
        pixel_spacing: Distance between rows and between columns, mm.
        thickness: Slice thickness in mm; None where the file does not say.
        rescale: Slope and intercept.
    """

    path: Path
    index: int | None
    header: SeriesHeader
    sop_uid: str
    image_type: tuple[str, ...]
    rows: int
    columns: int
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    pixel_spacing: tuple[float, ...]
    thickness: float | None
    rescale: tuple[float, float]
    trigger_time_ms: float | None
    temporal_position: int | None
    acquisition: int | None
    echo_time_ms: float | None
    instance: int | None

    @property
    def label(self) -> str:
        """What a person finds the frame by."""
        return self.path.name if self.index is None else f"{self.path.name} frame {self.index + 1}"


@contextlib.contextmanager
def tolerant_pydicom() -> Iterator[None]:
    """Real files hold UIDs with leading zeros and dates like 20120000; neither matters here, so neither is reported."""
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        yield


def is_dicom_file(path: Path) -> bool:
    """Whether the content looks like DICOM, with or without the 128-byte preamble."""
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError:
        return False
    # Without a preamble a file starts with a tag of group 0002 or 0008, whose element number is small.
    return start[128:132] == b"DICM" or (start[:2] in (b"\x02\x00", b"\x08\x00") and start[3:4] == b"\x00")


def frames_in_file(path: Path) -> list[Frame]:
    """The frames of a DICOM image that lie in space; empty for reports, segmentations and the like.

    Raises:
        ScarSegError: The file is damaged or an entry cannot be understood.
    """
    try:
        with tolerant_pydicom():
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=HEADER_TAGS, force=True)
            if str(dataset.get("Modality", "")) in NOT_IMAGES:
                return []
            if not dataset.get("Rows"):
                if dataset.file_meta.get("MediaStorageSOPClassUID") in MR_IMAGE_CLASSES:
                    raise ValueError("the file ends within its header")
                return []
            if int(dataset.get("SamplesPerPixel", 1) or 1) != 1:
                return []  # colour screenshots
            header = _series_header(dataset)
            groups = dataset.get("PerFrameFunctionalGroupsSequence") or []
            count = int(dataset.get("NumberOfFrames") or 0)
            # Classic files may carry an empty per-frame sequence without frames (Sunnybrook does).
            if count and len(groups) == count:
                shared = next(iter(dataset.get("SharedFunctionalGroupsSequence") or []), Dataset())
                return [
                    frame
                    for n, group in enumerate(groups)
                    if (frame := _frame(path, n, header, dataset, group, shared))
                ]
            frame = _frame(path, None, header, dataset, Dataset(), Dataset())
            return [frame] if frame else []
    except Exception as error:
        # pydicom raises whatever damaged bytes lead it to (struct.error, KeyError, RecursionError, ...).
        raise ScarSegError(
            f"{path}: the DICOM header cannot be read ({error}): copy the file again or remove it"
        ) from error


def _series_header(dataset: Dataset) -> SeriesHeader:
    sequence = dataset.get("ScanningSequence") or ""
    return SeriesHeader(
        series_uid=str(dataset.get("SeriesInstanceUID", "")),
        study_uid=str(dataset.get("StudyInstanceUID", "")),
        description=str(dataset.get("SeriesDescription", "") or "").strip(),
        number=_integer(dataset.get("SeriesNumber")),
        scanning_sequence=sequence if isinstance(sequence, str) else "\\".join(sequence),
    )


def _frame(
    path: Path, index: int | None, header: SeriesHeader, dataset: Dataset, per_frame: Dataset, shared: Dataset
) -> Frame | None:
    """One frame; None where it has no place in the patient (screenshots, secondary captures)."""

    def value(macro: str, keyword: str) -> object:
        for group in (per_frame, shared):
            for item in group.get(macro) or []:
                if item.get(keyword) is not None:
                    return item.get(keyword)
        return dataset.get(keyword)

    position = _floats(value("PlanePositionSequence", "ImagePositionPatient"))
    orientation = _floats(value("PlaneOrientationSequence", "ImageOrientationPatient"))
    spacing = _floats(value("PixelMeasuresSequence", "PixelSpacing"))
    if len(position) != 3 or len(orientation) != 6 or len(spacing) != 2:
        return None
    slope = _float(value("PixelValueTransformationSequence", "RescaleSlope"))
    intercept = _float(value("PixelValueTransformationSequence", "RescaleIntercept"))
    trigger = _float(value("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"))
    temporal = value("FrameContentSequence", "TemporalPositionIndex")
    return Frame(
        path=path,
        index=index,
        header=header,
        sop_uid=str(dataset.get("SOPInstanceUID", "")),
        image_type=_image_type(value, dataset),
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        position=position,
        orientation=orientation,
        pixel_spacing=spacing,
        thickness=_float(value("PixelMeasuresSequence", "SliceThickness")),
        rescale=(1.0 if slope is None else slope, intercept or 0.0),
        trigger_time_ms=_float(dataset.get("TriggerTime")) if dataset.get("TriggerTime") is not None else trigger,
        temporal_position=_integer(temporal if temporal is not None else dataset.get("TemporalPositionIdentifier")),
        acquisition=_integer(
            value("FrameContentSequence", "FrameAcquisitionNumber")
            if index is not None
            else dataset.get("AcquisitionNumber")
        ),
        echo_time_ms=_float(value("MREchoSequence", "EffectiveEchoTime")) or _float(dataset.get("EchoTime")),
        instance=_integer(dataset.get("InstanceNumber")) if index is None else index + 1,
    )


def _image_type(value: Callable[[str, str], object], dataset: Dataset) -> tuple[str, ...]:
    """ImageType; of an enhanced file its FrameType and ComplexImageComponent, which replace the third value."""
    parts = value("MRImageFrameTypeSequence", "FrameType") or dataset.get("ImageType") or ()
    parts = (parts,) if isinstance(parts, str) else tuple(str(part) for part in parts)
    component = value("MRImageFrameTypeSequence", "ComplexImageComponent")
    return (*parts, str(component)) if component else parts


def _floats(values: object) -> tuple[float, ...]:
    return tuple(float(value) for value in values) if isinstance(values, Iterable) else ()


def _float(value: object) -> float | None:
    return None if value in (None, "") else float(value)


def _integer(value: object) -> int | None:
    return None if value in (None, "") else int(value)
