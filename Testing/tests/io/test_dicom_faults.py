"""Series that are no complete even stack, and files that are damaged."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG2MPML

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom import list_series
from ScarSegLogic.io.images import read_label_map, read_volume

NUMBERS = (0, 1, 2, 3, 4)
OTHER_ORIENTATION = [1, 0, 0, 0, 0, -1]


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
