"""Series written here, read back; where the voxels lie is asked of GDCM through SimpleITK."""

from __future__ import annotations

import itertools

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import RLELossless

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom import list_series
from ScarSegLogic.io.images import read_volume

NUMBERS = (0, 1, 2, 3, 4)


def expected_pixels() -> np.ndarray:
    k, j, i = np.meshgrid(NUMBERS, range(3), range(4), indexing="ij")
    return (100 * k + 10 * j + i) * 2.0 - 7.0


def test_slices_are_sorted_along_the_normal_and_rescaled(series):
    volume = read_volume(series)

    assert volume.array.dtype == np.float32
    assert np.array_equal(volume.array, expected_pixels())
    assert volume.geometry.spacing_kji_mm == pytest.approx((8, 1.5, 1.25), abs=1e-4)
    assert volume.warnings == ()


def test_every_voxel_lies_where_gdcm_puts_it(series):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(series)))
    image = reader.Execute()

    volume = read_volume(series)

    for i, j, k in itertools.product((0, 3), (0, 2), (0, 2, 4)):
        left, posterior, superior = image.TransformIndexToPhysicalPoint((i, j, k))
        assert volume.geometry.index_to_ras((k, j, i)) == pytest.approx((-left, -posterior, superior), abs=1e-3)
        assert volume.array[k, j, i] == image.GetPixel((i, j, k))


def test_one_file_stands_for_its_series_even_without_a_suffix(series):
    file = next(series.iterdir())
    plain = file.rename(series / "IM_plain")

    assert np.array_equal(read_volume(plain).array, expected_pixels())


def test_facts_of_the_series_are_kept_and_the_patient_is_not(series):
    volume = read_volume(series)

    assert volume.metadata == {
        "image_type": "ORIGINAL/PRIMARY/M/ND",
        "series_description": "LGE_SAX_PSIR",
        "study_instance_uid": "1.2.3",
        "series_instance_uid": "1.2.3.4",
        "is_magnitude": "false",  # -7 lies below zero
    }
    assert "Erika" not in repr(volume)
    assert "4711" not in repr(volume)
    assert "4711" not in repr(list_series(series)[0].frames)


@pytest.mark.parametrize(
    ("image_type", "expected"),
    [
        (["ORIGINAL", "PRIMARY", "M", "ND"], "true"),
        (["ORIGINAL", "PRIMARY", "M_IR", "M", "IR"], "true"),
        (["ORIGINAL", "PRIMARY", "P", "ND"], "false"),
        (["ORIGINAL", "PRIMARY", "R_IR", "R", "IR"], "false"),
        (["ORIGINAL", "PRIMARY", "OTHER"], None),
        (["DERIVED", "SECONDARY"], None),
    ],
)
def test_magnitude_is_said_only_where_the_image_type_says_it(write_slice, image_type, expected):
    for number in NUMBERS:
        folder = write_slice(f"{number}.dcm", number, ImageType=image_type).parent

    assert read_volume(folder).metadata.get("is_magnitude") == expected


def test_subfolders_and_files_that_are_no_images_do_not_disturb(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"S{number}", number).parent
    (folder / "readme.txt").write_text("exported on Monday")
    (folder / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    (folder / "sub").mkdir()
    (folder / "S2").rename(folder / "sub" / "S2")
    write_slice("report.dcm", 0, Modality="SR", SeriesInstanceUID="1.9", Rows=None, Columns=None)
    write_slice("capture.dcm", 0, SeriesInstanceUID="1.8", ImagePositionPatient=None)
    write_slice("colour.dcm", 0, SeriesInstanceUID="1.7", SamplesPerPixel=3)

    assert read_volume(folder).array.shape == (5, 3, 4)
    assert [one.uid for one in list_series(folder)] == ["1.2.3.4"]


def test_an_enhanced_multi_frame_file_is_read_by_its_functional_groups(write_enhanced):
    path = write_enhanced([2, 0, 3, 1])

    for source in (path, path.parent):
        volume = read_volume(source)

        assert volume.array[:, 0, 0].tolist() == [-5, 195, 395, 595]
        assert volume.geometry.spacing_kji_mm == pytest.approx((8, 1.5, 1.25), abs=1e-4)
        assert volume.geometry.index_to_ras((0, 0, 0)) == pytest.approx((0, 0, 0))
        assert volume.geometry.index_to_ras((1, 0, 0)) == pytest.approx((-5.12, 3.84, 4.8), abs=1e-3)
        assert volume.metadata["image_type"] == "ORIGINAL/PRIMARY/DELAYED_ENH/NONE/MAGNITUDE"


def test_the_phases_of_an_enhanced_file_are_asked_for(write_enhanced):
    folder = write_enhanced([0, 1, 2, 0, 1, 2], triggers=[0, 0, 0, 40, 40, 40]).parent

    with pytest.raises(ScarSegError, match=r"3 slices x 2 phases holds several images of every slice"):
        read_volume(folder)
    assert read_volume(folder, phase=2).array.shape == (3, 3, 4)


def test_a_missing_frame_is_named_by_file_and_number(write_enhanced):
    folder = write_enhanced([0, 1, 2, 4]).parent

    with pytest.raises(ScarSegError, match=r"between enhanced\.dcm frame 3 and enhanced\.dcm frame 4"):
        read_volume(folder)


def test_an_empty_per_frame_sequence_in_a_classic_file_is_ignored(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"{number}.dcm", number, PerFrameFunctionalGroupsSequence=[]).parent

    assert read_volume(folder).array.shape == (5, 3, 4)


def test_wrong_uids_and_dates_raise_neither_errors_nor_warnings(write_slice, recwarn, capfd):
    for number in NUMBERS:
        path = write_slice(f"{number}.dcm", number)
        content = path.read_bytes().replace(b"1.2.3.4\0", b"1.2.03.4")
        path.write_bytes(content)

    volume = read_volume(path.parent)

    assert volume.metadata["series_instance_uid"] == "1.2.03.4"
    assert [str(one.message) for one in recwarn] == []
    assert capfd.readouterr() == ("", "")


def test_a_compressed_series_is_read(write_slice):
    for number in NUMBERS:
        path = write_slice(f"{number}.dcm", number)
        dataset = pydicom.dcmread(path)
        dataset.compress(RLELossless)
        dataset.save_as(path)

    assert read_volume(path.parent).array[4, 2, 3] == 423
