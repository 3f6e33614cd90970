import numpy as np
import pytest

from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.lv_scar import LVScar, ScarBlob, ScarPattern
from ScarSegLogic.phantom.quadrature import QuadratureDensity, integrate_heart

HEIGHTS = -4.0 + 8.0 * (np.arange(13) + 0.5)
NO_SCAR = LVScar(ScarPattern.NONE)


@pytest.fixture
def a_plain_heart() -> LVAnatomy:
    return LVAnatomy(epicardial_radius_mm=35.0, length_mm=90.0, equator_mm=20.0, wall_mm=10.0, apical_wall_mm=6.0)


def truncated_ellipsoid_ml(radius: float, half_length: float, above_mm: float) -> float:
    """Volume of an ellipsoid of revolution from ``above_mm`` over its equator to its tip."""
    integral = half_length * 2.0 / 3.0 + above_mm - above_mm**3 / (3.0 * half_length**2)
    return float(np.pi * radius**2 * integral / 1000.0)


def test_volumes_match_the_closed_form_of_truncated_ellipsoids(a_plain_heart):
    heart = integrate_heart(a_plain_heart, NO_SCAR, HEIGHTS, 8.0)
    cavity = truncated_ellipsoid_ml(25.0, 64.0, 20.0)
    epicardium = truncated_ellipsoid_ml(35.0, 70.0, 20.0)
    assert heart.cavity_ml.sum() == pytest.approx(cavity, rel=2e-3)
    assert heart.wall_volumes_ml().sum() == pytest.approx(epicardium - cavity, rel=2e-3)


def test_a_tilted_base_through_the_axis_keeps_the_volume_of_a_cylinder_like_base():
    # What one side loses below z = 0 the other gains above it, where the shape continues as a cylinder.
    tilted = LVAnatomy(35.0, 90.0, 1e-6, 10.0, 6.0, basal_slope_xy=(0.05, 0.02))
    straight = LVAnatomy(35.0, 90.0, 1e-6, 10.0, 6.0)
    volumes = [integrate_heart(a, NO_SCAR, HEIGHTS, 8.0).wall_volumes_ml().sum() for a in (tilted, straight)]
    assert volumes[0] == pytest.approx(volumes[1], rel=2e-3)


def test_a_full_ring_of_subendocardial_scar_has_the_volume_of_the_shell(a_plain_heart):
    # Half of the wall at every angle and height; the share follows from r dr: (rm^2 - ri^2) / (ro^2 - ri^2).
    scar = LVScar(ScarPattern.LAD, (ScarBlob(0.0, 20.0, 1e3, 1e3, 0.0, 0.5),))
    one_slab = np.array([20.0])
    heart = integrate_heart(a_plain_heart, scar, one_slab, 1e-3, QuadratureDensity(1, 360, 200, 1))
    assert heart.infarct_percent() == pytest.approx(100.0 * (30.0**2 - 25.0**2) / (35.0**2 - 25.0**2), abs=0.3)


def test_the_truth_density_is_converged(a_plain_heart):
    scar = LVScar(ScarPattern.LCX, (ScarBlob(4.0, 40.0, 0.6, 18.0, 0.0, 0.7, mvo_share=0.6),))
    usual = integrate_heart(a_plain_heart, scar, HEIGHTS, 8.0)
    finer = integrate_heart(a_plain_heart, scar, HEIGHTS, 8.0, QuadratureDensity(30, 720, 72, 8))
    assert usual.infarct_volumes_ml().sum() == pytest.approx(finer.infarct_volumes_ml().sum(), rel=5e-3)
    assert usual.mvo_volumes_ml().sum() == pytest.approx(finer.mvo_volumes_ml().sum(), rel=3e-2)


def test_the_centroid_of_a_round_heart_lies_on_its_axis(a_plain_heart):
    centroids = integrate_heart(a_plain_heart, NO_SCAR, HEIGHTS[1:4], 8.0).centroids_xy_mm()
    np.testing.assert_allclose(centroids, 0.0, atol=1e-3)


def test_slabs_beyond_the_apex_hold_nothing(a_plain_heart):
    heart = integrate_heart(a_plain_heart, NO_SCAR, np.array([120.0]), 8.0)
    assert heart.wall_volumes_ml().sum() == 0.0
    assert heart.cavity_ml.sum() == 0.0
    assert np.isnan(heart.centroids_xy_mm()).all()
