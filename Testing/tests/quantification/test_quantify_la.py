"""Every number of an atrium whose scar is known."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.la import LAStudy, quantify_la
from ScarSegLogic.quantification.la_presets import IirPreset
from ScarSegLogic.quantification.la_request import LAMethod, LARequest, UtahScale
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.volume import Volume
from Testing.tests.atrium import (
    BALL_MM,
    CENTRE_RAS,
    LEFT,
    RIGHT,
    SPACINGS,
    VEIN_MM,
    Atrium,
    angle_degrees,
    cap_area_cm2,
    grid,
)

IIR = LARequest(method=LAMethod.IIR, iir_preset=IirPreset.BENITO_1_32, is_magnitude=True)
FLOOR = np.array([0.0, 0.0, -1.0])
CAP_DEGREES = 40.0


@cache
def atrium(spacing: str) -> Atrium:
    return Atrium(grid(SPACINGS[spacing]), {"LSPV": LEFT, "RSPV": RIGHT})


@cache
def study(spacing: str) -> LAStudy:
    """An atrium with one scar of 40 degrees at its floor."""
    body = atrium(spacing)
    image = body.image(body.cap(FLOOR, CAP_DEGREES))
    return LAStudy(image, body.cavity, body.wall, body.openings, cavity_surface(body.cavity, body.geometry))


@cache
def result(spacing: str) -> LAScarResult:
    return quantify_la(study(spacing), IIR)


both = pytest.mark.parametrize("spacing", SPACINGS)


@both
def test_volumes_are_voxels_times_their_volume(spacing):
    body, found = atrium(spacing), result(spacing)
    voxel_ml = np.prod(SPACINGS[spacing]) / 1000
    scar = body.cap(FLOOR, CAP_DEGREES) & body.wall
    assert found.cavity_volume_ml == pytest.approx(body.cavity.sum() * voxel_ml)
    assert found.burden.wall_volume_ml == pytest.approx(body.wall.sum() * voxel_ml)
    assert found.burden.scar_volume_ml == pytest.approx(scar.sum() * voxel_ml, rel=0.001)
    assert found.burden.scar_percent_of_wall == pytest.approx(100 * scar.sum() / body.wall.sum(), rel=0.001)
    assert (found.scar.array.astype(bool) & ~body.wall).sum() == 0
    assert found.scar_outside_wall_ml == 0
    assert (found.patches.count, found.patches.largest) == (1, pytest.approx(found.burden.scar_volume_ml))


@both
def test_the_scar_on_the_shell_has_the_area_of_its_cap(spacing):
    found = result(spacing)
    # The maximum along a normal takes in slices of 2.5 mm as soon as it touches them.
    close = {"slices": 0.06, "isotropic": 0.02}[spacing]
    assert found.shell_scar.scar_area_cm2 == pytest.approx(cap_area_cm2(CAP_DEGREES), rel=close)
    mouths = 2 * cap_area_cm2(np.degrees(np.arcsin(VEIN_MM / BALL_MM)))
    stumps = 2 * 2 * np.pi * VEIN_MM * 1 / 100
    shell = 4 * np.pi * BALL_MM**2 / 100 - mouths + stumps
    assert found.shell_scar.shell_area_cm2 == pytest.approx(shell, rel=0.02)
    assert found.shell_scar.scar_percent_of_shell == pytest.approx(100 * cap_area_cm2(CAP_DEGREES) / shell, rel=close)
    assert found.shell_patches.count == 1
    assert found.shell_patches.largest == pytest.approx(found.shell_scar.scar_area_cm2)
    assert found.excluded_area_cm2 + found.shell_scar.shell_area_cm2 == pytest.approx(found.shell.mesh.area_cm2)


def test_blood_above_the_threshold_is_no_scar_on_the_shell():
    below_blood = LARequest(method=LAMethod.IIR, iir_preset=IirPreset.KHURRAM_0_97, is_magnitude=True)
    found = quantify_la(study("isotropic"), below_blood)
    assert found.threshold.value < found.blood_pool.mean
    assert found.shell_scar.scar_area_cm2 == pytest.approx(cap_area_cm2(CAP_DEGREES), rel=0.05)


@both
def test_the_blood_pool_is_the_cavity_eroded_in_millimetres(spacing):
    body, found = atrium(spacing), result(spacing)
    depth = ndimage.distance_transform_edt(body.cavity, sampling=SPACINGS[spacing])
    expected = depth > 3.0 + 1e-3
    assert (found.blood_pool_mask.array.astype(bool) == expected).all()
    values = body.image(body.cap(FLOOR, CAP_DEGREES)).array[expected].astype(float)
    assert found.blood_pool.mean == pytest.approx(values.mean())
    assert found.blood_pool.sd == pytest.approx(values.std(ddof=1))
    assert found.threshold.value == pytest.approx(1.32 * values.mean())


@both
def test_thickness_and_iir_of_the_shell_are_those_of_the_study(spacing):
    found = result(spacing)
    inner = ~found.shell.excluded & (angle_degrees(found.shell.mesh.vertices_ras, FLOOR) < CAP_DEGREES - 10)
    assert np.median(found.shell.iir[inner]) == pytest.approx(1.6, abs=0.05)
    assert found.shell.thickness_mm[~found.shell.excluded].mean() == pytest.approx(3, abs=0.25)
    assert set(found.shell.point_arrays()) == {"IIR", "Scar", "Intensity", "Thickness_mm", "Region", "Excluded"}


@both
def test_regions_add_up_and_the_scar_lies_in_the_floor(spacing):
    found = result(spacing)
    assert sum(region.wall.wall_volume_ml for region in found.regions) == pytest.approx(found.burden.wall_volume_ml)
    assert sum(region.wall.scar_volume_ml for region in found.regions) == pytest.approx(found.burden.scar_volume_ml)
    areas = sum(region.shell.shell_area_cm2 for region in found.regions)
    assert areas == pytest.approx(found.shell_scar.shell_area_cm2)
    by_name = {region.name: region for region in found.regions}
    assert by_name["floor"].wall.scar_volume_ml > 0.95 * found.burden.scar_volume_ml
    assert by_name["roof"].wall.scar_volume_ml == 0
    assert by_name["antra"].wall.wall_volume_ml > 0


@both
def test_a_vein_is_encircled_but_for_its_gap(spacing):
    body = atrium(spacing)
    across = np.cross(LEFT, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    up = np.cross(LEFT, across)
    steps = body.points - CENTRE_RAS
    turn = np.mod(np.degrees(np.arctan2(steps @ up, steps @ across)), 360)
    angle = angle_degrees(body.points, LEFT)
    ring = (angle > 17) & (angle < 27) & (turn > 60) & (body.depth_mm <= 5)
    image = body.image(ring)
    found = quantify_la(dataclasses.replace(study(spacing), image=image), IIR)
    left, right = found.vein_rings
    assert (left.name, right.name) == ("LSPV", "RSPV")
    assert left.encirclement_percent == pytest.approx(100 * 300 / 360, abs=4)
    assert len(left.gaps) == 1
    assert left.gaps[0].length_mm == pytest.approx(left.length_mm / 6, abs=2)
    assert right.encirclement_percent == 0
    assert right.gaps[0].length_mm == pytest.approx(right.length_mm)


def test_turning_the_grid_by_35_degrees_keeps_the_numbers():
    numbers = []
    for directions in (np.eye(3), grid().directions):
        body = Atrium(grid(SPACINGS["slices"], directions), {"LSPV": LEFT})
        image = body.image(body.cap(FLOOR, CAP_DEGREES))
        mesh = cavity_surface(body.cavity, body.geometry)
        found = quantify_la(LAStudy(image, body.cavity, body.wall, body.openings, mesh), IIR)
        numbers.append((found.cavity_volume_ml, found.burden.wall_volume_ml, found.shell_scar.shell_area_cm2))
    assert numbers[0] == pytest.approx(numbers[1], rel=0.01)


def test_the_sweep_falls_and_meets_the_result_at_its_own_threshold():
    found = result("isotropic")
    percents = [point.scar_percent_of_wall for point in found.sweep]
    assert percents == sorted(percents, reverse=True)
    request = dataclasses.replace(IIR, iir_preset=IirPreset.CUSTOM, iir_custom=1.3)
    at_this = quantify_la(dataclasses.replace(study("isotropic"), mesh=None), request)
    point = next(point for point in found.sweep if point.iir == pytest.approx(1.3))
    assert point.scar_volume_ml == pytest.approx(at_this.burden.scar_volume_ml)


def test_a_models_scar_outside_the_wall_is_reported_and_not_counted():
    body = atrium("isotropic")
    drawn = body.cap(FLOOR, 20) & (body.depth_mm > -4) & (body.depth_mm <= 5)
    found = quantify_la(study("isotropic"), LARequest(method=LAMethod.MODEL), scar_mask=drawn)
    assert found.scar_outside_wall_ml == pytest.approx((drawn & ~body.wall).sum() / 1000)
    assert found.burden.scar_volume_ml == pytest.approx((drawn & body.wall).sum() / 1000)
    # Without a threshold the shell is scarred where half of the wall on its normals is.
    assert found.shell_scar.scar_area_cm2 == pytest.approx(cap_area_cm2(20), rel=0.05)


def test_islands_are_dropped_but_not_from_a_scar_drawn_by_hand():
    body = atrium("isotropic")
    speck = np.zeros_like(body.wall)
    speck[tuple(np.argwhere(body.wall)[0])] = True
    request = dataclasses.replace(IIR, minimum_island_mm3=2.0)
    found = quantify_la(dataclasses.replace(study("isotropic"), image=body.image(speck, noise=0.5)), request)
    assert found.burden.scar_volume_ml == 0
    edited = quantify_la(study("isotropic"), request, scar_mask=speck, edited_by_hand=True)
    assert edited.burden.scar_volume_ml == pytest.approx(0.001)
    assert edited.edited_by_hand


@pytest.mark.parametrize(
    ("percent", "scale", "category"),
    [(4.9, "5/20/35", 1), (5.0, "5/20/35", 2), (34.9, "5/20/35", 3), (35.0, "5/20/35", 4), (19.9, "10/20/30", 2)],
)
def test_the_utah_category_goes_by_its_scale(percent, scale, category):
    body = atrium("isotropic")
    voxels = np.argwhere(body.wall)
    scar = np.zeros_like(body.wall)
    scar[tuple(voxels[: int(np.ceil(len(voxels) * percent / 100))].T)] = True
    request = LARequest(method=LAMethod.MODEL, pre_ablation=True, utah_scale=UtahScale(scale))
    found = quantify_la(dataclasses.replace(study("isotropic"), mesh=None), request, scar_mask=scar)
    assert (found.utah.category, found.utah.scale) == (category, scale)
    assert found.utah.method == "predicted by the scar model"


def test_there_is_no_utah_category_unless_the_study_is_declared_pre_ablation():
    assert result("slices").utah is None
    assert "not declared pre-ablation" in result("slices").utah_reason


def test_a_z_scored_image_refuses_iir_and_takes_sd():
    scored = study("isotropic").image.array - 120
    image = Volume(scored, atrium("isotropic").geometry, name="scored")
    taken = dataclasses.replace(study("isotropic"), image=image)
    with pytest.raises(ScarSegError, match=r"the method 'iir' is refused: .* voxels of the wall are zero or below"):
        quantify_la(taken, IIR)
    found = quantify_la(taken, dataclasses.replace(IIR, method=LAMethod.SD, n_sd=8.0))
    assert found.burden.scar_volume_ml == pytest.approx(result("isotropic").burden.scar_volume_ml, rel=0.01)
    assert found.shell.iir is None
    assert found.sweep[0].iir is None


def test_the_header_tells_whether_intensities_are_magnitudes():
    magnitude = dataclasses.replace(study("isotropic").image, metadata={"is_magnitude": "true"})
    taken = dataclasses.replace(study("isotropic"), image=magnitude, mesh=None)
    request = dataclasses.replace(IIR, is_magnitude=None)
    assert quantify_la(taken, request).threshold.calibration == "magnitude"
    silent = dataclasses.replace(study("isotropic"), mesh=None)
    assert quantify_la(silent, request).threshold.calibration == "uncalibrated"


def test_a_thin_cavity_has_no_blood_pool():
    geometry = Geometry.from_spacing((12, 30, 30), (2.5, 1, 1))
    cavity = np.zeros(geometry.shape_kji, dtype=bool)
    cavity[5:7, 5:25, 5:25] = True
    wall = ndimage.binary_dilation(cavity) & ~cavity
    image = Volume(np.full(geometry.shape_kji, 50, dtype=np.float32), geometry)
    with pytest.raises(ScarSegError, match=r"needs a blood pool: no blood pool: 0 voxels of the cavity are left"):
        quantify_la(LAStudy(image, cavity, wall), IIR)
    found = quantify_la(LAStudy(image, cavity, wall), LARequest(method=LAMethod.MODEL), scar_mask=wall)
    assert found.blood_pool is None
    assert "erode it less" in found.blood_pool_reason
    assert found.sweep == ()


def test_the_surface_below_wall_that_was_taken_away_does_not_count():
    body = atrium("isotropic")
    taken = body.wall & (angle_degrees(body.points, FLOOR) <= CAP_DEGREES)
    left = dataclasses.replace(study("isotropic"), wall=body.wall & ~taken, excluded_wall=taken)
    found = quantify_la(left, IIR)
    whole = result("isotropic").shell_scar.shell_area_cm2
    assert whole - found.shell_scar.shell_area_cm2 == pytest.approx(cap_area_cm2(CAP_DEGREES), rel=0.04)
    assert found.shell_scar.scar_percent_of_shell < 1


def test_a_blood_pool_of_the_user_is_cut_to_the_cavity():
    body = atrium("isotropic")
    given = np.ones_like(body.cavity)
    found = quantify_la(dataclasses.replace(study("isotropic"), mesh=None), IIR, blood_pool_mask=given)
    assert found.blood_pool.source == "given"
    assert (found.blood_pool_mask.array.astype(bool) == body.cavity).all()


def test_a_cavity_that_leaves_the_volume_is_told_and_its_lid_does_not_count():
    body = Atrium(grid((1.0, 1.0, 1.0), np.eye(3), 64.0))
    keep = slice(20, None)
    matrix = np.array(body.geometry.ijk_to_ras)
    matrix[:3, 3] = body.geometry.index_to_ras((20, 0, 0))
    geometry = Geometry(body.cavity[keep].shape, matrix)
    image = Volume(body.image().array[keep], geometry)
    mesh = cavity_surface(body.cavity[keep], geometry)
    found = quantify_la(LAStudy(image, body.cavity[keep], body.wall[keep], mesh=mesh), IIR)
    assert any("reaches the border of the volume (first slice" in warning for warning in found.warnings)
    height = CENTRE_RAS[2] + BALL_MM - (geometry.index_to_ras((0, 0, 0))[2])
    assert found.shell_scar.shell_area_cm2 == pytest.approx(2 * np.pi * BALL_MM * height / 100, rel=0.03)


@pytest.mark.parametrize(("name", "cure"), [("cavity", "Draw it or let a model find it"), ("wall", "exclude less")])
def test_empty_masks_are_refused(name, cure):
    with pytest.raises(ScarSegError, match=rf"the {name} of atrium is empty: nothing can be measured. .*{cure}"):
        dataclasses.replace(study("isotropic"), **{name: np.zeros_like(atrium("isotropic").wall)})


def test_masks_on_another_grid_are_refused():
    with pytest.raises(ScarSegError, match=r"the wall has the shape \(2, 2, 2\).*resample the wall"):
        dataclasses.replace(study("isotropic"), wall=np.ones((2, 2, 2), dtype=bool))
    with pytest.raises(ValueError, match=r"does not fit the image"):
        quantify_la(study("isotropic"), LARequest(method=LAMethod.MODEL), scar_mask=np.ones((2, 2, 2), dtype=bool))


def test_without_a_surface_there_is_no_shell_and_the_reason_is_told():
    found = quantify_la(dataclasses.replace(study("isotropic"), mesh=None), IIR)
    assert found.shell_scar is None
    assert found.shell_reason == "the surface of the cavity was not asked for"
    assert found.vein_rings == ()
    assert found.regions[0].shell is None
