"""Exclusions, strokes, hand edits and findings in one wall."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.strict_json import dataclass_from_json
from ScarSegLogic.wall.distances import CavityDistances
from ScarSegLogic.wall.edits import WallEdits
from ScarSegLogic.wall.exclusions import ExclusionPlane, ExclusionSphere
from ScarSegLogic.wall.mask import WallMaker, shell_band, wall_mask
from ScarSegLogic.wall.request import ThicknessStroke, WallRequest
from Testing.tests.rotations import rotation
from Testing.tests.wall.conftest import CENTRE_RAS, ball, centred_grid, points_of

NORMAL = np.array((2.0, -1.0, 2.0)) / 3


@pytest.fixture
def maker(oblique_grid) -> WallMaker:
    return WallMaker(CavityDistances.of(ball(oblique_grid, 20.0), oblique_grid))


def test_a_plane_takes_the_cap_behind_it_and_nothing_else(maker, oblique_grid):
    request = WallRequest(0.0, 3.0)
    plane = ExclusionPlane(tuple(CENTRE_RAS + 12 * NORMAL), tuple(5 * NORMAL), 40.0, name="mitral valve")
    whole, cut = maker.wall(request), maker.wall(WallRequest(0.0, 3.0, planes=(plane,)))
    behind = (points_of(oblique_grid) - CENTRE_RAS) @ NORMAL >= 12 - 1e-3
    np.testing.assert_array_equal(cut.mask, whole.mask & ~behind)
    np.testing.assert_array_equal(cut.box.restore(cut.excluded, oblique_grid.shape_kji), whole.mask & behind)
    # Archimedes: a cap takes the share of a shell that its height has of the diameter.
    assert 1 - cut.volume_ml / whole.volume_ml == pytest.approx((21.5 - 12) / 43, abs=0.02)


def test_a_bent_tube_is_cut_off_whole_and_its_neighbour_stays():
    grid = centred_grid((40, 60, 60), (1.5, 1.0, 1.0), rotation((1, 2, 3), 35))
    axes = rotation((1, 2, 3), 35)
    across, up, ahead = ((points_of(grid) - CENTRE_RAS) @ axes[:, axis] for axis in range(3))
    body = (np.abs(across) < 14) & (np.abs(up) < 10) & (ahead < 0) & (ahead > -16)
    rising = (np.hypot(across + 7, up) < 4) & (ahead >= 0) & (ahead < 10)
    bent = (np.hypot(up, ahead - 10) < 4) & (across <= -7) & (across > -24)
    neighbour = (np.hypot(across - 8, up) < 4) & (ahead >= 0) & (ahead < 10)
    cavity = body | rising | bent | neighbour
    plane = ExclusionPlane(tuple(CENTRE_RAS - 7 * axes[:, 0] + 3 * axes[:, 2]), tuple(axes[:, 2]), 5.0)
    request = WallRequest(1.5, 2.0)
    whole = wall_mask(cavity, grid, request).mask
    cut = wall_mask(cavity, grid, WallRequest(1.5, 2.0, planes=(plane,))).mask
    tube, other = (np.where(part & (ahead >= 3), 0, 1) for part in (rising | bent, body | neighbour))
    near_tube = ndimage.distance_transform_edt(tube, sampling=grid.spacing_kji_mm) <= 2.0
    near_other = ndimage.distance_transform_edt(other, sampling=grid.spacing_kji_mm) <= 2.0
    assert not cut[whole & near_tube & ~near_other & (ahead > 3.1)].any()
    np.testing.assert_array_equal(cut[ahead < 2.9], whole[ahead < 2.9])
    np.testing.assert_array_equal(cut[near_other & ~near_tube], whole[near_other & ~near_tube])
    assert (whole & near_tube & ~near_other).sum() > 1000


def test_a_plane_that_the_cavity_does_not_pass_takes_nothing(maker):
    aside = ExclusionPlane(tuple(CENTRE_RAS + 40 * NORMAL), tuple(NORMAL), 8.0)
    off_axis = ExclusionPlane(tuple(CENTRE_RAS + 60 * np.array((0, 0, 1))), (0, 0.1, -1), 8.0)
    request = WallRequest(0.0, 3.0, planes=(aside, off_axis), spheres=(ExclusionSphere((900, 0, 0), 9.0),))
    assert maker.wall(request).volume_ml == maker.wall(WallRequest(0.0, 3.0)).volume_ml


def test_a_sphere_takes_what_lies_in_it(maker, oblique_grid):
    centre = CENTRE_RAS + 20 * NORMAL
    cut = maker.wall(WallRequest(0.0, 3.0, spheres=(ExclusionSphere(tuple(centre), 9.0),))).mask
    whole = maker.wall(WallRequest(0.0, 3.0)).mask
    inside = np.linalg.norm(points_of(oblique_grid) - centre, axis=-1) <= 9.0
    assert (whole & inside).sum() > 50
    np.testing.assert_array_equal(cut, whole & ~inside)


def test_moving_one_plane_is_as_good_as_starting_anew(oblique_grid):
    cavity = ball(oblique_grid, 20.0)
    maker = WallMaker(CavityDistances.of(cavity, oblique_grid))
    sphere = ExclusionSphere(tuple(CENTRE_RAS - 20 * NORMAL), 9.0)
    for height in (16.0, 12.0, 14.0):
        plane = ExclusionPlane(tuple(CENTRE_RAS + height * NORMAL), tuple(NORMAL), 40.0)
        request = WallRequest(0.0, 3.0, planes=(plane,), spheres=(sphere,))
        np.testing.assert_array_equal(maker.wall(request).mask, wall_mask(cavity, oblique_grid, request).mask)
    assert maker.wall(WallRequest(0.0, 3.0)).volume_ml > maker.wall(request).volume_ml


def test_exclusions_that_cannot_be_meant_are_refused():
    with pytest.raises(ScarSegError, match="the normal of the cut plane LSPV is zero"):
        ExclusionPlane((0, 0, 0), (0, 0, 0), 5.0, name="LSPV")
    with pytest.raises(ScarSegError, match="the radius of the cut plane LSPV is 0 mm: expected a number above 0"):
        ExclusionPlane((0, 0, 0), (0, 0, 1), 0, name="LSPV")
    with pytest.raises(ScarSegError, match=r"the centre of the sphere x is .*nan.*three finite numbers"):
        ExclusionSphere((0, 0, float("nan")), 5.0, name="x")


def test_hand_edits_survive_every_thickness(maker, oblique_grid):
    points = points_of(oblique_grid)
    far = np.linalg.norm(points - (CENTRE_RAS + 26 * NORMAL), axis=-1) <= 3
    near = np.linalg.norm(points - (CENTRE_RAS - 21 * NORMAL), axis=-1) <= 4
    edits = WallEdits.none(oblique_grid.shape_kji).painted(far).erased(near)
    for outer_mm in (2.5, 8.0, 1.0, 2.5):
        wall = maker.wall(WallRequest(0.0, outer_mm), edits).mask
        assert wall[far].all()
        assert not wall[near].any()
        untouched = ~far & ~near
        np.testing.assert_array_equal(wall[untouched], maker.wall(WallRequest(0.0, outer_mm)).mask[untouched])


def test_edits_outside_the_reach_of_the_wall_are_kept(oblique_grid):
    cavity = ball(oblique_grid, 8.0)
    corner = np.zeros(oblique_grid.shape_kji, dtype=bool)
    corner[0, 0, :2] = corner[-1, -1, -1] = True
    edits = WallEdits.none(corner.shape).painted(corner)
    plain = wall_mask(cavity, oblique_grid, WallRequest())
    edited = wall_mask(cavity, oblique_grid, WallRequest(), edits)
    np.testing.assert_array_equal(edited.mask, plain.mask | corner)
    assert edited.volume_ml == pytest.approx(plain.volume_ml + 3 * oblique_grid.voxel_volume_ml)


def test_the_last_stroke_of_the_hand_wins():
    mask = np.arange(4).reshape(1, 1, 4)
    edits = WallEdits.none(mask.shape).painted(mask < 3).erased(mask == 1).painted(mask == 1).erased(mask == 2)
    assert edits.added.ravel().tolist() == [True, True, False, False]
    assert edits.removed.ravel().tolist() == [False, False, True, False]
    assert not edits.is_empty
    assert WallEdits.none(mask.shape).is_empty
    with pytest.raises(ValueError, match="both added and removed"):
        WallEdits(mask < 2, mask > 0)


def test_what_an_editor_did_becomes_edits(maker):
    shown = maker.wall(WallRequest(0.0, 2.5)).mask
    drawn = shown.copy()
    drawn[15, 30:40] = True
    drawn[15, 44:] = False
    edits = WallEdits.none(shown.shape).changed(shown, drawn)
    np.testing.assert_array_equal(maker.wall(WallRequest(0.0, 2.5), edits).mask, drawn)
    undone = edits.changed(drawn, shown)
    np.testing.assert_array_equal(maker.wall(WallRequest(0.0, 2.5), undone).mask, shown)


def test_a_stroke_thickens_the_wall_by_its_change_in_its_middle(maker):
    touch = tuple(CENTRE_RAS + 20 * NORMAL)
    request = WallRequest(0.0, 2.0, strokes=(ThicknessStroke(touch, 8.0, 4.0),))
    wall, plain = maker.wall(request), maker.wall(WallRequest(0.0, 2.0))
    grid = maker.distances.geometry
    along = CENTRE_RAS + np.linspace(20.9, 28, 72)[:, None] * NORMAL
    inside = wall.mask[tuple(np.rint(grid.ras_to_index(along)).astype(int).T)]
    # 2 + 4 cos^2 at the height where the wall ends: between 4 and 6 mm, against 2 mm.
    assert 23 < 20.9 + inside.sum() * 0.1 < 26.5
    grown = wall.mask & ~plain.mask
    assert grown.any()
    assert np.linalg.norm(points_of(grid)[grown] - touch, axis=-1).max() <= 8
    assert not (plain.mask & ~wall.mask).any()


def test_a_stroke_thins_and_strokes_add_up(maker):
    touch = tuple(CENTRE_RAS + 20 * NORMAL)
    thin = ThicknessStroke(touch, 8.0, -3.0)
    plain = maker.wall(WallRequest(0.0, 3.0)).volume_ml
    thinner = maker.wall(WallRequest(0.0, 3.0, strokes=(thin,))).volume_ml
    both = maker.wall(WallRequest(0.0, 3.0, strokes=(thin, ThicknessStroke(touch, 8.0, 3.0)))).volume_ml
    assert thinner < plain
    assert both == plain


def test_a_stroke_far_away_changes_nothing(maker):
    request = WallRequest(0.0, 3.0, strokes=(ThicknessStroke((500, 0, 0), 8.0, 5.0),))
    assert maker.wall(request).volume_ml == maker.wall(WallRequest(0.0, 3.0)).volume_ml


def test_painting_is_limited_to_a_shell(maker, oblique_grid):
    band = shell_band(maker.distances, inner_mm=4.0, outer_mm=6.0)
    away_mm = np.linalg.norm(points_of(oblique_grid) - CENTRE_RAS, axis=-1)
    assert band[(away_mm > 18) & (away_mm < 25)].all()
    assert not band[(away_mm < 14) | (away_mm > 27)].any()


def test_a_sound_cavity_has_nothing_to_say(maker):
    assert maker.wall(WallRequest(3.0, 2.5)).warnings == ()


def test_oddities_of_the_cavity_are_said_and_nothing_is_repaired():
    cavity = np.zeros((10, 30, 30), dtype=bool)
    cavity[0:6, 10:20, 10:20] = True
    cavity[8, 25, 25] = True
    grid = Geometry.from_spacing(cavity.shape, (2.0, 1.0, 1.0))
    found = wall_mask(cavity, grid, WallRequest(6.0, 1.0))
    border, parts, thin, coarse = found.warnings
    assert border.startswith("the cavity reaches the border of the volume (first slice): ")
    assert parts.startswith("the cavity has 2 separate parts (0.002 ml beside the largest)")
    assert "at most 5.0 mm deep, no more than the inner thickness of 6 mm" in thin
    assert "outer thickness of 1 mm is less than the largest voxel spacing of 2 mm" in coarse
    assert found.mask[cavity].all()


def test_a_wall_of_which_nothing_is_left_is_refused(maker, oblique_grid):
    everything = ExclusionSphere(tuple(CENTRE_RAS), 60.0)
    with pytest.raises(ScarSegError, match="nothing of the wall is left: the exclusions and the erased parts cover"):
        maker.wall(WallRequest(spheres=(everything,)))
    erased = WallEdits.none(oblique_grid.shape_kji).erased(np.ones(oblique_grid.shape_kji, dtype=bool))
    with pytest.raises(ScarSegError, match="nothing of the wall is left"):
        maker.wall(WallRequest(), erased)
    with pytest.raises(ScarSegError, match=r"0 mm inside and 0.3 mm outside holds no voxel of 2.5 x 0.9 x 0.7 mm"):
        maker.wall(WallRequest(0.0, 0.3))


def test_edits_of_another_study_are_refused(maker):
    with pytest.raises(ScarSegError, match=r"edits of the wall have the shape \(2, 2, 2\).*reset the edits"):
        maker.wall(WallRequest(), WallEdits.none((2, 2, 2)))


def test_a_request_out_of_range_is_refused():
    with pytest.raises(ScarSegError, match="the outer thickness of the wall is 11 mm: expected 0 to 10 mm"):
        WallRequest(0.0, 11)
    with pytest.raises(ScarSegError, match="the inner thickness of the wall is nan mm"):
        WallRequest(float("nan"), 2)
    with pytest.raises(ScarSegError, match="0 mm thick on both sides"):
        WallRequest(0.0, 0.0)
    with pytest.raises(ScarSegError, match="the brush changes the thickness by 12 mm"):
        ThicknessStroke((0, 0, 0), 5.0, 12)


def test_a_request_survives_json():
    request = WallRequest(
        1.0,
        2.5,
        planes=(ExclusionPlane((1, 2, 3), (0, 0, 2), 9.0, name="LSPV"),),
        spheres=(ExclusionSphere((4, 5, 6), 7.0),),
        strokes=(ThicknessStroke((1, 2, 3), 5.0, -1.5),),
    )
    assert dataclass_from_json(WallRequest, asdict(request), "wall") == request
