"""NIfTI headers as they are found, written by hand: ITK's own writer makes none of these faults."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.images import read_label_map, read_volume

PIXELS = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
RIGHT_SFORM = ((1.25, 0, 0, 10), (0, 1.5, 0, 20), (0, 0, 8, 30))
UNIT_SFORM = ((-1, 0, 0, 0), (0, -1, 0, 0), (0, 0, 1, 0))


@pytest.fixture
def write_nifti(tmp_path: Path) -> Callable[..., Path]:
    """Write 4 x 3 x 2 voxels of 1.25 x 1.5 x 8 mm (i, j, k) with the header fields given."""

    def write(
        name: str = "case.nii",
        *,
        order: str = "<",
        dim: tuple[int, ...] = (3, 4, 3, 2, 1, 1, 1, 1),
        pixdim: tuple[float, ...] = (1.0, 1.25, 1.5, 8.0),
        sform: tuple[tuple[float, ...], ...] | None = None,
        qform: tuple[float, ...] | None = None,
        units: int = 2,
        scale: tuple[float, float] = (0.0, 0.0),
        data_type: tuple[int, str] = (4, "i2"),
        voxels: np.ndarray = PIXELS,
    ) -> Path:
        raw = bytearray(352)
        struct.pack_into(order + "i", raw, 0, 348)
        struct.pack_into(order + "8h", raw, 40, *dim)
        code, kind = data_type
        struct.pack_into(order + "2h", raw, 70, code, 8 * np.dtype(kind).itemsize)
        struct.pack_into(order + "8f", raw, 76, *pixdim, 1, 1, 1, 1)
        struct.pack_into(order + "3f", raw, 108, 352, *scale)
        raw[123] = units
        struct.pack_into(order + "2h", raw, 252, 1 if qform else 0, 2 if sform else 0)
        struct.pack_into(order + "6f", raw, 256, *(qform or (0,) * 6))
        struct.pack_into(order + "12f", raw, 280, *np.ravel(sform if sform else np.zeros(12)))
        raw[344:348] = b"n+1\0"
        content = bytes(raw) + voxels.astype(order + kind).tobytes()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.mark.parametrize("name", ["case.nii", "case.nii.gz"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_sform_places_the_voxels_in_either_byte_order(write_nifti, name, order):
    volume = read_volume(write_nifti(name, order=order, sform=RIGHT_SFORM))

    assert np.array_equal(volume.array, PIXELS)
    # NIfTI's world is RAS, as Slicer's.
    assert volume.geometry.ijk_to_ras == pytest.approx(np.array([*RIGHT_SFORM, (0, 0, 0, 1)]))
    assert volume.warnings == ()


def test_a_qform_alone_places_the_voxels(write_nifti):
    quarter_turn = np.sqrt(0.5)  # (b, c, d) = (0, 0, sin 45): i runs along +y, j along -x

    volume = read_volume(write_nifti(qform=(0, 0, quarter_turn, 10, 20, 30)))

    expected = [[0, -1.5, 0, 10], [1.25, 0, 0, 20], [0, 0, 8, 30], [0, 0, 0, 1]]
    assert volume.geometry.ijk_to_ras == pytest.approx(np.array(expected), abs=1e-5)


def test_a_left_handed_qform_mirrors_the_slices(write_nifti):
    volume = read_volume(write_nifti(qform=(0, 0, 0, 10, 20, 30), pixdim=(-1.0, 1.25, 1.5, 8.0)))

    assert volume.geometry.ijk_to_ras == pytest.approx(
        np.array([[1.25, 0, 0, 10], [0, 1.5, 0, 20], [0, 0, -8, 30], [0, 0, 0, 1]])
    )


@pytest.mark.parametrize("read", [read_volume, read_label_map])
def test_an_sform_of_unit_columns_gives_way_to_pixdim_with_a_warning(write_nifti, read, capfd):
    image = read(write_nifti(sform=UNIT_SFORM))

    assert image.geometry.spacing_kji_mm == pytest.approx((8, 1.5, 1.25))
    assert image.geometry.voxel_volume_ml == pytest.approx(0.015)
    assert image.geometry.directions == pytest.approx(np.diag([-1, -1, 1]))
    assert image.warnings == (
        "case.nii: the sform disagrees with pixdim (1 x 1 x 1 mm against 1.25 x 1.5 x 8 mm); pixdim spacing used",
    )
    assert capfd.readouterr().err == ""


def test_a_header_without_orientation_is_read_with_a_warning(write_nifti):
    volume = read_volume(write_nifti())

    assert volume.geometry.spacing_kji_mm == pytest.approx((8, 1.5, 1.25))
    assert "no orientation" in volume.warnings[0]


def test_a_sheared_sform_is_refused(write_nifti):
    sheared = ((1.25, 0.7, 0, 0), (0, np.sqrt(1.5**2 - 0.7**2), 0, 0), (0, 0, 8, 0))

    with pytest.raises(ScarSegError, match=r"case\.nii: the axes of the sform are not at right angles"):
        read_volume(write_nifti(sform=sheared))


@pytest.mark.parametrize("wrong", [-8.0, 0.0, float("nan"), 150.0, 0.01])
@pytest.mark.parametrize("sform", [None, RIGHT_SFORM])
def test_a_pixdim_that_is_no_spacing_is_refused_though_itk_would_repair_it(write_nifti, wrong, sform):
    with pytest.raises(ScarSegError, match=rf"spacing of 1\.25 x 1\.5 x {wrong:g} mm, expected 0\.05 to 100 mm"):
        read_volume(write_nifti(pixdim=(1.0, 1.25, 1.5, wrong), sform=sform))


def test_metres_become_millimetres(write_nifti):
    volume = read_volume(write_nifti(pixdim=(1.0, 0.00125, 0.0015, 0.008), qform=(0, 0, 0, 0, 0, 0), units=1))

    assert volume.geometry.spacing_kji_mm == pytest.approx((8, 1.5, 1.25))


def test_slope_and_intercept_are_applied(write_nifti):
    assert np.array_equal(read_volume(write_nifti(sform=RIGHT_SFORM, scale=(2.0, -3.0))).array, PIXELS * 2 - 3)


def test_a_header_that_claims_12_gb_is_refused(write_nifti):
    with pytest.raises(ScarSegError, match=r"claims 30000 x 27000 x 4 voxels, 12\.1 GB, more than the 2 GB"):
        read_volume(write_nifti("case.nii.gz", dim=(3, 30000, 27000, 4, 1, 1, 1, 1)))


@pytest.mark.parametrize("dim", [(3, 4, 3, 0, 1, 1, 1, 1), (3, 4, -3, 2, 1, 1, 1, 1), (0, 1, 1, 1, 1, 1, 1, 1)])
def test_sizes_that_are_not_positive_are_refused(write_nifti, dim):
    with pytest.raises(ScarSegError, match=r"case\.nii: the NIfTI header gives the sizes"):
        read_volume(write_nifti(dim=dim))


def test_nifti_2_is_named(tmp_path):
    (tmp_path / "new.nii").write_bytes(struct.pack("<i", 540) + b"n+2\0\r\n\x1a\n" + bytes(600))

    with pytest.raises(ScarSegError, match=r"new\.nii: NIfTI-2 is not read"):
        read_volume(tmp_path / "new.nii")


@pytest.mark.parametrize("size", [100, 352, 380])
def test_the_bytes_found_and_promised_are_told(write_nifti, size):
    path = write_nifti()
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(ScarSegError, match=rf"case\.nii: .*truncated.*{size} bytes"):
        read_volume(path)


@pytest.mark.parametrize("name", ["case.nii", "case.nii.gz"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("data_type", [(16, "f4"), (64, "f8")])
def test_nan_is_found_wherever_it_lies_in_a_file_of_several_chunks(write_nifti, name, order, data_type):
    voxels = np.zeros((3, 300, 400))
    voxels[1] = 1.0
    file = {"order": order, "data_type": data_type, "dim": (3, 400, 300, 3, 1, 1, 1, 1), "sform": RIGHT_SFORM}

    assert np.array_equal(read_volume(write_nifti(name, voxels=voxels, **file)).array, voxels)
    voxels[0, 0, 0] = voxels[2, 299, 399] = np.nan
    voxels.flat[(1 << 20) // np.dtype(data_type[1]).itemsize] = -np.inf
    with pytest.raises(ScarSegError, match=r"3 of 360000 intensities are NaN or infinite"):
        read_volume(write_nifti(name, voxels=voxels, **file))
