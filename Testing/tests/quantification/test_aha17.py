"""AHA-17 on an analytic tube: each segment gets the scar that was put there, however the grid lies."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from ScarSegLogic.quantification.aha17 import SECTORS
from ScarSegLogic.quantification.levels import find_long_axis
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.transmurality import measure_transmurality, transmurality_class

from .conftest import ANTERIOR_INSERTION, BASE_TO_APEX, CENTRE_RAS, SEPTUM

REQUEST = LVRequest(minimum_component_mm2=0.0)

LEVEL_DEPTHS = {"basal": (0, 30), "mid": (30, 60), "apical": (60, 90)}

PLACES = [
    (number, level, sectors.first_degrees + place * sectors.width_degrees, sectors.width_degrees)
    for level, sectors in SECTORS.items()
    for place, number in enumerate(sectors.numbers)
]

TURNS = [(axes, flips) for axes in permutations(range(3)) for flips in product((False, True), repeat=3) if axes[0] == 0]


def scar_in(tube, level, first, width):
    low, high = LEVEL_DEPTHS[level]
    return tube.sector(first, first + width) & (tube.depth_mm >= low) & (tube.depth_mm < high)


def percents(result) -> dict[int, float | None]:
    return {segment.number: segment.scar_percent for segment in result.aha17.segments}


def test_the_septum_is_on_the_patients_right_and_front_by_the_right_hand_rule():
    assert np.allclose(np.cross(BASE_TO_APEX, ANTERIOR_INSERTION), SEPTUM, atol=0.02)


@pytest.mark.parametrize(("number", "level", "first", "width"), PLACES)
def test_scar_in_one_segment_is_found_in_that_segment_alone(a_tube, quantify, number, level, first, width):
    scar = scar_in(a_tube, level, first, width)
    found = percents(quantify(a_tube, REQUEST, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras))
    assert found.pop(17) is None
    assert found.pop(number) > 97
    assert max(found.values()) < 2.5


def test_segments_add_up_to_the_whole_myocardium(a_tube, quantify):
    scar = a_tube.sector(40, 130)
    result = quantify(a_tube, REQUEST, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras)
    segments = [segment for segment in result.aha17.segments if segment.number < 17]
    infarct = sum(segment.volume_ml * segment.scar_percent / 100 for segment in segments)
    assert sum(segment.volume_ml for segment in segments) == pytest.approx(result.burden.myocardium_volume_ml)
    assert infarct == pytest.approx(result.burden.infarct_volume_ml)


@pytest.mark.parametrize("turn", TURNS)
def test_flipping_and_turning_the_grid_changes_no_segment(a_tube, quantify, turn):
    scar = scar_in(a_tube, "basal", 0, 60) | scar_in(a_tube, "apical", 105, 90) | scar_in(a_tube, "mid", 200, 30)
    expected = quantify(a_tube, REQUEST, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras)
    turned = a_tube.turned(turn)
    axes, flips = turn
    turned_scar = np.flip(scar.transpose(axes), [axis for axis in range(3) if flips[axis]])
    found = quantify(turned, REQUEST, scar_mask=turned_scar, rv_insertion_ras=a_tube.insertion_ras)
    for before, after in zip(expected.aha17.segments, found.aha17.segments, strict=True):
        assert after.pattern == before.pattern
        for name in ("volume_ml", "scar_percent", "circumferential_extent_percent", "transmurality_mean_percent"):
            assert getattr(after, name) == pytest.approx(getattr(before, name), abs=0.4), (after.number, name)


def test_thirds_of_the_rings_from_base_to_apex(a_tube, quantify):
    result = quantify(a_tube, REQUEST, scar_mask=a_tube.sector(0, 10))
    assert [entry.level for entry in result.slices] == ["basal"] * 3 + ["mid"] * 3 + ["apical"] * 3


def test_without_an_insertion_point_there_are_levels_but_no_segments(a_tube, quantify):
    result = quantify(a_tube, REQUEST, scar_mask=a_tube.sector(0, 10))
    assert result.aha17 is None
    assert "--rv-insertion" in result.aha17_reason


def test_the_callers_reason_for_a_missing_insertion_is_kept(a_tube, quantify):
    result = quantify(a_tube, REQUEST, scar_mask=a_tube.sector(0, 10), rv_insertion_reason="model too unsure")
    assert result.aha17_reason == "model too unsure"


def test_the_requests_insertion_serves_where_none_is_passed(a_tube, quantify):
    request = LVRequest(rv_insertion_ras=a_tube.insertion_ras)
    result = quantify(a_tube, request, scar_mask=a_tube.sector(0, 10))
    assert result.aha17.rv_insertion_source == "given"


def test_an_insertion_point_far_from_the_heart_is_not_used(a_tube, quantify):
    far = tuple(CENTRE_RAS + 120 * SEPTUM)
    result = quantify(a_tube, REQUEST, scar_mask=a_tube.sector(0, 10), rv_insertion_ras=far)
    assert result.aha17 is None
    assert "does not lie at the wall" in result.aha17_reason


def test_the_apex_is_the_cap_of_myocardium_without_cavity(a_tube, quantify):
    cap = (a_tube.depth_mm > 80) & (a_tube.radius_mm < 10)
    myocardium = np.where(a_tube.depth_mm > 80, cap, a_tube.myocardium)
    cavity = a_tube.cavity & (a_tube.depth_mm < 80)
    capped = type("Capped", (), {"cavity": cavity, "myocardium": myocardium, "image": a_tube.image})()
    half = cap & (np.mod(a_tube.angle_degrees, 360) < 180)
    result = quantify(capped, REQUEST, scar_mask=half, rv_insertion_ras=a_tube.insertion_ras)
    apex = result.aha17.segments[16]
    assert apex.volume_ml == pytest.approx(np.pi * 10**2 * 10 / 1000, rel=0.05)
    assert apex.scar_percent == pytest.approx(50, abs=3)
    assert result.slices[-1].level is None


def test_an_excluded_level_is_not_assessed_and_moves_no_other(a_tube, quantify):
    request = LVRequest(excluded_slices=(0, 1, 2), minimum_component_mm2=0.0)
    scar = scar_in(a_tube, "mid", 0, 60)
    result = quantify(a_tube, request, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras)
    assert result.aha17.segments[0].scar_percent is None
    assert result.aha17.segments[0].reason == "every slice of the basal level is excluded"
    assert percents(result)[8] > 97


def test_an_open_ring_is_no_level(a_tube, quantify):
    open_tube = type("Open", (), {"cavity": a_tube.cavity, "image": a_tube.image})()
    open_tube.myocardium = a_tube.myocardium & ~((a_tube.depth_mm < 10) & (np.abs(a_tube.angle_degrees) < 20))
    result = quantify(open_tube, REQUEST, scar_mask=a_tube.sector(0, 10))
    assert result.slices[0].level is None
    assert result.slices[1].level == "basal"


def test_without_a_cavity_there_are_no_segments(a_tube, quantify):
    solid = type("Solid", (), {"myocardium": a_tube.myocardium, "image": a_tube.image})()
    solid.cavity = np.zeros_like(a_tube.cavity)
    result = quantify(solid, REQUEST, scar_mask=a_tube.sector(0, 10), rv_insertion_ras=a_tube.insertion_ras)
    assert "no slice has a cavity" in result.aha17_reason


def test_a_strong_taper_overrules_the_header_with_a_warning(a_tube):
    radius = 30 - 0.25 * (90 - a_tube.depth_mm)  # wide where the header puts the apex
    myocardium = (a_tube.radius_mm < radius) & (a_tube.radius_mm >= radius - 8)
    axis = find_long_axis(myocardium, a_tube.radius_mm < radius - 8, a_tube.geometry)
    assert not axis.apex_at_high_index
    assert "Check the orientation" in axis.warning


def test_subendocardial_scar_of_half_the_wall(a_tube, quantify):
    scar = scar_in(a_tube, "mid", 60, 60) & (a_tube.radius_mm < 25)
    result = quantify(a_tube, REQUEST, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras)
    segment = result.aha17.segments[8]
    assert segment.pattern == "subendocardial"
    assert segment.scar_percent == pytest.approx(100 * (25**2 - 20**2) / (30**2 - 20**2), abs=2)
    assert segment.transmurality_class == ">25-50"
    assert segment.transmurality_mean_percent == pytest.approx(50, abs=2)
    assert segment.circumferential_extent_percent == pytest.approx(100, abs=2)


@pytest.mark.parametrize(
    ("inner", "outer", "pattern"),
    [(20, 29, "transmural"), (20, 24, "subendocardial"), (23, 27, "mid-wall"), (26, 30, "subepicardial")],
)
def test_pattern_follows_the_depth_of_the_scar(a_tube, quantify, inner, outer, pattern):
    scar = scar_in(a_tube, "mid", 60, 60) & (a_tube.radius_mm >= inner) & (a_tube.radius_mm < outer)
    result = quantify(a_tube, REQUEST, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras)
    assert result.aha17.segments[8].pattern == pattern
    assert result.aha17.segments[10].pattern == "none"


def test_half_of_a_segment_has_half_the_circumferential_extent(a_tube, quantify):
    scar = scar_in(a_tube, "mid", 60, 30)
    result = quantify(a_tube, REQUEST, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras)
    segment = result.aha17.segments[8]
    assert segment.circumferential_extent_percent == pytest.approx(50, abs=4)
    assert segment.transmurality_max_percent == 100


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(0, "0"), (0.1, ">0-25"), (25, ">0-25"), (25.1, ">25-50"), (50, ">25-50"), (75, ">50-75"), (75.1, ">75")],
)
def test_class_limits_belong_to_the_lower_class(percent, expected):
    assert transmurality_class(percent) == expected


def test_chords_without_wall_have_no_transmurality():
    nothing = np.zeros((4, 10), dtype=bool)
    assert measure_transmurality(nothing, nothing).circumferential_extent_percent is None
