import hashlib
import json

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR, heart_masks
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom, truth_to_json
from ScarSegLogic.phantom.rings import full_ring_slices


@pytest.fixture(scope="module")
def some_phantoms():
    return [make_lv_phantom(LVPhantomConfig(seed)) for seed in range(12)]


def digest(phantom) -> str:
    arrays = [phantom.image.array, phantom.labels.array, phantom.insertions_kji, phantom.image.geometry.ijk_to_ras]
    arrays += [observer.array for observer in phantom.observers]
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


@pytest.mark.parametrize("tier", [None, "hard"])
def test_same_seed_same_bytes_and_another_seed_other_bytes(tier):
    first, again = (make_lv_phantom(LVPhantomConfig(7, tier=tier)) for _ in range(2))
    assert digest(first) == digest(again)
    assert first.truth == again.truth
    assert digest(first) != digest(make_lv_phantom(LVPhantomConfig(8, tier=tier)))


def test_another_contrast_keeps_heart_and_grid():
    magnitude, psir = (make_lv_phantom(LVPhantomConfig(9, contrast=name)) for name in ("magnitude", "psir"))
    assert np.array_equal(magnitude.labels.array, psir.labels.array)
    assert magnitude.image.geometry == psir.image.geometry
    assert magnitude.image.array.min() >= 0.0
    # The PSIR's air lies on its offset, the magnitude's near nought.
    assert np.median(psir.image.array) > 1800.0


def test_image_and_labels_have_the_promised_types(some_phantoms):
    for phantom in some_phantoms:
        assert phantom.image.array.dtype == np.float32
        assert phantom.labels.array.dtype == np.uint8
        assert np.isfinite(phantom.image.array).all()
        assert phantom.labels.geometry == phantom.image.geometry
        assert len(phantom.observers) == 3
        assert {1, 2} <= set(np.unique(phantom.labels.array)) <= {0, 1, 2, 3, 4}


def test_labels_read_as_a_heart_of_the_projects_convention(some_phantoms):
    for phantom in some_phantoms:
        masks = heart_masks(phantom.labels, "emidec")
        assert masks.cavity.any()
        assert masks.myocardium.any()


def test_grids_are_oblique_right_handed_and_across_the_long_axis(some_phantoms):
    senses = set()
    for phantom in some_phantoms:
        geometry = phantom.image.geometry
        axes = geometry.directions
        np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-9)
        assert np.linalg.det(axes) == pytest.approx(1.0)
        assert np.abs(axes).max() < 0.9999
        along = float(axes[:, 2] @ np.array(phantom.truth.shape.base_to_apex_ras))
        assert abs(along) == pytest.approx(1.0)
        senses.add(round(along))
        spacing = geometry.spacing_kji_mm
        assert 8.0 <= spacing[0] <= 10.0
        assert 1.2 - 1e-9 <= spacing[1] <= 1.8 + 1e-9
        assert 9 <= geometry.shape_kji[0] <= 13
    assert senses == {-1, 1}


def test_the_apex_is_where_the_axis_says(some_phantoms):
    for phantom in some_phantoms:
        areas = (phantom.labels.array > 0).sum(axis=(1, 2))
        rings = np.flatnonzero(full_ring_slices(phantom.labels.array))
        centres = phantom.image.geometry.index_to_ras(np.stack([rings, 0 * rings, 0 * rings], axis=1))
        heights = centres @ np.array(phantom.truth.shape.base_to_apex_ras)
        assert areas[rings[np.argmax(heights)]] < 0.6 * areas[rings].max()


def test_labelled_volumes_agree_with_the_truth_within_voxelisation(some_phantoms):
    for phantom in some_phantoms:
        labels, volumes = phantom.labels.array, phantom.truth.volumes
        voxel_ml = phantom.labels.geometry.voxel_volume_ml
        assert (labels == CAVITY).sum() * voxel_ml == pytest.approx(volumes.cavity_volume_ml, rel=0.015)
        assert (labels >= MYOCARDIUM).sum() * voxel_ml == pytest.approx(volumes.myocardium_volume_ml, rel=0.02)
        burden = 100.0 * (labels >= SCAR).sum() / (labels >= MYOCARDIUM).sum()
        assert burden == pytest.approx(volumes.scar_fraction_percent, abs=0.5)
        assert (labels == MVO).sum() * voxel_ml == pytest.approx(volumes.mvo_volume_ml, abs=0.3)


def test_the_truth_adds_up(some_phantoms):
    for phantom in some_phantoms:
        volumes, slices = phantom.truth.volumes, phantom.truth.shape.slices
        assert volumes.infarct_volume_ml == pytest.approx(volumes.scar_volume_ml + volumes.mvo_volume_ml)
        assert volumes.scar_mass_g == pytest.approx(1.05 * volumes.infarct_volume_ml)
        assert sum(part.myocardium_volume_ml for part in slices) == pytest.approx(volumes.myocardium_volume_ml)
        assert len(slices) == phantom.labels.array.shape[0]


def test_blood_and_scar_are_brighter_than_normal_myocardium_in_psir():
    phantom = make_lv_phantom(LVPhantomConfig(3, tier="easy", contrast="psir", pattern="lad"))
    image, labels = phantom.image.array, phantom.labels.array
    normal = image[labels == MYOCARDIUM].mean()
    assert image[labels == CAVITY].mean() > normal
    assert image[labels == SCAR].mean() > normal


def test_insertions_lie_on_the_epicardial_border_of_full_ring_slices(some_phantoms):
    for phantom in some_phantoms:
        rings = full_ring_slices(phantom.labels.array)
        points = phantom.insertions_kji
        assert points.shape == (len(rings), 2, 2)
        assert np.array_equal(np.isfinite(points).all(axis=(1, 2)), rings)
        for k in np.flatnonzero(rings):
            rows, columns = np.nonzero(phantom.labels.array[k] >= MYOCARDIUM)
            for row, column in points[k]:
                assert np.hypot(rows - row, columns - column).min() < 2.0


def test_the_insertion_in_ras_is_that_of_the_middle_slice(some_phantoms):
    for phantom in some_phantoms:
        geometry, shape = phantom.image.geometry, phantom.truth.shape
        k, row, column = geometry.ras_to_index(shape.anterior_insertion_ras)
        assert k == pytest.approx(round(k), abs=1e-6)
        assert shape.levels[round(k)] == "mid"
        np.testing.assert_allclose(phantom.insertions_kji[round(k), 0], [row, column], atol=1e-6)


def test_the_septum_lies_right_of_the_heart_and_the_anterior_wall_above(some_phantoms):
    for phantom in some_phantoms:
        k = round(float(phantom.image.geometry.ras_to_index(phantom.truth.shape.anterior_insertion_ras)[0]))
        rows, columns = np.nonzero(phantom.labels.array[k])
        centre = phantom.image.geometry.index_to_ras([k, rows.mean(), columns.mean()])
        anterior = np.array(phantom.truth.shape.anterior_insertion_ras)
        inferior = np.array(phantom.truth.shape.inferior_insertion_ras)
        assert (0.5 * (anterior + inferior) - centre)[0] > 0.0
        assert anterior[2] > inferior[2]


def test_true_remote_is_that_of_pure_normal_myocardium(some_phantoms):
    for phantom in some_phantoms:
        remote = phantom.truth.remote
        values = phantom.image.array[phantom.labels.array == MYOCARDIUM]
        assert remote.voxel_count <= values.size
        assert abs(remote.mean - values.mean()) < values.std()
        assert remote.sd >= 0.8 * phantom.truth.noise_sd or phantom.truth.contrast == "magnitude"


def test_truth_can_be_left_out():
    phantom = make_lv_phantom(LVPhantomConfig(2, with_truth=False, observer_count=0))
    assert phantom.truth is None
    assert phantom.observers == ()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"tier": "brutal"}, "unknown phantom tier 'brutal': expected one of easy, medium, hard"),
        ({"pattern": "star"}, "unknown phantom scar pattern 'star'"),
        ({"contrast": "ct"}, "unknown phantom contrast 'ct'"),
        ({"target_burden_percent": 80.0}, "target burden in percent is 80.0: expected 0 to 40"),
        ({"matrix_size": 8}, "matrix size is 8: expected 64 to 512"),
        ({"observer_count": -1}, "observer count is -1"),
    ],
)
def test_settings_out_of_range_are_refused_in_one_sentence(setting, message):
    with pytest.raises(ScarSegError, match=message):
        LVPhantomConfig(1, **setting)


def test_a_matrix_size_is_kept():
    phantom = make_lv_phantom(LVPhantomConfig(1, matrix_size=160, observer_count=0, with_truth=False))
    assert phantom.image.array.shape[1:] == (160, 160)


def test_truth_is_plain_json(some_phantoms):
    for phantom in some_phantoms:
        document = truth_to_json(phantom.truth)
        assert json.loads(json.dumps(document, allow_nan=False)) == document
        assert document["schema_version"] == 1
        assert len(document["aha17"]["segments"]) == 17
