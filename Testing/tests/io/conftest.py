"""Small images, and DICOM series written with pydicom."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.volume import Volume

OBLIQUE = np.array([[0.6, -0.48, 0.64], [0.8, 0.36, -0.48], [0.0, 0.8, 0.6]])
"""A rotation with exact decimals: columns are the i, j and k axes."""

SERIES_UID = "1.2.3.4"
STUDY_UID = "1.2.3"


@pytest.fixture
def oblique_grid() -> Geometry:
    return Geometry.from_spacing((4, 5, 6), (8.0, 1.5, 1.25), directions=OBLIQUE, origin_ras_mm=(-30.5, 12.25, 100))


@pytest.fixture
def volume(oblique_grid: Geometry) -> Volume:
    array = np.random.default_rng(0).normal(500, 100, oblique_grid.shape_kji).astype(np.float32)
    return Volume(array, oblique_grid)


def slice_pixels(number: int) -> np.ndarray:
    """(3, 4) uint16 that tell the slice, row and column: 100 x slice + 10 x row + column."""
    return (100 * number + 10 * np.arange(3)[:, None] + np.arange(4)).astype(np.uint16)


@pytest.fixture
def write_slice(tmp_path: Path) -> Callable[..., Path]:
    """Write one classic MR file: slice `number` lies `8 mm x number` along the normal of OBLIQUE (LPS)."""

    def write(name: str, number: float, *, pixels: np.ndarray | None = None, **entries: object) -> Path:
        path = tmp_path / "study" / name
        path.parent.mkdir(exist_ok=True)
        dataset = mr_dataset(path, MRImageStorage)
        pixels = slice_pixels(int(number)) if pixels is None else pixels
        position = np.array((-50.0, 20.0, 10.0)) + 8.0 * number * OBLIQUE[:, 2]
        dataset.ImagePositionPatient = [f"{value:.4f}" for value in position]
        dataset.ImageOrientationPatient = [*OBLIQUE[:, 0], *OBLIQUE[:, 1]]
        dataset.PixelSpacing = [1.5, 1.25]
        dataset.SliceThickness = 6
        dataset.InstanceNumber = 1
        set_pixels(dataset, pixels)
        for keyword, value in entries.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def write_enhanced(tmp_path: Path) -> Callable[..., Path]:
    """Write one enhanced multi-frame file with slices in the order of `numbers`, rescaled by 2 x - 5."""

    def write(numbers: list[int], triggers: list[float] | None = None) -> Path:
        path = tmp_path / "study" / "enhanced.dcm"
        path.parent.mkdir(exist_ok=True)
        dataset = mr_dataset(path, EnhancedMRImageStorage)
        dataset.NumberOfFrames = len(numbers)
        set_pixels(dataset, np.stack([slice_pixels(number) for number in numbers]))
        dataset.SharedFunctionalGroupsSequence = [
            item(
                PixelMeasuresSequence=[item(PixelSpacing=[1.5, 1.25], SliceThickness=6)],
                PlaneOrientationSequence=[item(ImageOrientationPatient=[*OBLIQUE[:, 0], *OBLIQUE[:, 1]])],
                PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=-5, RescaleType="US")],
                MRImageFrameTypeSequence=[
                    item(FrameType=["ORIGINAL", "PRIMARY", "DELAYED_ENH", "NONE"], ComplexImageComponent="MAGNITUDE")
                ],
            )
        ]
        dataset.PerFrameFunctionalGroupsSequence = [
            item(
                PlanePositionSequence=[item(ImagePositionPatient=list(np.round(8.0 * number * OBLIQUE[:, 2], 4)))],
                FrameContentSequence=[item(FrameAcquisitionNumber=1)],
                **(
                    {"CardiacSynchronizationSequence": [item(NominalCardiacTriggerDelayTime=triggers[n])]}
                    if triggers
                    else {}
                ),
            )
            for n, number in enumerate(numbers)
        ]
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def series(write_slice: Callable[..., Path]) -> Path:
    """Five slices, written in an order that neither names nor instance numbers reveal."""
    order = list(range(5))
    random.Random(3).shuffle(order)
    for instance, number in enumerate(order):
        path = write_slice(
            f"IM{(number * 3) % 5}.dcm", number, InstanceNumber=instance, RescaleSlope=2, RescaleIntercept=-7
        )
    return path.parent


def item(**entries: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in entries.items():
        setattr(dataset, keyword, value)
    return dataset


def mr_dataset(path: Path, sop_class: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Modality = "MR"
    dataset.PatientName = "Muster^Erika"
    dataset.PatientID = "SECRET-4711"
    dataset.StudyInstanceUID = STUDY_UID
    dataset.SeriesInstanceUID = SERIES_UID
    dataset.SeriesDescription = "LGE_SAX_PSIR"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    return dataset


def set_pixels(dataset: Dataset, pixels: np.ndarray) -> None:
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.astype("<u2").tobytes()
