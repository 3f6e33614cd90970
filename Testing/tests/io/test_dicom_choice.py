"""Which series of a folder is read, and which phase of it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom import list_series
from ScarSegLogic.io.images import read_volume

NUMBERS = (0, 1, 2, 3, 4)


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
        match=r"5 slices x 3 phases holds several images of every slice, choose one with --phase N "
        r"\(1: trigger time \(ms\) 0\.0; 2: trigger time \(ms\) 30\.0; 3: trigger time \(ms\) 60\.0",
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


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ScarSegError, match="there is no such folder"):
        list_series(tmp_path / "gone")
