"""AHA-17 on an analytic tube: each segment gets the scar that was put there, however the grid lies."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.levels import find_long_axis
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.transmurality import measure_transmurality, transmurality_class

from .conftest import ANTERIOR_INSERTION, BASE_TO_APEX, CENTRE_RAS, SEPTUM

REQUEST = LVRequest(minimum_component_mm2=0.0)

LEVEL_DEPTHS = {"basal": (0, 30), "mid": (30, 60), "apical": (60, 90)}

# Cerqueira 2002 by hand: number, name, level, first degree from the anterior insertion into the septum, width.
PLACES = [
    (1, "basal anterior", "basal", 300, 60),
    (2, "basal anteroseptal", "basal", 0, 60),
    (3, "basal inferoseptal", "basal", 60, 60),
    (4, "basal inferior", "basal", 120, 60),
    (5, "basal inferolateral", "basal", 180, 60),
    (6, "basal anterolateral", "basal", 240, 60),
    (7, "mid anterior", "mid", 300, 60),
    (8, "mid anteroseptal", "mid", 0, 60),
    (9, "mid inferoseptal", "mid", 60, 60),
    (10, "mid inferior", "mid", 120, 60),
    (11, "mid inferolateral", "mid", 180, 60),
    (12, "mid anterolateral", "mid", 240, 60),
    (13, "apical anterior", "apical", 285, 90),
    (14, "apical septal", "apical", 15, 90),
    (15, "apical inferior", "apical", 105, 90),
    (16, "apical lateral", "apical", 195, 90),
]

TURNS = [(axes, flips) for axes in permutations(range(3)) for flips in product((False, True), repeat=3) if axes[0] == 0]


def scar_in(tube, level, first, width):
    low, high = LEVEL_DEPTHS[level]
    return tube.sector(first, first + width) & (tube.depth_mm >= low) & (tube.depth_mm < high)


def percents(result) -> dict[int, float | None]:
    return {segment.number: segment.scar_percent for segment in result.aha17.segments}


def test_the_septum_is_on_the_patients_right_and_front_by_the_right_hand_rule():
    assert np.allclose(np.cross(BASE_TO_APEX, ANTERIOR_INSERTION), SEPTUM, atol=0.02)


@pytest.mark.parametrize(("number", "name", "level", "first", "width"), PLACES)
def test_scar_in_one_segment_is_found_in_that_segment_alone(a_tube, quantify, number, name, level, first, width):
    scar = scar_in(a_tube, level, first, width)
    result = quantify(a_tube, REQUEST, scar_mask=scar, rv_insertion_ras=a_tube.insertion_ras)
    assert result.aha17.segments[number - 1].name == name
    found = percents(result)
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
    assert "place it on the image" in result.aha17_reason


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


def a_cone(tube, *, wide_at_mm: float):
    """Wall of 8 mm around a cone that loses a quarter of a mm of radius for each mm away from the given depth."""
    radius = 30 - 0.25 * np.abs(tube.depth_mm - wide_at_mm)
    return (tube.radius_mm < radius) & (tube.radius_mm >= radius - 8), tube.radius_mm < radius - 8


def facing(geometry: Geometry, normal) -> Geometry:
    """The same pixels and slices, with the slices at right angles to a RAS direction."""
    normal = np.asarray(normal, dtype=float) / np.linalg.norm(normal)
    across = np.cross(normal, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    directions = np.column_stack([across, np.cross(normal, across), normal])
    return Geometry.from_spacing(geometry.shape_kji, geometry.spacing_kji_mm, directions=directions)


ALL_RINGS = np.ones(9, dtype=bool)
ACROSS_THE_LONG_AXIS = (1.0, 1.0, 0.0)


def test_a_clear_header_is_not_overruled_by_the_taper_but_the_user_is_warned(a_tube):
    myocardium, cavity = a_cone(a_tube, wide_at_mm=90)  # wide where the header puts the apex
    axis = find_long_axis(myocardium, cavity, ALL_RINGS, a_tube.geometry)
    assert axis.apex_at_high_index
    assert np.allclose(axis.base_to_apex, BASE_TO_APEX)
    assert [warning.split(";")[0] for warning in axis.warnings] == [
        "the orientation in the header puts the apex at the wide end of the ventricle"
    ]


def test_a_taper_that_agrees_with_a_clear_header_gives_no_warning(a_tube):
    axis = find_long_axis(*a_cone(a_tube, wide_at_mm=0), ALL_RINGS, a_tube.geometry)
    assert axis.apex_at_high_index
    assert axis.warnings == ()


@pytest.mark.parametrize("normal", [BASE_TO_APEX, ACROSS_THE_LONG_AXIS], ids=["clear", "unclear"])
def test_a_basal_slice_without_drawn_cavity_does_not_turn_the_ventricle_over(a_tube, quantify, normal):
    myocardium, cavity = a_cone(a_tube, wide_at_mm=0)
    cavity = cavity & (a_tube.depth_mm > 10)
    tube = replace(a_tube, geometry=facing(a_tube.geometry, normal))
    drawn = type("Drawn", (), {"myocardium": myocardium, "cavity": cavity, "image": tube.image})()
    result = quantify(drawn, REQUEST, scar_mask=a_tube.sector(0, 10))
    assert [entry.level for entry in result.slices] == [None, *["basal"] * 3, *["mid"] * 2, *["apical"] * 3]
    assert not any("wide end" in warning for warning in result.warnings)


@pytest.mark.parametrize(("wide_at_mm", "apex_at_high_index"), [(0, True), (90, False)])
def test_the_taper_decides_where_the_header_is_not_clear(a_tube, wide_at_mm, apex_at_high_index):
    geometry = facing(a_tube.geometry, ACROSS_THE_LONG_AXIS)
    axis = find_long_axis(*a_cone(a_tube, wide_at_mm=wide_at_mm), ALL_RINGS, geometry)
    assert axis.apex_at_high_index == apex_at_high_index
    assert axis.base_to_apex == pytest.approx(np.array([1, 1, 0]) / np.sqrt(2) * (1 if apex_at_high_index else -1))


def test_a_tube_across_an_unclear_header_has_no_order(a_tube):
    geometry = facing(a_tube.geometry, ACROSS_THE_LONG_AXIS)
    axis = find_long_axis(a_tube.myocardium, a_tube.cavity, ALL_RINGS, geometry)
    assert axis.base_to_apex is None
    assert "cannot be told apart" in axis.reason


def test_slices_that_are_no_full_rings_do_not_count_for_the_taper(a_tube):
    open_end = a_tube.depth_mm > 60
    myocardium = a_tube.myocardium & (~open_end | (a_tube.angle_degrees > 0))
    geometry = facing(a_tube.geometry, ACROSS_THE_LONG_AXIS)
    axis = find_long_axis(myocardium, a_tube.cavity & ~open_end, np.arange(9) < 6, geometry)
    assert axis.base_to_apex is None


@pytest.mark.parametrize(
    ("normal", "off_degrees"),
    [
        ((-1.0, 1.0, -1.0), None),
        ((-1.0, 1.0, -0.3), None),
        ((0.0, -1.0, 1.0), None),  # the other sense of the slices; 35 degrees off
        ((0.0, 0.0, 1.0), 55),  # axial
        ((1.0, 0.0, 0.0), 55),  # sagittal
        ((0.5, 1.0, 0.4), 87),
    ],
)
def test_segments_of_a_stack_far_off_the_long_axis_carry_a_warning(a_tube, quantify, normal, off_degrees):
    myocardium, cavity = a_cone(a_tube, wide_at_mm=0)
    tube = replace(a_tube, geometry=facing(a_tube.geometry, normal))
    drawn = type("Drawn", (), {"myocardium": myocardium, "cavity": cavity, "image": tube.image})()
    point = tuple(tube.geometry.index_to_ras((4.0, 20.0, 50.0)))
    result = quantify(drawn, REQUEST, scar_mask=a_tube.sector(0, 10), rv_insertion_ras=point)
    assert result.aha17 is not None
    found = [warning for warning in result.warnings if "does not look like a short-axis stack: " in warning]
    assert len(found) == (off_degrees is not None)
    assert all(f"{off_degrees} degrees off" in warning for warning in found)


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
