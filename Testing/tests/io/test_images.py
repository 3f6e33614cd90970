"""Images and label maps through every format."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import SimpleITK as sitk

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map, read_volume, write_label_map, write_volume
from ScarSegLogic.volume import LabelMap, Volume

FORMATS = [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"]


def mirrored(grid: Geometry, axis: int) -> Geometry:
    """The grid after flipping the array along one axis: the same places, the other handedness."""
    matrix = grid.ijk_to_ras.copy()
    column = 2 - axis
    matrix[:3, 3] += matrix[:3, column] * (grid.shape_kji[axis] - 1)
    matrix[:3, column] *= -1
    return Geometry(grid.shape_kji, matrix)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("flip", [None, 0, 1, 2])
def test_a_volume_comes_back_as_it_was_written(tmp_path, volume, suffix, flip):
    grid = volume.geometry if flip is None else mirrored(volume.geometry, flip)

    write_volume(tmp_path / f"study{suffix}", Volume(volume.array, grid))
    read = read_volume(tmp_path / f"study{suffix}")

    assert read.array.dtype == np.float32
    assert np.array_equal(read.array, volume.array)
    assert read.geometry.ijk_to_ras == pytest.approx(grid.ijk_to_ras, abs=1e-4)
    assert read.name == "study"
    assert read.warnings == ()


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_voxel_lies_where_itk_puts_it(tmp_path, volume, suffix):
    path = tmp_path / f"study{suffix}"
    image = sitk.GetImageFromArray(volume.array)
    image.SetSpacing((1.25, 1.5, 8.0))
    image.SetDirection((0.6, -0.48, 0.64, 0.8, 0.36, -0.48, 0.0, 0.8, 0.6))
    image.SetOrigin((11.0, -22.0, 33.0))
    sitk.WriteImage(image, str(path))

    grid = read_volume(path).geometry

    for i, j, k in itertools.product((0, 5), (0, 4), (0, 3)):
        left, posterior, superior = image.TransformIndexToPhysicalPoint((i, j, k))
        assert grid.index_to_ras((k, j, i)) == pytest.approx((-left, -posterior, superior), abs=1e-3)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("highest", "dtype"), [(4, np.uint8), (2221, np.uint16)])
def test_a_label_map_comes_back_in_the_smallest_type(tmp_path, oblique_grid, suffix, highest, dtype):
    array = np.random.default_rng(0).choice([0, 1, highest], size=oblique_grid.shape_kji)

    write_label_map(tmp_path / f"labels{suffix}", LabelMap(array, oblique_grid))
    read = read_label_map(tmp_path / f"labels{suffix}")

    assert read.array.dtype == dtype
    assert np.array_equal(read.array, array)
    assert read.geometry.is_same_grid(oblique_grid)


def test_nrrd_and_compressed_nifti_are_written_compressed(tmp_path):
    grid = Geometry.from_spacing((20, 64, 64), (8.0, 1.5, 1.5))
    labels = LabelMap(np.zeros(grid.shape_kji, dtype=np.uint8), grid)

    for name in ("labels.nrrd", "labels.nii.gz", "labels.mha"):
        write_label_map(tmp_path / name, labels)
        assert (tmp_path / name).stat().st_size < labels.array.nbytes / 50


def test_a_sheared_grid_travels_by_nrrd_and_is_refused_elsewhere(tmp_path, volume):
    matrix = volume.geometry.ijk_to_ras.copy()
    matrix[:3, 2] += matrix[:3, 0]
    sheared = Volume(volume.array, Geometry(volume.geometry.shape_kji, matrix))

    write_volume(tmp_path / "sheared.nrrd", sheared)

    assert read_volume(tmp_path / "sheared.nrrd").geometry.ijk_to_ras == pytest.approx(matrix, abs=1e-4)
    for name in ("sheared.nii.gz", "sheared.mha"):
        with pytest.raises(ScarSegError, match=r"the grid is sheared, .* write \.nrrd instead"):
            write_volume(tmp_path / name, sheared)


def test_names_with_spaces_and_umlauts_are_read_and_written(tmp_path, volume):
    path = tmp_path / "Müller & Söhne – größer" / "späte Aufnahme 1.nii.gz"

    write_volume(path, volume)

    assert np.array_equal(read_volume(path).array, volume.array)


def test_a_folder_named_like_an_image_stands_for_the_file_in_it(tmp_path, volume):
    folder = tmp_path / "Case_P001.nii"
    write_volume(folder / "Case_P001.nii", volume)
    (folder / "notes.txt").write_bytes("âge: 61".encode("latin-1"))

    assert np.array_equal(read_volume(folder).array, volume.array)
    assert read_volume(folder).name == "Case_P001"


def test_a_single_time_point_of_a_4d_image_is_read_as_3d(tmp_path, volume):
    for name in ("one.nii.gz", "one.nrrd", "one.mha"):
        image = sitk.JoinSeries([sitk.GetImageFromArray(volume.array)])
        sitk.WriteImage(image, str(tmp_path / name))

        assert np.array_equal(read_volume(tmp_path / name).array, volume.array)


def test_labels_stored_as_floats_are_read_as_integers(tmp_path, oblique_grid):
    array = np.zeros(oblique_grid.shape_kji, dtype=np.float32)
    array[1] = 420.0001
    write_volume(tmp_path / "cavity.nii.gz", Volume(array, oblique_grid))

    labels = read_label_map(tmp_path / "cavity.nii.gz")

    assert labels.array.dtype == np.uint16
    assert set(np.unique(labels.array)) == {0, 420}


def test_an_empty_label_map_is_read_and_left_to_the_caller(tmp_path, oblique_grid):
    write_label_map(tmp_path / "empty.nrrd", LabelMap(np.zeros(oblique_grid.shape_kji, dtype=int), oblique_grid))

    assert not read_label_map(tmp_path / "empty.nrrd").array.any()
