"""The whole LV job on a tube whose volumes are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.request import Baseline, GreyZoneDefinition, LVRequest, ScarMethod

METHODS = [
    LVRequest(method=ScarMethod.NSD),
    LVRequest(method=ScarMethod.FWHM),
    LVRequest(method=ScarMethod.FWHM, baseline=Baseline.RAW),
    LVRequest(method=ScarMethod.OTSU),
    LVRequest(method=ScarMethod.EWA),
    LVRequest(method=ScarMethod.MANUAL, manual_threshold=250.0),
]


@pytest.mark.parametrize("request_", METHODS, ids=lambda request: f"{request.method}-{request.baseline}")
def test_every_method_finds_bright_scar(a_tube, quantify, request_):
    scar = a_tube.sector(30, 100)
    result = quantify(a_tube, request_, image=a_tube.image(scar))
    assert np.array_equal(result.segmentation.array == 3, scar)
    assert result.burden.scar_fraction_percent == pytest.approx(100 * scar.sum() / a_tube.myocardium.sum())


def test_totals_follow_from_the_voxels(a_tube, quantify):
    scar, mvo = a_tube.sector(30, 100), a_tube.sector(50, 60)
    burden = quantify(a_tube, LVRequest(), scar_mask=scar, mvo_mask=mvo).burden
    voxel_ml = 10.0 * 1.5 * 1.2 / 1000
    assert burden.myocardium_volume_ml == pytest.approx(a_tube.myocardium.sum() * voxel_ml)
    assert burden.myocardium_volume_ml == pytest.approx(np.pi * (30**2 - 20**2) * 90 / 1000, rel=0.01)
    assert burden.mvo_volume_ml == pytest.approx(mvo.sum() * voxel_ml)
    assert burden.infarct_volume_ml == pytest.approx(scar.sum() * voxel_ml)
    assert burden.scar_volume_ml == pytest.approx(burden.infarct_volume_ml - burden.mvo_volume_ml)
    assert burden.scar_mass_g == pytest.approx(1.05 * burden.infarct_volume_ml)


def test_scar_volume_scales_with_slice_spacing(a_tube, quantify):
    scar = a_tube.sector(30, 100)
    matrix = np.array(a_tube.geometry.ijk_to_ras)
    matrix[:3, 2] *= 1.3
    stretched = replace(a_tube, geometry=Geometry(a_tube.geometry.shape_kji, matrix))
    before, after = (quantify(tube, LVRequest(), scar_mask=scar).burden for tube in (a_tube, stretched))
    assert after.infarct_volume_ml == pytest.approx(1.3 * before.infarct_volume_ml)
    assert after.scar_fraction_percent == pytest.approx(before.scar_fraction_percent)


def test_slices_add_up_to_the_totals(a_tube, quantify):
    scar = a_tube.sector(30, 100) & (a_tube.depth_mm < 50)
    result = quantify(a_tube, LVRequest(), scar_mask=scar)
    assert len(result.slices) == 9
    total = sum(entry.burden.infarct_volume_ml for entry in result.slices)
    assert total == pytest.approx(result.burden.infarct_volume_ml)
    assert result.slices[8].burden.scar_fraction_percent == 0


def test_excluded_slices_are_left_out_of_every_number_and_recorded(a_tube, quantify):
    scar = a_tube.sector(30, 100)
    request = LVRequest(excluded_slices=(0, 8), grey_zone=GreyZoneDefinition.SD_2_3)
    result = quantify(a_tube, request, scar_mask=scar)
    assert [entry.index for entry in result.slices if entry.excluded] == [0, 8]
    assert result.slices[0].burden.myocardium_volume_ml == 0
    assert result.slices[0].burden.scar_fraction_percent is None
    assert result.burden.infarct_volume_ml == pytest.approx(scar[1:8].sum() * 0.018)
    assert not result.segmentation.array[[0, 8]].any()
    assert not result.remote_mask[[0, 8]].any()
    assert {shape.slice_index for shape in result.shapes} == set(range(1, 8))
    assert result.request.excluded_slices == (0, 8)


def test_segmentation_adds_up_to_the_numbers_on_the_input_grid(a_tube, quantify):
    result = quantify(a_tube, LVRequest(method=ScarMethod.NSD), image=a_tube.image(a_tube.sector(0, 90)))
    array = result.segmentation.array
    assert array.dtype == np.uint8
    assert result.segmentation.geometry == a_tube.geometry
    assert np.array_equal(array == 1, a_tube.cavity)
    assert np.array_equal(array >= 2, a_tube.myocardium)
    assert np.count_nonzero(array >= 3) * 0.018 == pytest.approx(result.burden.infarct_volume_ml)


def test_a_dark_core_of_the_scar_counts_as_infarct_but_not_as_scar(a_tube, quantify):
    core = a_tube.sector(60, 70) & (a_tube.radius_mm > 23) & (a_tube.radius_mm < 27)
    scar = a_tube.sector(30, 100) & ~core
    image = a_tube.image(scar)
    with_rule = quantify(a_tube, LVRequest(method=ScarMethod.FWHM), image=image)
    without = quantify(a_tube, LVRequest(method=ScarMethod.FWHM, propose_mvo=False), image=image)
    assert np.array_equal(with_rule.segmentation.array == 4, core)
    assert with_rule.burden.scar_volume_ml == without.burden.scar_volume_ml == without.burden.infarct_volume_ml


def test_mvo_of_the_model_is_taken_and_nothing_proposed(a_tube, quantify):
    core = a_tube.sector(60, 70) & (a_tube.radius_mm > 23) & (a_tube.radius_mm < 27)
    result = quantify(a_tube, LVRequest(), scar_mask=a_tube.sector(30, 100), mvo_mask=core)
    assert np.array_equal(result.segmentation.array == 4, core)


def test_without_mvo_that_of_the_model_counts_as_scar(a_tube, quantify):
    scar, core = a_tube.sector(30, 100), a_tube.sector(60, 70) & (a_tube.radius_mm > 23) & (a_tube.radius_mm < 27)
    result = quantify(a_tube, LVRequest(propose_mvo=False), scar_mask=scar, mvo_mask=core)
    assert np.array_equal(result.segmentation.array == 3, scar)
    assert result.burden.mvo_volume_ml == 0
    assert result.burden.scar_volume_ml == result.burden.infarct_volume_ml


def test_the_size_limit_is_for_proposals_not_for_the_models_mvo(a_tube, quantify):
    core = a_tube.sector(60, 70) & (a_tube.radius_mm > 23) & (a_tube.radius_mm < 27)
    result = quantify(a_tube, LVRequest(maximum_mvo_mm2=1.0), scar_mask=a_tube.sector(30, 100), mvo_mask=core)
    assert np.array_equal(result.segmentation.array == 4, core)


@pytest.mark.parametrize(
    "request_",
    [
        LVRequest(method=ScarMethod.FWHM),
        LVRequest(method=ScarMethod.EWA),
        LVRequest(method=ScarMethod.NSD, grey_zone=GreyZoneDefinition.PEAK_35_50),
    ],
    ids=["fwhm", "ewa", "grey zone"],
)
def test_enhancement_at_the_edge_alone_is_no_scar_to_peak_methods_and_is_told(a_tube, quantify, request_):
    image = a_tube.image()
    image.array[a_tube.sector(0, 120) & (a_tube.radius_mm < 21)] += 300
    result = quantify(a_tube, request_, image=image, remote_mask=a_tube.sector(180, 300))
    assert (result.burden.infarct_volume_ml > 0) == (request_.method not in (ScarMethod.FWHM, ScarMethod.EWA))
    assert sum("only at the edge of the wall" in warning for warning in result.warnings) == 1
    assert (result.grey_zone is None) == (request_.grey_zone is GreyZoneDefinition.NONE)


@pytest.mark.parametrize("method", [ScarMethod.FWHM, ScarMethod.EWA])
def test_no_scar_is_found_in_a_healthy_heart(a_tube, quantify, method):
    image = a_tube.image()
    result = quantify(a_tube, LVRequest(method=method), image=image, remote_mask=a_tube.myocardium)
    assert result.burden.infarct_volume_ml == 0
    assert "no scar" in result.threshold.reason


def test_otsu_warns_where_it_splits_normal_myocardium(a_tube, quantify):
    result = quantify(a_tube, LVRequest(method=ScarMethod.OTSU), image=a_tube.image())
    assert any("Otsu always splits" in warning for warning in result.warnings)


def test_ewa_reports_a_partial_volume_weighted_infarct(a_tube, quantify):
    scar, rim = a_tube.sector(30, 100), a_tube.sector(100, 120)
    image = a_tube.image(scar, noise=1.0)
    image.array[rim] += 100  # a third infarct: 200 between 100 and 400
    result = quantify(a_tube, LVRequest(method=ScarMethod.EWA), image=image)
    expected_ml = (scar.sum() + rim.sum() / 3) * 0.018
    assert result.weighted_infarct_volume_ml == pytest.approx(expected_ml, rel=0.02)
    assert np.array_equal(result.segmentation.array == 3, scar)


def test_the_weighted_infarct_loses_islands_that_clean_up_drops_with_their_faint_rim(a_tube, quantify):
    scar, island = a_tube.sector(30, 100), a_tube.sector(200, 220) & (a_tube.depth_mm < 50)
    rim = a_tube.sector(220, 240) & (a_tube.depth_mm < 50)
    image = a_tube.image(scar | island, noise=1.0)
    image.array[rim] += 100
    remote = a_tube.sector(260, 350)
    request = LVRequest(method=ScarMethod.EWA, largest_component_only=True)
    everything = quantify(a_tube, LVRequest(method=ScarMethod.EWA), image=image, remote_mask=remote)
    largest = quantify(a_tube, request, image=image, remote_mask=remote)
    assert everything.weighted_infarct_volume_ml == pytest.approx(
        (scar.sum() + island.sum() + rim.sum() / 3) * 0.018, rel=0.02
    )
    assert largest.weighted_infarct_volume_ml == pytest.approx(scar.sum() * 0.018, rel=0.01)
    assert largest.burden.infarct_volume_ml == pytest.approx(scar.sum() * 0.018)


def test_mvo_weighs_as_full_infarct(a_tube, quantify):
    core = a_tube.sector(60, 70) & (a_tube.radius_mm > 23) & (a_tube.radius_mm < 27)
    image = a_tube.image(a_tube.sector(30, 100) & ~core, noise=1.0)
    with_mvo = quantify(a_tube, LVRequest(method=ScarMethod.EWA), image=image)
    without = quantify(a_tube, LVRequest(method=ScarMethod.EWA, propose_mvo=False), image=image)
    difference = with_mvo.weighted_infarct_volume_ml - without.weighted_infarct_volume_ml
    # Noise above remote + 2 SD already weighs a little.
    assert difference == pytest.approx(core.sum() * 0.018, rel=1e-3)


def test_a_threshold_that_is_not_finite_is_refused():
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(ScarSegError, match=r"manual_threshold is .*: expected a finite intensity"):
            LVRequest(method=ScarMethod.MANUAL, manual_threshold=value)


def test_an_insertion_point_that_is_not_finite_is_refused():
    for value in (np.nan, np.inf):
        with pytest.raises(ScarSegError, match=r"rv_insertion_ras is .*: expected three finite R,A,S values"):
            LVRequest(rv_insertion_ras=(1.0, value, 2.0))


def test_a_given_remote_region_is_cut_to_the_myocardium(a_tube, quantify):
    given = a_tube.sector(200, 250) | a_tube.cavity
    result = quantify(a_tube, LVRequest(method=ScarMethod.NSD), remote_mask=given, image=a_tube.image())
    assert np.array_equal(result.remote_mask, a_tube.sector(200, 250))
    assert result.remote.source == "given"
    assert result.remote.voxel_count == a_tube.sector(200, 250).sum()
    assert result.remote.mean == pytest.approx(100, abs=1)


def test_a_remote_region_outside_the_myocardium_is_an_error(a_tube, quantify):
    with pytest.raises(ScarSegError, match="no voxel in the myocardium"):
        quantify(a_tube, LVRequest(method=ScarMethod.NSD), remote_mask=a_tube.cavity, image=a_tube.image())


def test_methods_without_remote_propose_none(a_tube, quantify):
    result = quantify(a_tube, LVRequest(), scar_mask=a_tube.sector(0, 90))
    assert result.remote is None
    assert result.remote_mask is None


def test_a_myocardium_too_small_for_a_remote_region_is_an_error(a_tube):
    myocardium = np.zeros_like(a_tube.myocardium)
    myocardium[4, 20, 20:25] = True
    with pytest.raises(ScarSegError, match="--remote"):
        quantify_lv(a_tube.image(), ~myocardium, myocardium, LVRequest(method=ScarMethod.NSD))


def test_an_empty_myocardium_is_an_error(a_tube):
    with pytest.raises(ScarSegError, match="the myocardium of tube is empty"):
        quantify_lv(a_tube.image(), a_tube.cavity, np.zeros_like(a_tube.cavity), LVRequest(method=ScarMethod.NSD))


def test_excluding_everything_is_an_error(a_tube, quantify):
    with pytest.raises(ScarSegError, match="nothing is left to measure"):
        quantify(a_tube, LVRequest(excluded_slices=tuple(range(9))), scar_mask=a_tube.sector(0, 90))


@pytest.mark.parametrize("index", [9, -1])
def test_an_excluded_slice_that_does_not_exist_is_an_error(a_tube, quantify, index):
    with pytest.raises(ScarSegError, match="has slices 0 to 8"):
        quantify(a_tube, LVRequest(excluded_slices=(index,)), scar_mask=a_tube.sector(0, 90))


def test_the_model_method_without_a_prediction_is_an_error(a_tube, quantify):
    with pytest.raises(ScarSegError, match="needs a prediction"):
        quantify(a_tube, LVRequest(), image=a_tube.image())


def test_nan_in_the_image_is_measured_as_myocardium_but_never_as_scar(a_tube, quantify):
    image = a_tube.image(a_tube.sector(30, 100))
    image.array[a_tube.sector(60, 70)] = np.nan
    result = quantify(a_tube, LVRequest(method=ScarMethod.NSD, propose_mvo=False), image=image)
    assert np.count_nonzero(result.segmentation.array >= 2) == a_tube.myocardium.sum()
    assert not (result.segmentation.array[a_tube.sector(60, 70)] == 3).any()


def test_the_callers_masks_are_not_changed(a_tube):
    cavity, scar = a_tube.cavity, a_tube.sector(0, 90)
    before = scar.copy()
    image = a_tube.image()
    quantify_lv(image, cavity, a_tube.myocardium, LVRequest(excluded_slices=(1,)), scar_mask=scar)
    assert np.array_equal(scar, before)
    assert np.array_equal(cavity, a_tube.cavity)


def test_grey_zone_and_core_are_apart(a_tube, quantify):
    core, grey = a_tube.sector(0, 60), a_tube.sector(60, 90)
    image = a_tube.image(core, noise=1.0)
    image.array[grey] += 150  # 250: half of the way from 100 to 400
    request = LVRequest(method=ScarMethod.FWHM, grey_zone=GreyZoneDefinition.PEAK_40_60)
    zone = quantify(a_tube, request, image=image, remote_mask=a_tube.sector(180, 270)).grey_zone
    assert zone.lower == pytest.approx(220, abs=2)
    assert zone.upper == pytest.approx(280, abs=2)
    assert zone.core_volume_ml == pytest.approx(core.sum() * 0.018)
    assert zone.grey_zone_volume_ml == pytest.approx(grey.sum() * 0.018)
    assert "remote mean" in zone.definition


def test_grey_zone_of_2_to_3_sd(a_tube, quantify):
    image = a_tube.image(a_tube.sector(0, 60))
    remote = a_tube.sector(100, 300)
    request = LVRequest(method=ScarMethod.NSD, grey_zone=GreyZoneDefinition.SD_2_3)
    result = quantify(a_tube, request, image=image, remote_mask=remote)
    assert result.grey_zone.lower == pytest.approx(result.remote.mean + 2 * result.remote.sd)
    assert result.grey_zone.upper == pytest.approx(result.remote.mean + 3 * result.remote.sd)


def test_a_healthy_heart_has_no_grey_zone(a_tube, quantify):
    request = LVRequest(method=ScarMethod.NSD, grey_zone=GreyZoneDefinition.PEAK_35_50)
    result = quantify(a_tube, request, image=a_tube.image(), remote_mask=a_tube.myocardium)
    assert result.grey_zone is None
    assert "no scar" in result.grey_zone_reason
