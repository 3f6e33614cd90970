"""`result.json` of the left atrium, and the change between two studies."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.finite_json import to_json_text
from ScarSegLogic.quantification.la import LAStudy, quantify_la
from ScarSegLogic.quantification.la_change import change_between, change_to_json, scar_overlap
from ScarSegLogic.quantification.la_openings import openings_of
from ScarSegLogic.quantification.la_regions import REGIONS, atrial_frame
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.quantification.la_result_json import LAArrays, la_result_from_json, la_result_to_json
from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.openings import Opening
from ScarSegLogic.wall.exclusions import ExclusionPlane
from Testing.tests.atrium import CENTRE_RAS, LEFT, RIGHT, Atrium, grid

CONTRACT_KEYS = (
    "cavity_volume_ml", "wall_volume_ml", "scar_volume_ml", "scar_percent_of_wall", "scar_percent_of_shell",
    "scar_area_cm2", "threshold", "scar_outside_wall_ml", "blood_pool_mean", "blood_pool_sd", "regions", "vein_rings",
    "utah_category", "utah_scale", "utah_reason", "schema_version",
)  # fmt: skip
REQUEST = LARequest(method=LAMethod.IIR, pre_ablation=True)


@pytest.fixture(scope="module")
def study() -> LAStudy:
    body = Atrium(grid((2.5, 1.25, 1.25)), {"LSPV": LEFT, "RSPV": RIGHT})
    image = body.image(body.cap(np.array([0.0, 0.0, -1.0]), 35))
    return LAStudy(image, body.cavity, body.wall, body.openings, cavity_surface(body.cavity, body.geometry))


@pytest.fixture(scope="module")
def result(study) -> LAScarResult:
    return quantify_la(study, REQUEST)


def through_json(result: LAScarResult) -> tuple[dict, LAScarResult]:
    document = json.loads(to_json_text(la_result_to_json(result)))
    arrays = LAArrays(result.cavity, result.wall, result.scar, result.blood_pool_mask, result.shell)
    return document, la_result_from_json(document, arrays)


def test_the_file_holds_every_number_that_is_promised(result):
    document, _ = through_json(result)
    assert set(CONTRACT_KEYS) <= set(document)
    assert document["scar_volume_ml"] == result.burden.scar_volume_ml
    assert document["scar_percent_of_shell"] == result.shell_scar.scar_percent_of_shell
    assert document["blood_pool_mean"] == result.blood_pool.mean
    assert document["threshold"]["value"] == result.threshold.value
    assert (document["utah_category"], document["utah_scale"]) == (result.utah.category, "5/20/35")
    assert [region["name"] for region in document["regions"]] == list(REGIONS)
    assert [ring["name"] for ring in document["vein_rings"]] == ["LSPV", "RSPV"]


def test_a_result_survives_json(result):
    _, again = through_json(result)
    for field in dataclasses.fields(LAScarResult):
        assert getattr(again, field.name) == getattr(result, field.name), field.name


def test_undefined_numbers_are_null_with_a_reason(study):
    bare = dataclasses.replace(study, mesh=None)
    edited = quantify_la(bare, LARequest(method=LAMethod.MODEL), scar_mask=study.wall)
    document, again = through_json(edited)
    undefined = document["undefined"]
    assert document["scar_percent_of_shell"] is None
    assert (
        undefined["scar_percent_of_shell"] == document["shell_reason"] == "the surface of the cavity was not asked for"
    )
    assert undefined["regions.0.shell_area_cm2"] == document["shell_reason"]
    assert undefined["threshold.value"] == "the method uses no intensity threshold"
    assert document["utah_category"] is None
    assert "not declared pre-ablation" in undefined["utah_category"]
    assert again.shell_scar is None
    assert again.utah is None
    assert again.regions == edited.regions


def test_every_null_number_has_its_reason(study):
    far = Opening("LSPV", OpeningKind.VEIN, tuple(CENTRE_RAS + 80 * LEFT), tuple(LEFT), 5.0)
    found = quantify_la(dataclasses.replace(study, openings=(far,)), REQUEST)
    document, _ = through_json(found)
    assert document["vein_rings"][0]["reason"] == "the surface does not end at this vein's ostium: move its plane"
    assert document["undefined"]["vein_rings.0.encirclement_percent"] == document["vein_rings"][0]["reason"]
    nulls = [place for place in _nulls(document) if not place.endswith(("reason", "iir_custom", "is_magnitude"))]
    assert set(nulls) <= set(document["undefined"])


def test_numbers_that_are_not_finite_come_back_as_nan(result):
    broken = dataclasses.replace(result, cavity_volume_ml=float("nan"))
    document, again = through_json(broken)
    assert document["cavity_volume_ml"] is None
    assert document["undefined"]["cavity_volume_ml"] == "the computed value was not a finite number"
    assert np.isnan(again.cavity_volume_ml)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 99}, r"schema_version 99, this ScarSeg reads 1"),
        ({"surprise": 1}, r"unknown entries \['surprise'\]"),
        ({"regions": 3}, r"result.regions is no list"),
        ({"patches": {"count": "two", "largest": 1.0}}, r"result.patches.count is 'two': expected a whole number"),
    ],
)
def test_a_damaged_file_is_refused_by_its_place(result, change, message):
    arrays = LAArrays(result.cavity, result.wall, result.scar, result.blood_pool_mask)
    with pytest.raises(ScarSegError, match=message):
        la_result_from_json({**la_result_to_json(result), **change}, arrays)


def test_cut_planes_are_openings():
    planes = (
        ExclusionPlane((1.0, 2.0, 3.0), (0.0, 0.0, 2.0), 7.0, name="LSPV"),
        ExclusionPlane((4.0, 5.0, 6.0), (0.0, 1.0, 0.0), 15.0, name="Mitral valve"),
        ExclusionPlane((4.0, 5.0, 6.0), (0.0, 1.0, 0.0), 6.0),
    )
    openings = openings_of(planes)
    assert [(opening.name, opening.kind) for opening in openings] == [
        ("LSPV", OpeningKind.VEIN), ("Mitral valve", OpeningKind.MITRAL), ("vein 3", OpeningKind.VEIN),
    ]  # fmt: skip
    assert (openings[0].centre_ras, openings[0].radius_mm) == ((1.0, 2.0, 3.0), 7.0)


def test_regions_are_told_by_directions_of_the_patient():
    points = CENTRE_RAS + 30 * np.concatenate([np.eye(3), -np.eye(3)])
    shell = CENTRE_RAS + 20 * np.random.default_rng(1).normal(size=(500, 3))
    names = ["septal", "anterior", "roof", "lateral", "posterior", "floor"]
    frame = atrial_frame(shell, ())
    assert [REGIONS[number - 1] for number in frame.regions(points, antrum_mm=8)] == names


def test_regions_follow_veins_that_lean_and_antra_lie_at_their_rims():
    sides = {"RSPV": np.array([30.0, 0.0, 9.0]), "LSPV": np.array([-30.0, 0.0, -9.0])}
    veins = [
        Opening(name, OpeningKind.VEIN, tuple(CENTRE_RAS + step), tuple(step), 6.0) for name, step in sides.items()
    ]
    shell = CENTRE_RAS + 20 * np.random.default_rng(1).normal(size=(500, 3))
    frame = atrial_frame(shell, veins)
    right = sides["RSPV"] / np.linalg.norm(sides["RSPV"])
    assert frame.axes[0] == pytest.approx(right)
    assert frame.axes @ frame.axes.T == pytest.approx(np.eye(3))
    assert np.linalg.det(frame.axes) == pytest.approx(1)
    across = np.cross(right, [0.0, 1.0, 0.0])
    rim = CENTRE_RAS + sides["RSPV"] + np.outer([6.0, 13.9, 14.1], across)
    assert (frame.regions(rim, antrum_mm=8) == REGIONS.index("antra") + 1).tolist() == [True, True, False]


def test_a_change_sets_two_studies_side_by_side(study, result):
    after = quantify_la(dataclasses.replace(study, image=Atrium(study.image.geometry).image()), REQUEST)
    change = change_between(result, after)
    assert change.scar_volume_ml.difference == pytest.approx(-result.burden.scar_volume_ml)
    assert set(change.encirclement_percent) == {"LSPV", "RSPV"}
    assert change.warnings == ()
    document = json.loads(to_json_text(change_to_json(change)))
    assert document["scar_volume_ml"]["before"] == result.burden.scar_volume_ml
    assert document["scar_volume_ml"]["difference"] == pytest.approx(-result.burden.scar_volume_ml)
    assert document["overlap"] is None


def test_a_change_warns_where_the_studies_were_measured_differently(study, result):
    other = quantify_la(study, dataclasses.replace(REQUEST, method=LAMethod.SD, n_sd=2.3))
    (warning,) = change_between(result, other).warnings
    assert "method is iir in the first study and sd in the second" in warning
    assert "n_sd is 3.3 in the first study and 2.3 in the second" in warning


def test_overlap_counts_within_the_wall_of_both():
    first_wall, second_wall = np.array([[[1, 1, 1, 1, 0]]], bool), np.array([[[0, 1, 1, 1, 1]]], bool)
    first, second = np.array([[[1, 1, 1, 0, 0]]], bool), np.array([[[0, 0, 1, 1, 1]]], bool)
    overlap = scar_overlap((first_wall, first), (second_wall, second), 2.0)
    assert dataclasses.astuple(overlap) == (6.0, 2.0, 2.0, 2.0)
    with pytest.raises(ScarSegError, match=r"do not overlap: check their registration"):
        scar_overlap((first_wall, first), (~first_wall, second), 2.0)
    with pytest.raises(ScarSegError, match=r"on different grids"):
        scar_overlap((first_wall, first), (second_wall[..., :4], second[..., :4]), 2.0)


def _nulls(value, place: str = "") -> list[str]:
    if isinstance(value, dict):
        return [each for key, item in value.items() for each in _nulls(item, f"{place}.{key}" if place else key)]
    if isinstance(value, list):
        return [each for index, item in enumerate(value) for each in _nulls(item, f"{place}.{index}")]
    return [place] if value is None else []
