"""`scarseg wall`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from ScarSegLogic.io.images import read_label_map, write_label_map
from ScarSegLogic.volume import LabelMap
from Testing.tests.atrium import LEFT, RIGHT, Atrium, grid

ATRIUM = Atrium(grid((2.5, 1.25, 1.25)), {"LSPV": LEFT, "RSPV": RIGHT})


@pytest.fixture
def cavity(tmp_path: Path) -> Path:
    """An oblique, anisotropic cavity on disk, values 0 and 255."""
    path = tmp_path / "laendo (1).nrrd"
    write_label_map(path, LabelMap(ATRIUM.cavity.astype(np.uint8) * 255, ATRIUM.geometry))
    return path


def expected(inner_mm: float, outer_mm: float) -> np.ndarray:
    """M of SCIENCE section 2 by scipy over the whole volume."""
    spacing = ATRIUM.geometry.spacing_kji_mm
    inside = ndimage.distance_transform_edt(ATRIUM.cavity, sampling=spacing)
    outside = ndimage.distance_transform_edt(~ATRIUM.cavity, sampling=spacing)
    return (inside <= inner_mm + 1e-3) & (outside <= outer_mm + 1e-3)


@pytest.mark.parametrize("thickness", [None, (0.0, 4.0), (1.5, 0.0)])
def test_the_wall_is_m_of_the_science_voxel_for_voxel(scarseg, cavity, tmp_path, thickness):
    out = tmp_path / "new folder" / "wall.nrrd"
    options = () if thickness is None else ("--inner-mm", thickness[0], "--outer-mm", thickness[1])
    outcome = scarseg("wall", cavity, "--out", out, *options)
    assert outcome.code == 0, outcome.err
    found = read_label_map(out)
    np.testing.assert_array_equal(found.array > 0, expected(*(thickness or (3.0, 2.5))))
    assert found.geometry.is_same_grid(ATRIUM.geometry)
    assert "ml written to" in outcome.out


def test_proposed_cuts_take_wall_away_and_are_told(scarseg, cavity, tmp_path):
    out = tmp_path / "wall.nrrd"
    outcome = scarseg("wall", cavity, "--out", out, "--exclude-proposed")
    assert outcome.code == 0, outcome.err
    found, whole = read_label_map(out).array > 0, expected(3.0, 2.5)
    assert not (found & ~whole).any()
    assert found.sum() < 0.9 * whole.sum()
    assert "left out behind mitral" in outcome.out


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((6, 20, 20)), "empty.nrrd (CAVITY): the cavity is empty: segment the left atrium's cavity first"),
        (np.ones((6, 20, 20)), "empty.nrrd (CAVITY): the cavity fills all 2400 voxels of the volume"),
    ],
)
def test_a_cavity_without_a_surface_is_refused(scarseg, tmp_path, array, sentence):
    path, out = tmp_path / "empty.nrrd", tmp_path / "wall.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(array.astype(np.uint8)), str(path))
    outcome = scarseg("wall", path, "--out", out)
    assert outcome.code == 1
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
    assert not out.exists()


def test_an_odd_cavity_gives_its_wall_and_is_told(scarseg, tmp_path):
    array = np.zeros((12, 24, 24), dtype=np.uint8)
    array[:8, 6:16, 6:16] = 1
    array[10, 20, 20] = 2
    path = tmp_path / "cavity.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
    outcome = scarseg("wall", path, "--out", tmp_path / "wall.nrrd", "--inner-mm", 8)
    assert outcome.code == 0, outcome.err
    for sentence in (
        "reaches the border of the volume (first slice)",
        "has 2 separate parts",
        "holds 2 different labels (1, 2)",
        "no more than the inner thickness of 8 mm",
    ):
        assert sentence in outcome.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--inner-mm", 0, "--outer-mm", 0), "0 mm thick on both sides"),
        (("--outer-mm", 11), "the outer thickness of the wall is 11.0 mm: expected 0 to 10 mm"),
        (("--inner-mm", "nan"), "the inner thickness of the wall is nan mm"),
    ],
)
def test_an_impossible_thickness_is_refused(scarseg, cavity, tmp_path, options, sentence):
    outcome = scarseg("wall", cavity, "--out", tmp_path / "wall.nrrd", *options)
    assert outcome.code == 1
    assert sentence in outcome.err
    assert not (tmp_path / "wall.nrrd").exists()


def test_the_cavity_is_never_replaced_by_its_wall(scarseg, cavity):
    before = cavity.read_bytes()
    outcome = scarseg("wall", cavity, "--out", cavity)
    assert outcome.code == 1
    assert "would replace its own cavity" in outcome.err
    assert cavity.read_bytes() == before
