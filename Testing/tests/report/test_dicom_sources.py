"""Source images as they occur: bare headers, enhanced multi-frame files, single slices, parts of series."""

from __future__ import annotations

import copy
import dataclasses
import shutil
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_volume
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.report.dicom_export import REPORT_FILE, SEGMENTATION_FILE, write_dicom
from ScarSegLogic.report.review import Review
from ScarSegLogic.volume import Volume
from Testing.tests.report.dicom_study import write_mr_series

SUNNYBROOK = Path(__file__).resolve().parents[4] / "shared" / "data" / "sunnybrook"
OBLIQUE = np.array([[0.6, -0.48, 0.64], [0.8, 0.36, -0.48], [0.0, 0.8, 0.6]])


def a_volume(slices: int) -> Volume:
    """Rings of bright wall on an oblique grid."""
    geometry = Geometry.from_spacing(
        (slices, 40, 44), (8.0, 1.5, 1.25), directions=OBLIQUE, origin_ras_mm=(-30, 12, 99)
    )
    pixels = np.random.default_rng(1).normal(100, 10, geometry.shape_kji)
    pixels[ring(geometry.shape_kji) & (np.arange(44) > 28)] += 300
    return Volume(np.rint(pixels).astype(np.float32), geometry)


def ring(shape: tuple[int, ...]) -> np.ndarray:
    rows, columns = np.meshgrid(np.arange(40) - 20, np.arange(44) - 22, indexing="ij")
    radius = np.hypot(rows * 1.5, columns * 1.25)
    return np.broadcast_to((radius >= 10) & (radius < 18), shape)


def export(image: Volume, folder: Path):
    wall = ring(image.array.shape)
    request = LVRequest(method=ScarMethod.MANUAL, manual_threshold=250)
    result = quantify_lv(image, np.zeros_like(wall), wall, request)
    folder.mkdir()
    write_dicom(result, image, folder, review=Review())
    return result, hd.seg.segread(folder / SEGMENTATION_FILE), hd.sr.srread(folder / REPORT_FILE)


def wall_of(seg) -> np.ndarray:
    return seg.get_volume(combine_segments=False).array[..., 0] > 0


@pytest.fixture
def rewrite(tmp_path):
    """A series of five slices on disk, each header changed by a function, if there is one."""

    def run(change=None, slices: int = 5) -> Volume:
        write_mr_series(a_volume(slices), tmp_path / "study")
        for path in (tmp_path / "study").iterdir():
            dataset = pydicom.dcmread(path)
            if change is not None:
                change(dataset)
            dataset.save_as(path)
        return read_volume(tmp_path / "study")

    return run


def test_headers_without_patient_and_frame_of_reference_are_filled_with_nothing(rewrite, tmp_path):
    def strip(dataset: Dataset) -> None:
        for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
            del dataset[keyword]
        for keyword in ("StudyDate", "StudyTime", "ReferringPhysicianName", "FrameOfReferenceUID"):
            del dataset[keyword]

    image = rewrite(strip)
    _, seg, report = export(image, tmp_path / "out")
    assert (seg.PatientID, report.PatientID) == ("", "")
    assert seg.FrameOfReferenceUID.startswith("2.25.")
    np.testing.assert_array_equal(wall_of(seg), ring(image.array.shape))


def test_slices_that_an_anonymiser_gave_a_frame_of_reference_each_share_one(rewrite, tmp_path):
    def scatter(dataset: Dataset) -> None:
        dataset.FrameOfReferenceUID = f"1.2.3.{dataset.InstanceNumber}"

    image = rewrite(scatter)
    _, seg, report = export(image, tmp_path / "out")
    assert seg.FrameOfReferenceUID.startswith("2.25.")
    assert report.SOPInstanceUID
    np.testing.assert_array_equal(wall_of(seg), ring(image.array.shape))


@pytest.mark.real_data
def test_a_real_anonymised_series_gets_its_segmentation_and_report(tmp_path):
    """Sunnybrook's UIDs have leading zeros, its dates are no dates, each of its slices has a frame of its own."""
    if not SUNNYBROOK.is_dir():
        pytest.skip(f"no real data at {SUNNYBROOK}")
    image = read_volume(SUNNYBROOK / "SCD0000101_ED")
    wall = np.zeros(image.array.shape, bool)
    wall[3:8, 120:140, 120:140] = True
    result = quantify_lv(image, np.zeros_like(wall), wall, LVRequest(method=ScarMethod.MANUAL, manual_threshold=1))
    write_dicom(result, image, tmp_path, review=Review())
    seg = hd.seg.segread(tmp_path / SEGMENTATION_FILE)
    # Slices without a segment have no frame.
    np.testing.assert_array_equal(wall_of(seg), wall[3:8])


def test_one_slice_is_enough(rewrite, tmp_path):
    _, seg, _ = export(rewrite(slices=1), tmp_path / "out")
    np.testing.assert_array_equal(wall_of(seg), ring((1, 40, 44)))


def test_an_enhanced_file_is_one_source_whose_frames_are_named(tmp_path):
    image = a_volume(5)
    path = tmp_path / "enhanced.dcm"
    write_enhanced([image], path)
    read = read_volume(path)
    _, seg, _ = export(read, tmp_path / "out")
    np.testing.assert_array_equal(wall_of(seg), ring(image.array.shape))
    source = pydicom.dcmread(path)
    assert seg.StudyInstanceUID == source.StudyInstanceUID
    named = {
        int(frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber)
        for frame in seg.PerFrameFunctionalGroupsSequence
    }
    assert named == {1, 2, 3, 4, 5}


def with_brightness(image: Volume, factor: float) -> Volume:
    return dataclasses.replace(image, array=np.rint(image.array * factor))


def frames_named_in(seg) -> list[list[int]]:
    derivations = [frame.DerivationImageSequence[0] for frame in seg.PerFrameFunctionalGroupsSequence]
    return [[int(source.ReferencedFrameNumber) for source in each.SourceImageSequence] for each in derivations]


@pytest.mark.parametrize("phase", [1, 2])
def test_of_several_phases_in_an_enhanced_file_the_frames_of_the_volume_are_named(tmp_path, phase):
    image = a_volume(5)
    path = tmp_path / "enhanced.dcm"
    write_enhanced([image, with_brightness(image, 2)], path)
    read = read_volume(path, phase=phase)
    _, seg, report = export(read, tmp_path / "out")
    np.testing.assert_array_equal(wall_of(seg), ring(image.array.shape))
    right = [phase, phase + 2, phase + 4, phase + 6, phase + 8]
    named = frames_named_in(seg)
    assert all(len(each) == 1 for each in named)
    assert sorted({each[0] for each in named}) == right
    groups = report.content.get_image_measurement_groups()
    assert groups
    for group in groups:
        assert [list(source.referenced_frame_numbers) for source in group.source_images] == [right]


def test_several_multi_frame_files_are_refused_with_what_to_do(tmp_path):
    image = a_volume(5)
    halves = []
    for number, (start, stop) in enumerate(((0, 3), (3, 5))):
        matrix = np.array(image.geometry.ijk_to_ras)
        matrix[:3, 3] += start * matrix[:3, 2]
        half = Volume(image.array[start:stop], Geometry((stop - start, 40, 44), matrix))
        halves.append(tmp_path / f"{number}.dcm")
        write_enhanced([half], halves[-1])
    first = pydicom.dcmread(halves[0])
    second = pydicom.dcmread(halves[1])
    second.StudyInstanceUID, second.SeriesInstanceUID = first.StudyInstanceUID, first.SeriesInstanceUID
    second.save_as(halves[1])
    read = dataclasses.replace(image, source_files=tuple(halves))
    with pytest.raises(ScarSegError, match="spread over 2 multi-frame DICOM files"):
        export(read, tmp_path / "out")


def test_images_of_slices_that_the_volume_does_not_hold_are_not_referred_to(rewrite, tmp_path):
    whole = rewrite()
    matrix = np.array(whole.geometry.ijk_to_ras)
    matrix[:3, 3] += matrix[:3, 2]
    part = dataclasses.replace(whole, array=whole.array[1:4], geometry=Geometry((3, 40, 44), matrix))
    _, seg, _ = export(part, tmp_path / "out")
    assert len(seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == 3


def test_a_volume_on_a_finer_grid_than_its_images_is_refused(rewrite, tmp_path):
    read = rewrite()
    geometry = Geometry.from_spacing(
        (5, 40, 44),
        (7.0, 1.5, 1.25),
        directions=read.geometry.directions,
        origin_ras_mm=read.geometry.index_to_ras((0, 0, 0)),
    )
    with pytest.raises(ScarSegError, match="it was moved or resampled"):
        export(dataclasses.replace(read, geometry=geometry), tmp_path / "out")


def test_files_of_another_study_than_the_volume_was_read_from_are_refused(rewrite, tmp_path):
    read = rewrite()
    metadata = {**read.metadata, "study_instance_uid": "1.2.3"}
    with pytest.raises(ScarSegError, match="changed since it was read"):
        export(dataclasses.replace(read, metadata=metadata), tmp_path / "out")


def write_enhanced(phases: list[Volume], path: Path) -> None:
    """The slices of each phase as one enhanced MR file, phases of a slice side by side, headers from classic series."""
    files = []
    for number, image in enumerate(phases, start=1):
        folder = path.parent / f"classic{number}"
        write_mr_series(image, folder)
        read = sorted((pydicom.dcmread(file) for file in folder.iterdir()), key=lambda file: int(file.InstanceNumber))
        files.append(read)
        shutil.rmtree(folder)
    enhanced = copy.deepcopy(files[0][0])
    enhanced.SOPClassUID = enhanced.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    enhanced.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=enhanced.PixelSpacing, SliceThickness=enhanced.SliceThickness)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=enhanced.ImageOrientationPatient)],
        )
    ]
    frames = [(phase, file) for place in zip(*files, strict=True) for phase, file in enumerate(place, start=1)]
    enhanced.NumberOfFrames = len(frames)
    enhanced.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=file.ImagePositionPatient)],
            FrameContentSequence=[item(TemporalPositionIndex=phase)],
        )
        for phase, file in frames
    ]
    enhanced.PixelData = b"".join(file.PixelData for _, file in frames)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        delattr(enhanced, keyword)
    enhanced.save_as(path)


def item(**entries: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in entries.items():
        setattr(dataset, keyword, value)
    return dataset
