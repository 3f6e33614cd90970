"""Studies for the tests of DICOM: stored in several ways, as a scanner's series, exported and read back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.report.dicom_export import REPORT_FILE, SEGMENTATION_FILE, write_dicom
from ScarSegLogic.report.review import Review
from ScarSegLogic.volume import LabelMap, Volume

Study = tuple[LVScarResult, Volume]

PATIENT = {
    "PatientName": "Müßtermann^Jörg",
    "PatientID": "4711",
    "PatientBirthDate": "19600229",
    "PatientSex": "M",
    "AccessionNumber": "A-15",
    "StudyID": "7",
    "StudyDate": "20260102",
    "StudyTime": "031500",
}


def write_mr_series(image: Volume, folder: Path) -> None:
    """Write slices first, in Latin-1, file names against the order of the slices."""
    folder.mkdir()
    study, series, frame_of_reference = (generate_uid() for _ in range(3))
    lps = np.diag([-1.0, -1.0, 1.0])
    axes = lps @ image.geometry.directions
    slice_mm, row_mm, column_mm = image.geometry.spacing_kji_mm
    count = len(image.array)
    for index, plane in enumerate(image.array):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        path = folder / f"IM{count - index:03d}.dcm"
        dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SpecificCharacterSet = "ISO_IR 100"
        dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, series
        dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = frame_of_reference, None
        for keyword, value in PATIENT.items():
            setattr(dataset, keyword, value)
        dataset.ReferringPhysicianName = None
        dataset.Modality, dataset.Manufacturer, dataset.InstitutionName = "MR", "Maker", "Klinik Köln"
        dataset.SeriesDescription, dataset.SeriesNumber, dataset.InstanceNumber = "LGE_SAX_PSIR", 12, index + 1
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
        dataset.ScanningSequence, dataset.SequenceVariant, dataset.ScanOptions = "IR", "SK", None
        dataset.MRAcquisitionType, dataset.EchoTime, dataset.EchoTrainLength = "2D", 1.2, 1
        position = lps @ image.geometry.index_to_ras((index, 0, 0))
        dataset.ImagePositionPatient = [f"{value:.6f}" for value in position]
        dataset.ImageOrientationPatient = [f"{value:.8f}" for value in (*axes[:, 0], *axes[:, 1])]
        dataset.PixelSpacing, dataset.SliceThickness = [row_mm, column_mm], slice_mm
        dataset.Rows, dataset.Columns = plane.shape
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
        dataset.PixelData = np.rint(plane.clip(0)).astype("<u2").tobytes()
        dataset.save_as(path, enforce_file_format=True)


STORED = {
    "as_it_is": ((0, 1, 2), (False, False, False)),
    "flipped": ((0, 1, 2), (True, False, True)),
    "slices_first": ((2, 0, 1), (False, False, False)),
    "slices_first_reversed": ((2, 1, 0), (True, True, False)),
}


def turned(study: Study, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> Study:
    """The same study stored with other axes; every voxel stays where it is in the patient."""
    result, image = study
    geometry = image.geometry.permuted(axes)
    matrix = np.array(geometry.ijk_to_ras)
    for axis in np.flatnonzero(flips):
        matrix[:3, 3] += matrix[:3, 2 - axis] * (geometry.shape_kji[axis] - 1)
        matrix[:3, 2 - axis] *= -1
    geometry = Geometry(geometry.shape_kji, matrix)
    arrays = [
        np.ascontiguousarray(np.flip(array.transpose(axes), np.flatnonzero(flips)))
        for array in (image.array, result.segmentation.array)
    ]
    stored = dataclasses.replace(result, segmentation=LabelMap(arrays[1], geometry), remote_mask=None)
    return stored, dataclasses.replace(image, array=arrays[0], geometry=geometry)


def exported(study: Study, folder: Path, review: Review | None = None) -> tuple[pydicom.Dataset, pydicom.Dataset]:
    write_dicom(*study, folder, review=review or Review())
    return hd.seg.segread(folder / SEGMENTATION_FILE), hd.sr.srread(folder / REPORT_FILE)
