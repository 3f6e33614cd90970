import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom.distance_fields import ellipsoid, points_of, tapered_tube
from ScarSegLogic.phantom.la_anatomy import VEIN_NAMES, WALL_RANGE_MM
from ScarSegLogic.phantom.la_grid import Sampling, sample_la_stack
from ScarSegLogic.phantom.la_model import make_la_model
from ScarSegLogic.phantom.la_neighbours import sample_neighbours
from ScarSegLogic.phantom.la_rasterise import rasterise_la
from ScarSegLogic.phantom.la_rings import true_ring
from ScarSegLogic.phantom.la_sampling import sample_la_anatomy
from ScarSegLogic.phantom.la_scar import LAScar, LAScarPattern, RingGap, antral_points, sample_la_scar
from ScarSegLogic.phantom.la_truth import LAShell, LAVolumes
from ScarSegLogic.phantom.rasterise import Supersampling


@pytest.fixture(scope="module")
def an_atrium():
    return sample_la_anatomy(np.random.default_rng(11))


@pytest.fixture(scope="module")
def a_scarred_model(an_atrium):
    scar = sample_la_scar(LAScarPattern.ABLATION, an_atrium, np.random.default_rng(12))
    return make_la_model(an_atrium, scar)


def lattice_values(model, field, points):
    return ndimage.map_coordinates(field, model.index_of(points), order=1)


def test_an_ellipsoid_and_a_tube_have_their_surfaces_where_they_should():
    points = points_of([[10.0, 0.0, 0.0], [0.0, 6.0, 0.0], [0.0, 0.0, 4.0]])
    np.testing.assert_allclose(ellipsoid(points, (0, 0, 0), (10.0, 6.0, 4.0)), 0.0, atol=1e-5)
    # Half way along a tube that narrows from 4 to 2 mm the radius is 3 mm; beyond its end the end is round.
    tube = tapered_tube(points_of([[5.0, 8.0, 0.0], [14.0, 0.0, 0.0]]), ((0, 0, 0), (10, 0, 0)), (4.0, 2.0))
    np.testing.assert_allclose(tube, [5.0, 2.0], atol=1e-5)


def test_a_lattice_sees_the_same_blood_as_single_points(a_scarred_model):
    generator = np.random.default_rng(1)
    low, high = a_scarred_model.labelled_box_ras()
    points = generator.uniform(low, high, (20_000, 3))
    exact = a_scarred_model.anatomy.blood(points_of(points))
    sampled = lattice_values(a_scarred_model, a_scarred_model.distance_mm, points)
    clear = np.abs(exact) > 0.3
    assert np.array_equal(exact[clear] < 0.0, sampled[clear] < 0.0)


def test_distances_in_the_wall_are_euclidean(a_scarred_model):
    """The oracle: an EDT of the cavity on a lattice of half the spacing, from voxel middle to voxel middle."""
    model = a_scarred_model
    blood = ndimage.zoom(model.distance_mm[30:110, 15:90, 35:140], 2, order=1, grid_mode=False) < 0.0
    step = 1.0 * (np.array([80, 75, 105]) - 1) / (np.array(blood.shape) - 1)
    oracle = ndimage.distance_transform_edt(~blood, step)
    distance = ndimage.zoom(model.distance_mm[30:110, 15:90, 35:140], 2, order=1, grid_mode=False)
    labelled = ndimage.zoom(model.beyond_mm[30:110, 15:90, 35:140], 2, order=1, grid_mode=False) < 0.0
    wall = labelled & (distance > 0.5) & (distance < 3.5)
    # The nearest blood voxel's middle lies up to one step behind the surface, about half a step on average.
    difference = oracle[wall] - distance[wall]
    assert wall.sum() > 50_000
    assert difference.mean() == pytest.approx(0.2, abs=0.1)
    assert np.quantile(np.abs(difference - difference.mean()), 0.99) < 0.35


def test_the_wall_is_between_one_and_a_half_and_three_and_a_half_mm_thick(a_scarred_model):
    thickness = a_scarred_model.thickness_mm
    assert WALL_RANGE_MM[0] <= thickness.min() < thickness.max() <= WALL_RANGE_MM[1]
    shell = LAShell.of(a_scarred_model)
    assert shell.wall_thickness_max_mm - shell.wall_thickness_min_mm > 0.5


@pytest.mark.parametrize("sampling", list(Sampling))
def test_volumes_do_not_change_with_finer_supersampling_or_on_a_turned_grid(a_scarred_model, sampling):
    model = a_scarred_model
    stack = sample_la_stack(model.labelled_box_ras(), sampling, None, np.random.default_rng(3))
    coarse = LAVolumes.of(rasterise_la(model, stack.local(), sampling.supersampling), stack.geometry.voxel_volume_ml)
    low, high = model.labelled_box_ras()
    plain = Geometry.from_spacing(
        tuple(np.ceil(high - low + 8.0).astype(int)[::-1]), (1.0,) * 3, origin_ras_mm=low - 4.3
    )
    fine = LAVolumes.of(rasterise_la(model, plain, Supersampling(4, 4)), plain.voxel_volume_ml)
    assert coarse.cavity_volume_ml == pytest.approx(fine.cavity_volume_ml, rel=2e-3)
    assert coarse.wall_volume_ml == pytest.approx(fine.wall_volume_ml, rel=5e-3)
    assert coarse.scar_volume_ml == pytest.approx(fine.scar_volume_ml, rel=1e-2)


def test_labelled_voxels_have_the_volumes_of_the_model(a_scarred_model):
    sampling = Sampling.SLICES
    stack = sample_la_stack(a_scarred_model.labelled_box_ras(), sampling, None, np.random.default_rng(4))
    atrium = rasterise_la(a_scarred_model, stack.local(), sampling.supersampling)
    for mask, share, tolerance in zip(
        atrium.masks(), (atrium.cavity, atrium.wall, atrium.scar), (0.015, 0.02, 0.03), strict=True
    ):
        assert mask.sum() == pytest.approx(share.sum(), rel=tolerance)


def test_shell_areas_are_what_the_volume_gains_per_mm_of_growth(a_scarred_model):
    """An oracle without triangles: random points within 0.4 mm of the surface, over 0.8 mm."""
    model, shell = a_scarred_model, LAShell.of(a_scarred_model)
    low, high = model.labelled_box_ras()
    points = np.random.default_rng(5).uniform(low, high, (1_500_000, 3))
    near = points[np.abs(lattice_values(model, model.distance_mm, points)) < 0.4]
    places = points_of(near)
    on_shell = (model.anatomy.beyond_ostia(places) < 0.0) & (model.anatomy.beyond_cuts(places) < 0.0)
    scarred = on_shell & (model.scar.level_mm(places) > 0.0)
    each_cm2 = float(np.prod(high - low)) / len(points) / 0.8 / 100.0
    assert on_shell.sum() * each_cm2 == pytest.approx(shell.shell_area_cm2, rel=0.04)
    assert scarred.sum() * each_cm2 == pytest.approx(shell.scar_area_cm2, rel=0.08)


def test_rings_are_found_with_the_gaps_they_were_made_with(a_scarred_model):
    anatomy = a_scarred_model.anatomy
    for ring in a_scarred_model.scar.rings:
        away = ring.partner_theta + np.pi
        gap = RingGap(away, np.radians(20.0))
        open_ring, closed = dataclasses.replace(ring, gaps=(gap,)), dataclasses.replace(ring, gaps=())
        found = true_ring(anatomy, LAScar(LAScarPattern.ABLATION, rings=(open_ring,)), ring.vein)
        assert true_ring(anatomy, LAScar(LAScarPattern.ABLATION, rings=(closed,)), ring.vein).gaps == ()
        assert [round(part.extent_deg) for part in found.gaps] == [pytest.approx(40.0, abs=4.0)]
        start = np.degrees(away) - 20.0
        assert abs((found.gaps[0].start_deg - start + 180.0) % 360.0 - 180.0) < 4.0
        assert found.encirclement_percent == pytest.approx(100.0 * 320.0 / 360.0, abs=1.2)
        # The line lies outside the rim of the ostium, so an arc of 40 degrees is longer than the rim's.
        assert found.gaps[0].length_mm > 0.9 * np.radians(40.0) * ring.vein.radius_mm
        assert found.length_mm > 2.0 * np.pi * ring.vein.radius_mm


def test_without_scar_a_ring_is_one_gap_all_around(an_atrium):
    ring = true_ring(an_atrium, LAScar(LAScarPattern.NONE), an_atrium.veins[0])
    assert (ring.encirclement_percent, ring.gaps[0].extent_deg) == (0.0, 360.0)
    assert ring.gaps[0].length_mm == pytest.approx(ring.length_mm)


def test_antral_points_lie_on_the_surface_on_the_atrial_side_of_the_ostium(an_atrium):
    vein = an_atrium.veins[2]
    points = antral_points(an_atrium, vein, np.linspace(0.0, 6.0, 20), np.full(20, 5.0))
    points = points_of(points[np.isfinite(points).all(axis=1)])
    assert np.abs(an_atrium.blood(points)).max() < 0.1
    assert (an_atrium.beyond_ostia(points) < 0.0).mean() > 0.8


def test_veins_leave_to_their_sides_and_the_mitral_valve_to_the_front_and_left():
    for seed in range(5):
        atrium = sample_la_anatomy(np.random.default_rng(seed))
        assert tuple(vein.name for vein in atrium.veins) == VEIN_NAMES
        centres = {vein.name: vein.ostium_ras for vein in atrium.veins}
        assert centres["LSPV"][0] < 0.0 < centres["RSPV"][0]
        assert centres["LSPV"][2] > centres["LIPV"][2]
        assert centres["RSPV"][2] > centres["RIPV"][2]
        assert atrium.mitral.centre_ras[0] < 0.0 < atrium.mitral.centre_ras[1]
        assert atrium.mitral.normal_ras[1] > 0.0
        assert all(4.5 < vein.radius_mm < 10.0 for vein in atrium.veins)


def test_neighbours_lie_close_by_and_never_in_the_blood_of_the_atrium(an_atrium):
    oesophagus = sample_neighbours(an_atrium, (-20.0, -40.0), np.random.default_rng(2))[-1]
    distance = an_atrium.blood(points_of(oesophagus.centres_ras))
    gap = distance - float(oesophagus.sizes_mm[0]) - oesophagus.rim_mm
    assert gap.min() > 0.0
    assert gap.min() < WALL_RANGE_MM[1] + 4.0
