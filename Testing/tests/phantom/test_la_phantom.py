import hashlib
import json

import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.phantom import (
    LAPhantomConfig,
    LVPhantomConfig,
    la_truth_to_json,
    make_la_phantom,
    make_lv_phantom,
    write_la_phantom,
)
from ScarSegLogic.phantom.la_image import breathe


@pytest.fixture(scope="module")
def an_ablated_study():
    config = LAPhantomConfig(1, pattern="ablation", sampling="slices", contrast="magnitude", observer_count=2)
    return make_la_phantom(config)


@pytest.fixture(scope="module")
def a_fibrotic_study():
    return make_la_phantom(LAPhantomConfig(2, pattern="preablation", sampling="isotropic", observer_count=0))


@pytest.fixture(scope="module", params=["an_ablated_study", "a_fibrotic_study"])
def a_study(request):
    return request.getfixturevalue(request.param)


def digest(phantom) -> str:
    arrays = [phantom.image.array, phantom.cavity.array, phantom.wall.array, phantom.scar.array]
    arrays += [phantom.image.geometry.ijk_to_ras, *(observer.array for observer in phantom.observers)]
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def test_same_seed_same_bytes_and_truth(an_ablated_study):
    config = LAPhantomConfig(1, pattern="ablation", sampling="slices", contrast="magnitude", observer_count=2)
    again = make_la_phantom(config)
    assert digest(again) == digest(an_ablated_study)
    assert again.truth == an_ablated_study.truth


def test_another_scar_and_contrast_keep_atrium_and_grid(an_ablated_study):
    other = make_la_phantom(
        LAPhantomConfig(1, pattern="none", sampling="slices", contrast="psir", observer_count=0, with_truth=False)
    )
    assert other.truth is None
    assert other.image.geometry == an_ablated_study.image.geometry
    assert np.array_equal(other.cavity.array, an_ablated_study.cavity.array)
    assert np.array_equal(other.wall.array, an_ablated_study.wall.array)
    assert not other.scar.array.any()
    # The PSIR's air lies on its offset.
    assert np.median(other.image.array) > 1800.0


def test_masks_have_the_promised_types_and_relations(a_study):
    image, cavity, wall, scar = (part.array for part in (a_study.image, a_study.cavity, a_study.wall, a_study.scar))
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    for mask in (cavity, wall, scar):
        assert mask.dtype == np.uint8
        assert set(np.unique(mask)) == {0, 1}
    assert not (cavity & wall).any()
    assert not (scar & ~wall & 1).any()
    assert a_study.wall.geometry == a_study.image.geometry


def test_the_cavity_is_one_piece_within_the_image_and_all_but_its_openings_are_walled(a_study):
    cavity, wall = a_study.cavity.array.astype(bool), a_study.wall.array.astype(bool)
    components, _ = ndimage.label(cavity)
    assert np.bincount(components.ravel())[1:].max() > 0.999 * cavity.sum()
    border = np.ones(cavity.shape, bool)
    border[1:-1, 1:-1, 1:-1] = False
    assert not (cavity | wall)[border].any()
    around = ndimage.binary_dilation(cavity) & ~cavity
    assert 0.8 < wall[around].mean() < 0.99


def test_voxels_agree_with_the_truth(a_study):
    volumes, voxel_ml = a_study.truth.volumes, a_study.image.geometry.voxel_volume_ml
    assert a_study.cavity.array.sum() * voxel_ml == pytest.approx(volumes.cavity_volume_ml, rel=0.015)
    assert a_study.wall.array.sum() * voxel_ml == pytest.approx(volumes.wall_volume_ml, rel=0.02)
    assert a_study.scar.array.sum() * voxel_ml == pytest.approx(volumes.scar_volume_ml, rel=0.04)
    assert 30.0 < volumes.cavity_volume_ml < 160.0


def test_grids_are_oblique_right_handed_and_of_the_wanted_sampling(an_ablated_study, a_fibrotic_study):
    for study, spacing in ((an_ablated_study, (2.5, 0.625, 0.625)), (a_fibrotic_study, (1.0, 1.0, 1.0))):
        geometry = study.image.geometry
        np.testing.assert_allclose(geometry.spacing_kji_mm, spacing)
        assert np.linalg.det(geometry.directions) == pytest.approx(1.0)
        assert np.abs(geometry.directions).max() < 0.9999


def test_ostia_and_mitral_plane_lie_where_the_labelled_cavity_opens(a_study):
    geometry = a_study.image.geometry
    cavity = a_study.cavity.array
    for opening in (*a_study.truth.ostia, a_study.truth.mitral):
        centre, normal = np.array(opening.centre_ras), np.array(opening.normal_ras)
        within = tuple(np.rint(geometry.ras_to_index(centre - 3.0 * normal)).astype(int))
        beyond = tuple(np.rint(geometry.ras_to_index(centre + 18.0 * normal)).astype(int))
        assert cavity[within] == 1
        assert cavity[beyond] == 0


def test_scar_is_brighter_than_blood_and_blood_than_wall(an_ablated_study):
    image = an_ablated_study.image.array
    scar, cavity = an_ablated_study.scar.array > 0, an_ablated_study.cavity.array > 0
    healthy = (an_ablated_study.wall.array > 0) & ~scar
    assert image[scar].mean() > 1.1 * image[cavity].mean() > 1.1 * image[healthy].mean()
    signals = an_ablated_study.truth.signals
    assert signals.wall < signals.blood < signals.scar
    pool = an_ablated_study.truth.blood_pool
    assert pool.voxel_count < cavity.sum()
    assert pool.mean == pytest.approx(image[cavity].mean(), rel=0.05)


def test_readers_draw_scar_much_like_the_truth(an_ablated_study):
    truth = an_ablated_study.scar.array > 0
    for observer in an_ablated_study.observers:
        drawn = observer.array == 3
        assert 0.35 < 2.0 * (drawn & truth).sum() / (drawn.sum() + truth.sum()) < 0.98


def test_a_wanted_tier_is_reached():
    phantom = make_la_phantom(LAPhantomConfig(5, tier="hard", pattern="none", sampling="isotropic", observer_count=0))
    assert phantom.truth.tier == "hard"
    assert phantom.truth.difficulty.burden_percent == 0.0


def test_breathing_blurs_along_the_body_and_keeps_the_signal():
    angle = np.radians(30.0)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    geometry = Geometry.from_spacing((31, 41, 21), (2.0, 1.0, 1.0), directions=turn)
    point = np.zeros(geometry.shape_kji, np.float32)
    point[15, 20, 10] = 1.0
    blurred = breathe(point, geometry, 3.0)
    assert blurred.sum() == pytest.approx(1.0, abs=1e-4)
    k, j, i = (np.arange(size) - centre for size, centre in zip(geometry.shape_kji, (15, 20, 10), strict=True))
    assert np.sqrt((blurred.sum(axis=(1, 2)) * (2.0 * k) ** 2).sum()) == pytest.approx(3.0 * np.cos(angle), rel=0.05)
    assert np.sqrt((blurred.sum(axis=(0, 2)) * j**2).sum()) == pytest.approx(3.0 * np.sin(angle), rel=0.05)
    assert (blurred.sum(axis=(0, 1)) * i**2).sum() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"tier": "brutal"}, "unknown phantom tier 'brutal': expected one of easy, medium, hard"),
        ({"pattern": "lad"}, "unknown phantom scar pattern 'lad': expected one of none, ablation, preablation"),
        ({"sampling": "fine"}, "unknown phantom sampling 'fine': expected one of slices, isotropic"),
        ({"contrast": "ct"}, "unknown phantom contrast 'ct'"),
        ({"matrix_size": 150}, "matrix size is 150: expected 208 to 1024"),
        ({"observer_count": 11}, "observer count is 11: expected 0 to 10"),
    ],
)
def test_settings_out_of_range_are_refused_in_one_sentence(setting, message):
    with pytest.raises(ScarSegError, match=message):
        LAPhantomConfig(1, **setting)


def test_a_phantom_comes_back_from_its_files(an_ablated_study, tmp_path):
    folder = write_la_phantom(an_ablated_study, tmp_path / "vorhöfe und venen")
    names = ["cavity.nrrd", "image.nrrd", "observer_1.nrrd", "observer_2.nrrd", "scar.nrrd", "truth.json", "wall.nrrd"]
    assert sorted(path.name for path in folder.iterdir()) == names
    image = read_volume(folder / "image.nrrd")
    assert np.array_equal(image.array, an_ablated_study.image.array)
    assert image.geometry.is_same_grid(an_ablated_study.image.geometry)
    for name in ("cavity", "wall", "scar"):
        labels = read_label_map(folder / f"{name}.nrrd")
        assert np.array_equal(labels.array, getattr(an_ablated_study, name).array)
    document = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert document == la_truth_to_json(an_ablated_study.truth)
    assert document["schema_version"] == 1
    assert [ring["name"] for ring in document["vein_rings"]] == ["LSPV", "LIPV", "RSPV", "RIPV"]
    volumes = an_ablated_study.truth.volumes
    assert document["scar_percent_of_wall"] == pytest.approx(100 * volumes.scar_volume_ml / volumes.wall_volume_ml)


def test_left_ventricles_kept_their_bytes_when_the_atrium_came():
    """Sums of a phantom as it was before; any other draw or order of draws changes them."""
    phantom = make_lv_phantom(LVPhantomConfig(6, tier="hard", pattern="rca"))
    assert np.bincount(phantom.labels.array.ravel()).tolist() == [701734, 7424, 10409, 1187, 142]
    assert [int(observer.array.sum()) for observer in phantom.observers] == [32356, 31770, 32323]
    assert float(phantom.image.array.sum(dtype=np.float64)) == pytest.approx(157145008.0, rel=1e-7)
