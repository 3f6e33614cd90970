import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import BACKGROUND, CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.lv_scar import ISCHAEMIC, TERRITORY_DEG, LVScar, ScarBlob, ScarPattern, sample_scar

SQUARE = np.ones((1, 3, 3), bool)
SCARRED = [str(pattern) for pattern in ScarPattern if pattern is not ScarPattern.NONE]


@pytest.fixture
def a_heart() -> LVAnatomy:
    return LVAnatomy(epicardial_radius_mm=35.0, length_mm=90.0, equator_mm=20.0, wall_mm=10.0, apical_wall_mm=6.0)


def sampled_wall():
    """Angles, depths and heights that cover the wall."""
    theta = np.linspace(0.0, 2.0 * np.pi, 180, endpoint=False)[:, None, None]
    depth = np.linspace(0.01, 0.99, 40)[None, :, None]
    z = np.linspace(0.0, 90.0, 60)[None, None, :]
    return theta, depth, z


@pytest.mark.parametrize("pattern", [str(pattern) for pattern in ISCHAEMIC])
@pytest.mark.parametrize("seed", range(5))
def test_ischaemic_scar_starts_at_the_endocardium_and_lies_in_its_territory(a_heart, pattern, seed):
    scar = sample_scar(ScarPattern(pattern), a_heart, np.random.default_rng(seed))
    theta, depth, z = sampled_wall()
    infarct, _ = scar.contains(theta, depth, z)
    assert infarct.any()
    # Every scarred ray is scarred at the endocardium.
    assert (infarct.any(axis=1) <= infarct[:, :2].any(axis=1)).all()
    direction = np.exp(1j * theta[:, 0, 0]) @ infarct.sum(axis=(1, 2))
    centre, half_width = TERRITORY_DEG[ScarPattern(pattern)]
    away = np.degrees(np.angle(direction * np.exp(-1j * np.radians(centre))))
    assert abs(away) < half_width


@pytest.mark.parametrize("seed", range(5))
def test_epicardial_scar_spares_the_endocardium_and_mid_wall_scar_both_borders(a_heart, seed):
    generator = np.random.default_rng(seed)
    theta, depth, z = sampled_wall()
    epicardial, _ = sample_scar(ScarPattern.EPICARDIAL_LATERAL, a_heart, generator).contains(theta, depth, z)
    assert epicardial[:, -1].any()
    assert not epicardial[:, :12].any()
    midwall, _ = sample_scar(ScarPattern.MIDWALL_SEPTAL, a_heart, generator).contains(theta, depth, z)
    assert midwall.any()
    assert not midwall[:, :4].any()
    assert not midwall[:, -4:].any()


def test_a_heart_without_scar_has_none():
    phantom = make_lv_phantom(LVPhantomConfig(4, pattern="none"))
    assert not (phantom.labels.array >= SCAR).any()
    assert phantom.truth.volumes.infarct_volume_ml == 0.0
    assert phantom.truth.volumes.scar_fraction_percent == 0.0
    assert all(not (observer.array >= SCAR).any() for observer in phantom.observers)


def test_labelled_subendocardial_scar_touches_the_cavity_and_epicardial_scar_does_not():
    subendocardial = make_lv_phantom(LVPhantomConfig(5, pattern="lcx", observer_count=0)).labels.array
    epicardial = make_lv_phantom(LVPhantomConfig(5, pattern="epicardial_lateral", observer_count=0)).labels.array
    assert (ndimage.binary_dilation(subendocardial == CAVITY, SQUARE) & (subendocardial >= SCAR)).any()
    assert (epicardial >= SCAR).any()
    assert not (ndimage.binary_dilation(epicardial == CAVITY, SQUARE) & (epicardial >= SCAR)).any()
    assert (ndimage.binary_dilation(epicardial == BACKGROUND, SQUARE) & (epicardial >= SCAR)).any()


def test_obstruction_is_enclosed_by_scar_and_cavity():
    found = 0
    for seed in range(14):
        phantom = make_lv_phantom(LVPhantomConfig(seed, pattern="lad", observer_count=0, with_truth=False))
        core = phantom.labels.array == MVO
        if core.any():
            found += 1
            around = ndimage.binary_dilation(core, SQUARE) & ~core
            assert set(np.unique(phantom.labels.array[around])) <= {CAVITY, SCAR}
    assert found >= 2


def test_the_core_of_a_scar_lies_within_it():
    scar = LVScar(ScarPattern.LAD, (ScarBlob(1.0, 40.0, 0.8, 25.0, 0.0, 1.0, mvo_share=0.6),))
    infarct, mvo = scar.contains(*sampled_wall())
    assert mvo.any()
    assert not (mvo & ~infarct).any()
    assert not mvo[:, :3].any()


@pytest.mark.parametrize("pattern", SCARRED)
@pytest.mark.parametrize("target", [1.0, 5.0, 15.0])
def test_a_wanted_burden_is_met(pattern, target):
    config = LVPhantomConfig(8, pattern=pattern, target_burden_percent=target, observer_count=0)
    assert make_lv_phantom(config).truth.volumes.scar_fraction_percent == pytest.approx(target, abs=0.1)


def test_a_burden_of_nought_means_no_scar():
    phantom = make_lv_phantom(LVPhantomConfig(8, target_burden_percent=0.0, observer_count=0))
    assert phantom.truth.pattern == "none"
    assert (phantom.labels.array == MYOCARDIUM).any()
    assert not (phantom.labels.array >= SCAR).any()


def test_scar_without_extent_is_refused():
    with pytest.raises(ScarSegError, match=r"without scar cannot have a burden of 5"):
        LVPhantomConfig(1, pattern="none", target_burden_percent=5.0)
