"""Series written here, read back; where the voxels lie is asked of GDCM through SimpleITK."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG2MPML, RLELossless

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom import list_series
from ScarSegLogic.io.images import read_label_map, read_volume

NUMBERS = (0, 1, 2, 3, 4)
OTHER_ORIENTATION = [1, 0, 0, 0, 0, -1]


@pytest.fixture
def series(write_slice) -> Path:
    """Five slices, written in an order that neither names nor instance numbers reveal."""
    order = list(NUMBERS)
    random.Random(3).shuffle(order)
    for instance, number in enumerate(order):
        path = write_slice(
            f"IM{(number * 3) % 5}.dcm", number, InstanceNumber=instance, RescaleSlope=2, RescaleIntercept=-7
        )
    return path.parent


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


def test_a_missing_slice_names_its_neighbours(write_slice):
    for number in (0, 1, 3, 4):
        folder = write_slice(f"slice{number}.dcm", number).parent

    with pytest.raises(
        ScarSegError,
        match=r"slices are missing, 16\.00 mm between slice1\.dcm and slice3\.dcm, where the spacing is 8\.00 mm",
    ):
        read_volume(folder)


def test_a_missing_slice_among_three_is_found(write_slice):
    for number in (0, 1, 3):
        folder = write_slice(f"slice{number}.dcm", number).parent

    with pytest.raises(ScarSegError, match=r"slices are missing, 16\.00 mm between slice1\.dcm and slice3\.dcm"):
        read_volume(folder)


def test_uneven_gaps_name_the_files(write_slice):
    for number in (0, 1, 2.4, 3.4, 4.4):
        folder = write_slice(f"slice{number}.dcm", number).parent

    with pytest.raises(
        ScarSegError, match=r"gaps between slices are uneven, 11\.20 mm between slice1\.dcm and slice2\.4\.dcm"
    ):
        read_volume(folder)


def test_rounded_positions_count_as_even(write_slice):
    for number in (0, 1.004, 2, 2.996, 4):
        folder = write_slice(f"slice{number}.dcm", number).parent

    assert read_volume(folder).geometry.spacing_kji_mm[0] == pytest.approx(8, abs=1e-3)


def test_a_slice_stored_twice_names_both_files(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"slice{number}.dcm", number).parent
    (folder / "copy of slice2.dcm").write_bytes((folder / "slice2.dcm").read_bytes())

    with pytest.raises(
        ScarSegError, match=r"duplicate slices, 2 images .*: copy of slice2\.dcm, slice2\.dcm; keep one"
    ):
        read_volume(folder)


def test_a_repeated_acquisition_of_one_slice_is_a_duplicate(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"slice{number}.dcm", number, AcquisitionNumber=number).parent
    write_slice("again.dcm", 3, AcquisitionNumber=9)

    with pytest.raises(ScarSegError, match=r"duplicate slices, 1 of 5 places .*slice3\.dcm, again\.dcm"):
        read_volume(folder)


def test_mixed_orientations_name_the_odd_files(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"slice{number}.dcm", number).parent
    write_slice("long axis.dcm", 0, ImageOrientationPatient=OTHER_ORIENTATION)

    assert list_series(folder)[0].orientation == "mixed"
    with pytest.raises(ScarSegError, match=r"mixes 2 orientations, these differ from the other 5 .*: long axis\.dcm"):
        read_volume(folder)


def test_slices_of_another_size_are_named(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"slice{number}.dcm", number).parent
    write_slice("large.dcm", 5, pixels=np.zeros((6, 8), dtype=np.uint16))

    with pytest.raises(ScarSegError, match=r"differ in size .*large\.dcm"):
        read_volume(folder)


def test_slices_displaced_within_their_plane_are_refused(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"slice{number}.dcm", number).parent
    # 8 mm x 5 along the normal, and 3 mm along the row direction (0.6, 0.8, 0).
    write_slice("shifted.dcm", 5, ImagePositionPatient=[-50 + 25.6 + 1.8, 20 - 19.2 + 2.4, 10 + 24])

    with pytest.raises(ScarSegError, match=r"displaced within their plane, shifted\.dcm by 3\.0 mm"):
        read_volume(folder)


def test_an_orientation_that_is_no_rotation_is_refused(write_slice):
    for number in (0, 1):
        folder = write_slice(f"slice{number}.dcm", number, ImageOrientationPatient=[0, 0, 0, 0, 0, 0]).parent

    with pytest.raises(ScarSegError, match=r"slice\d\.dcm has an image orientation .* not two unit vectors"):
        read_volume(folder)


def test_absurd_pixel_spacing_is_refused(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"slice{number}.dcm", number, PixelSpacing=[0.0, 1.25]).parent

    with pytest.raises(ScarSegError, match=r"voxel spacing of 1\.25 x 0 x 8 mm"):
        read_volume(folder)


def test_a_single_slice_takes_its_thickness_and_says_so(write_slice):
    path = write_slice("only.dcm", 2)

    volume = read_volume(path.parent)

    assert volume.geometry.spacing_kji_mm == pytest.approx((6, 1.5, 1.25))
    assert volume.warnings == ("the series has one slice; its thickness of 6 mm is used as spacing",)


def test_a_single_slice_without_thickness_is_refused(write_slice):
    path = write_slice("only.dcm", 2, SliceThickness=None)

    with pytest.raises(ScarSegError, match=r"the only slice only\.dcm has no thickness"):
        read_volume(path.parent)


def test_the_only_lge_series_is_chosen_among_others(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"lge{number}.dcm", number).parent
        write_slice(f"cine{number}.dcm", number, SeriesInstanceUID="1.5", SeriesDescription="cine_tfi_SAX")
        write_slice(f"scout{number}.dcm", number, SeriesInstanceUID="1.6", SeriesDescription="TI_scout_IR")

    assert read_volume(folder).metadata["series_instance_uid"] == "1.2.3.4"
    assert [one.uid for one in list_series(folder)] == ["1.2.3.4", "1.5", "1.6"]
    assert [one.looks_like_lge for one in list_series(folder)] == [True, False, False]
    assert read_volume(folder, series_uid="1.5").warnings == ("the series 'cine_tfi_SAX' does not say that it is LGE",)


def test_two_lge_series_are_listed_for_a_choice(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"psir{number}.dcm", number, SeriesNumber=8).parent
    for number in (0, 1):
        write_slice(f"mag{number}.dcm", number, SeriesInstanceUID="1.5", SeriesDescription="DE_MAG 4ch", SeriesNumber=9)

    with pytest.raises(
        ScarSegError,
        match=r"2 series could be meant, choose one by its UID \(--series\): "
        r"1\.2\.3\.4 'LGE_SAX_PSIR', short axis, 5 slices; 1\.5 'DE_MAG 4ch', long axis, 2 slices",
    ):
        read_volume(folder)
    assert read_volume(folder, series_uid="1.5").array.shape == (2, 3, 4)


def test_an_unknown_series_lists_the_known_ones(series):
    with pytest.raises(ScarSegError, match=r"there is no series 1\.99: expected one of 1\.2\.3\.4 'LGE_SAX_PSIR'"):
        read_volume(series, series_uid="1.99")


def test_a_folder_of_localizers_is_not_read(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"{number}.dcm", number, SeriesDescription="fl2d localizer").parent
        write_slice(f"b{number}.dcm", number, SeriesInstanceUID="1.5", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])

    with pytest.raises(ScarSegError, match="only localizers were found"):
        read_volume(folder)


def test_an_inversion_recovery_series_without_a_description_looks_like_lge(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"{number}.dcm", number, SeriesDescription="", ScanningSequence=["GR", "IR"]).parent

    assert list_series(folder)[0].looks_like_lge


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("LGE SAX", True),
        ("DE_high-res_psir_tfi_sa", True),
        ("MDE short axis", True),
        ("2D viability", True),
        ("Delayed Enhancement", True),
        ("t2_stir_sa", False),
        ("MOLLI_T1 map post gado", False),
        ("Perfusion stress", False),
        ("Look-Locker IR", False),
        ("bSSFP cine LVSA", False),
        ("Femoral plate model", False),
    ],
)
def test_descriptions_are_told_apart(write_slice, description, expected):
    folder = write_slice("one.dcm", 0, SeriesDescription=description).parent

    assert list_series(folder)[0].looks_like_lge is expected


@pytest.mark.parametrize(
    ("orientation", "word"),
    [
        ([1, 0, 0, 0, 1, 0], "axial"),
        ([1, 0, 0, 0, 0, -1], "coronal"),
        ([0, 1, 0, 0, 0, -1], "sagittal"),
        ([0.707107, -0.707107, 0, 0.40825, 0.40825, -0.8165], "oblique"),
        # Row and column direction of the Sunnybrook short-axis series.
        ([-0.104592, 0.346381, -0.932245, -0.733192, -0.660188, -0.163037], "short axis"),
    ],
)
def test_orientation_is_named_by_the_normal_where_the_description_is_silent(write_slice, orientation, word):
    folder = write_slice("one.dcm", 0, SeriesDescription="DE", ImageOrientationPatient=orientation).parent

    assert list_series(folder)[0].orientation == word


def test_a_cine_series_asks_for_the_phase_and_reads_it(write_slice):
    for number, phase in itertools.product(NUMBERS, range(3)):
        # Trigger times drift from slice to slice, as the heart rate does.
        folder = write_slice(
            f"{number}_{phase}.dcm",
            number,
            pixels=np.full((3, 4), 10 * number + phase),
            TriggerTime=30 * (2 - phase) + number,
        ).parent

    with pytest.raises(
        ScarSegError,
        match=r"5 slices x 3 phases needs a choice, give --phase N with N of "
        r"1: trigger time \(ms\) 0\.0; 2: trigger time \(ms\) 30\.0; 3: trigger time \(ms\) 60\.0",
    ):
        read_volume(folder)
    # The earliest trigger time is phase 1 and was written as phase 2.
    assert read_volume(folder, phase=1).array[:, 0, 0].tolist() == [2, 12, 22, 32, 42]
    assert read_volume(folder, phase=3).array[:, 0, 0].tolist() == [0, 10, 20, 30, 40]
    with pytest.raises(ScarSegError, match=r"there is no phase 4: .* has the phases 1 to 3"):
        read_volume(folder, phase=4)


@pytest.mark.parametrize(
    ("keyword", "name"),
    [("TemporalPositionIdentifier", "temporal position"), ("AcquisitionNumber", "acquisition")],
)
def test_phases_are_told_apart_by_whatever_differs(write_slice, keyword, name):
    for number, phase in itertools.product(NUMBERS, (1, 2)):
        folder = write_slice(f"{number}_{phase}.dcm", number, **{keyword: phase}).parent

    series = list_series(folder)[0]

    assert (series.slice_count, series.phases) == (5, 2)
    assert series.phase_names == (f"{name} 1", f"{name} 2")


def test_magnitude_and_phase_sensitive_images_in_one_series_are_two_phases(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"{number}_m.dcm", number, ImageType=["ORIGINAL", "PRIMARY", "M_IR"]).parent
        write_slice(f"{number}_r.dcm", number, ImageType=["ORIGINAL", "PRIMARY", "R_IR"])

    assert list_series(folder)[0].phase_names == (
        "image type ORIGINAL/PRIMARY/M_IR",
        "image type ORIGINAL/PRIMARY/R_IR",
    )
    assert read_volume(folder, phase=2).metadata["is_magnitude"] == "false"


def test_an_image_missing_from_one_phase_is_reported(write_slice):
    for number, phase in itertools.product(NUMBERS, (1, 2, 3)):
        folder = write_slice(f"{number}_{phase}.dcm", number, TemporalPositionIdentifier=phase).parent
    (folder / "2_3.dcm").unlink()

    with pytest.raises(ScarSegError, match=r"missing images, 1 of 5 slice places hold fewer than 3 phases, beside 2_1"):
        read_volume(folder, phase=1)


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

    with pytest.raises(ScarSegError, match=r"3 slices x 2 phases needs a choice"):
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


def test_a_compression_without_decoder_is_named(write_slice):
    path = write_slice("0.dcm", 0)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([b"not a film"])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    dataset.save_as(path)

    with pytest.raises(
        ScarSegError, match=r"0\.dcm: the pixels are compressed as MPEG2 .* export the series uncompressed"
    ):
        read_volume(path)


def test_a_truncated_slice_is_named(write_slice):
    for number in NUMBERS:
        path = write_slice(f"{number}.dcm", number)
    path.write_bytes(path.read_bytes()[:-10])

    with pytest.raises(ScarSegError, match=r"4\.dcm: the pixel data is truncated"):
        read_volume(path.parent)


def test_a_file_cut_within_its_header_is_named_and_not_dropped(write_slice):
    for number in NUMBERS:
        path = write_slice(f"{number}.dcm", number)
    path.write_bytes(path.read_bytes()[:420])

    with pytest.raises(ScarSegError, match=r"4\.dcm: the DICOM header cannot be read"):
        read_volume(path.parent)


def test_constant_and_inverted_images_are_refused(write_slice):
    path = write_slice("0.dcm", 0, pixels=np.full((3, 4), 7))
    with pytest.raises(ScarSegError, match="every intensity is 7"):
        read_volume(path)

    path = write_slice("0.dcm", 0, PhotometricInterpretation="MONOCHROME1")
    with pytest.raises(ScarSegError, match="stored inverted"):
        read_volume(path)


def test_a_header_that_claims_12_gb_is_refused(write_slice):
    for number in NUMBERS:
        folder = write_slice(f"{number}.dcm", number, Rows=30000, Columns=21000).parent

    with pytest.raises(ScarSegError, match=r"claims 21000 x 30000 x 5 voxels, 11\.7 GB"):
        read_volume(folder)


def test_a_dicom_folder_is_no_label_map(series):
    with pytest.raises(ScarSegError, match="a label map is expected as one file"):
        read_label_map(series)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ScarSegError, match="there is no such folder"):
        list_series(tmp_path / "gone")
