"""What cannot be measured is refused in one sentence that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map, read_volume, write_label_map, write_volume
from ScarSegLogic.volume import LabelMap, Volume

FORMATS = [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"]


def test_a_folder_with_several_images_asks_for_one(tmp_path, volume):
    for name in ("a.nrrd", "b.nrrd"):
        write_volume(tmp_path / name, volume)

    with pytest.raises(ScarSegError, match=r"holds 2 images \(a\.nrrd, b\.nrrd"):
        read_volume(tmp_path)


def test_an_empty_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(ScarSegError, match=f"{tmp_path}: the folder holds no image"):
        read_volume(tmp_path)
    with pytest.raises(ScarSegError, match=r"gone\.nii: there is no such file"):
        read_volume(tmp_path / "gone.nii")


def test_choosing_a_series_or_phase_of_a_file_is_refused(tmp_path, volume):
    write_volume(tmp_path / "a.nrrd", volume)

    with pytest.raises(ScarSegError, match="only from DICOM"):
        read_volume(tmp_path / "a.nrrd", phase=2)


@pytest.mark.parametrize("name", ["cine.nii.gz", "cine.nrrd"])
def test_several_time_points_are_refused(tmp_path, volume, name):
    image = sitk.JoinSeries([sitk.GetImageFromArray(volume.array)] * 2)
    sitk.WriteImage(image, str(tmp_path / name))

    with pytest.raises(ScarSegError, match=rf"{name}: the image is 4D \(6 x 5 x 4 x 2\): expected 3D"):
        read_volume(tmp_path / name)


@pytest.mark.parametrize("name", ["flat.nii.gz", "flat.nrrd", "flat.mha"])
def test_a_2d_image_is_refused_with_the_reason(tmp_path, volume, name):
    sitk.WriteImage(sitk.GetImageFromArray(volume.array[0]), str(tmp_path / name))

    with pytest.raises(ScarSegError, match=r"the image is 2D \(6 x 5\): without slice spacing no volume"):
        read_volume(tmp_path / name)


def test_a_picture_is_refused(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((5, 6), dtype=np.uint8)), str(tmp_path / "slice.png"))

    with pytest.raises(ScarSegError, match=r"slice\.png: this is a 2D picture"):
        read_volume(tmp_path / "slice.png")


@pytest.mark.parametrize("name", ["colour.nii.gz", "colour.nrrd"])
def test_a_colour_image_is_refused(tmp_path, name):
    image = sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), dtype=np.uint8), isVector=True)
    sitk.WriteImage(image, str(tmp_path / name))

    with pytest.raises(ScarSegError, match="every voxel holds 3 values"):
        read_volume(tmp_path / name)


@pytest.mark.parametrize("name", [f"letter{suffix}" for suffix in FORMATS] + ["letter.txt", "letter"])
@pytest.mark.parametrize("content", [b"", b"Dear Sir or Madam, " * 40])
def test_a_file_that_is_no_image_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ScarSegError, match=r"letter.*: (not an? .*image|this is not an image)"):
        read_volume(tmp_path / name)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.995])
def test_a_truncated_file_is_refused(tmp_path, suffix, share, capfd):
    path = tmp_path / f"cut{suffix}"
    grid = Geometry.from_spacing((8, 32, 32), (8.0, 1.5, 1.5))
    write_volume(path, Volume(np.random.default_rng(0).normal(size=grid.shape_kji).astype(np.float32), grid))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(ScarSegError, match="truncated"):
        read_volume(path)
    assert "WARNING" not in capfd.readouterr().err


def test_a_missing_data_file_of_a_detached_header_is_refused(tmp_path, volume):
    write_volume(tmp_path / "study.mhd", volume)
    next(file for file in tmp_path.iterdir() if file.suffix != ".mhd").unlink()

    with pytest.raises(ScarSegError, match="its data file is missing"):
        read_volume(tmp_path / "study.mhd")


def test_a_damaged_compressed_file_is_refused_by_its_checksum(tmp_path, volume):
    path = tmp_path / "study.nii.gz"
    write_volume(path, volume)
    content = bytearray(path.read_bytes())
    content[-8:-4] = b"\1\2\3\4"
    path.write_bytes(content)

    with pytest.raises(ScarSegError, match=r"truncated or damaged.*CRC"):
        read_volume(path)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinite_intensities_are_counted_and_refused(tmp_path, volume, bad, suffix):
    array = volume.array.copy()
    array[1, 2, 3] = array[0, 0, 0] = bad
    path = tmp_path / f"nan{suffix}"
    write_volume(path, Volume(array, volume.geometry))

    with pytest.raises(ScarSegError, match=r"nan\..*: 2 of 120 intensities are NaN or infinite, expected finite"):
        read_volume(path)


def test_nan_in_a_label_map_is_refused_though_itk_would_read_background(tmp_path):
    labels = np.ones((2, 3, 4), dtype=np.float32)
    labels[1, 1, 1] = np.nan
    sitk.WriteImage(sitk.GetImageFromArray(labels), str(tmp_path / "labels.nii.gz"))

    with pytest.raises(ScarSegError, match=r"labels\.nii\.gz: 1 of 24 intensities are NaN"):
        read_label_map(tmp_path / "labels.nii.gz")


def test_constant_intensities_are_refused(tmp_path, volume):
    write_volume(tmp_path / "flat.nrrd", Volume(np.full_like(volume.array, 7), volume.geometry))

    with pytest.raises(ScarSegError, match="every intensity is 7"):
        read_volume(tmp_path / "flat.nrrd")


@pytest.mark.parametrize(
    ("spacings", "found"),
    [
        ("1 -1 3", "1 x -1 x 3"),
        ("1 1 800", "1 x 1 x 800"),
        ("0.001 0.001 0.008", "0.001 x 0.001 x 0.008"),
    ],
)
def test_spacing_no_scanner_has_is_refused(tmp_path, spacings, found):
    header = (
        f"NRRD0004\ntype: float\ndimension: 3\nsizes: 6 5 4\nspacings: {spacings}\nencoding: raw\nendian: little\n\n"
    )
    (tmp_path / "odd.nrrd").write_bytes(header.encode() + np.arange(120, dtype="<f4").tobytes())

    with pytest.raises(ScarSegError, match=rf"odd\.nrrd: the header gives a voxel spacing of {found} mm"):
        read_volume(tmp_path / "odd.nrrd")


def test_a_header_that_claims_12_gb_is_refused_before_anything_is_allocated(tmp_path):
    header = (
        "NRRD0004\ntype: float\ndimension: 3\nsizes: 30000 27000 4\nspacings: 1 1 8\nencoding: raw\nendian: little\n\n"
    )
    (tmp_path / "huge.nrrd").write_bytes(header.encode())

    with pytest.raises(ScarSegError, match=r"huge\.nrrd: the header claims 30000 x 27000 x 4 voxels, 12\.1 GB"):
        read_volume(tmp_path / "huge.nrrd")


@pytest.mark.parametrize(
    ("value", "message"), [(0.5, "holds fractions"), (np.nan, "holds fractions or NaN"), (-1, "from -1 to 0")]
)
def test_values_that_are_no_labels_are_refused(tmp_path, oblique_grid, value, message):
    array = np.zeros(oblique_grid.shape_kji, dtype=np.float32)
    array[2, 1, 1] = value
    write_volume(tmp_path / "labels.nrrd", Volume(array, oblique_grid))

    with pytest.raises(ScarSegError, match=message):
        read_label_map(tmp_path / "labels.nrrd")


def test_writing_an_unknown_format_lists_the_known_ones(tmp_path, volume):
    with pytest.raises(ScarSegError, match=r"study\.png: cannot be written, its name must end in one of \.nii\.gz"):
        write_volume(tmp_path / "study.png", volume)


def test_labels_too_large_to_be_written_are_refused(tmp_path, oblique_grid):
    with pytest.raises(ScarSegError, match="the highest is 70000"):
        write_label_map(tmp_path / "a.nrrd", LabelMap(np.full(oblique_grid.shape_kji, 70000), oblique_grid))
    assert not (tmp_path / "a.nrrd").exists()


def test_a_failed_write_leaves_the_earlier_file(tmp_path, volume, monkeypatch):
    path = tmp_path / "study.nrrd"
    write_volume(path, volume)
    before = path.read_bytes()

    def fail(_image: sitk.Image, target: str, **_options: object) -> None:
        Path(target).write_bytes(b"half")
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(sitk, "WriteImage", fail)
    with pytest.raises(ScarSegError, match="could not be written: the disk is full"):
        write_volume(path, volume)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
