"""Which study SEG and SR belong to: that of the images, or a series derived from the volume."""

from __future__ import annotations

import dataclasses

import numpy as np
import pydicom
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_volume
from ScarSegLogic.report.dicom_export import IMAGE_FOLDER, write_dicom
from ScarSegLogic.report.review import Review
from ScarSegLogic.volume import LabelMap
from Testing.tests.report.dicom_study import PATIENT, STORED, exported, turned


def test_both_objects_join_the_study_of_a_dicom_volume(a_dicom_study, tmp_path):
    (tmp_path / "out").mkdir()
    seg, report = exported(a_dicom_study, tmp_path / "out")
    assert not (tmp_path / "out" / IMAGE_FOLDER).exists()
    sources = [pydicom.dcmread(path) for path in a_dicom_study[1].source_files]
    for dataset in (seg, report):
        assert dataset.StudyInstanceUID == sources[0].StudyInstanceUID
        assert dataset.SeriesInstanceUID != sources[0].SeriesInstanceUID
        for keyword, value in PATIENT.items():
            assert dataset.get(keyword) == value
    assert seg.FrameOfReferenceUID == sources[0].FrameOfReferenceUID
    used = {str(source.SOPInstanceUID) for source in sources}
    assert referenced(seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == used
    evidence = {
        uid
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for uid in referenced(series.ReferencedSOPSequence)
    }
    assert evidence == used | {str(seg.SOPInstanceUID)}


def referenced(sequence) -> set[str]:
    return {str(item.ReferencedSOPInstanceUID) for item in sequence}


def test_each_frame_names_the_image_it_lies_on(a_dicom_study, tmp_path):
    (tmp_path / "out").mkdir()
    seg, _ = exported(a_dicom_study, tmp_path / "out")
    positions = {
        str(source.SOPInstanceUID): np.array(source.ImagePositionPatient, dtype=float)
        for source in map(pydicom.dcmread, a_dicom_study[1].source_files)
    }
    for frame in seg.PerFrameFunctionalGroupsSequence:
        source = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        place = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        assert np.abs(positions[source] - place).max() < 0.01


def test_a_volume_that_was_moved_since_it_was_read_is_refused(a_dicom_study, tmp_path):
    result, image = a_dicom_study
    matrix = np.array(image.geometry.ijk_to_ras)
    matrix[:3, 3] += 3.0
    moved = Geometry(image.geometry.shape_kji, matrix)
    result = dataclasses.replace(result, segmentation=LabelMap(result.segmentation.array, moved))
    with pytest.raises(ScarSegError, match="does not lie where its DICOM images do, it was moved or resampled"):
        write_dicom(result, dataclasses.replace(image, geometry=moved), tmp_path, review=Review())


def test_a_source_image_that_is_gone_is_named(a_dicom_study, tmp_path):
    result, image = a_dicom_study
    image.source_files[2].unlink()
    with pytest.raises(ScarSegError, match="is not there any more: load the study again"):
        write_dicom(result, image, tmp_path, review=Review())


def test_a_sheared_grid_is_refused(a_study, tmp_path):
    result, image = a_study
    matrix = np.array(image.geometry.ijk_to_ras)
    matrix[:3, 0] += 0.2 * matrix[:3, 1]
    sheared = Geometry(image.geometry.shape_kji, matrix)
    result = dataclasses.replace(result, segmentation=LabelMap(result.segmentation.array, sheared))
    with pytest.raises(ScarSegError, match="is sheared, which DICOM cannot carry"):
        write_dicom(result, dataclasses.replace(image, geometry=sheared), tmp_path, review=Review())


@pytest.mark.parametrize("how", STORED)
def test_the_series_derived_from_a_volume_shows_the_volume(a_study, tmp_path, how):
    _, image = study = turned(a_study, *STORED[how])
    exported(study, tmp_path)
    read = read_volume(tmp_path / IMAGE_FOLDER)
    step = (image.array.max() - image.array.min()) / 65535
    places = read.geometry.index_to_ras(np.argwhere(np.ones(read.array.shape, dtype=bool)))
    indices = np.rint(image.geometry.ras_to_index(places)).astype(int)
    assert np.abs(image.geometry.index_to_ras(indices) - places).max() < 1e-3
    assert np.abs(image.array[tuple(indices.T)] - read.array.ravel()).max() <= step


def test_a_derived_series_of_whole_numbers_is_exact_and_the_same_each_time(a_study, tmp_path):
    result, image = a_study
    whole = dataclasses.replace(image, array=np.rint(image.array) - 100)
    studies = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        seg, _ = exported((result, whole), folder)
        studies.append((seg.StudyInstanceUID, seg.FrameOfReferenceUID))
        assert set(np.unique(read_volume(folder / IMAGE_FOLDER).array)) == set(np.unique(whole.array))
    assert studies[0] == studies[1]
