"""Cut planes read from the shape of made and of real atria."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map
from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.wall.distances import CavityDistances
from ScarSegLogic.wall.mask import WallMaker
from ScarSegLogic.wall.mitral_plane import TOWARD_VENTRICLE_RAS
from ScarSegLogic.wall.proposals import propose_exclusions
from ScarSegLogic.wall.request import WallRequest
from Testing.tests.rotations import rotation
from Testing.tests.wall.conftest import CENTRE_RAS, ball, centred_grid, points_of

TUBES = {
    "LSPV": ((-13.0, -4.0, 12.0), (-0.95, 0.1, 0.3)),
    "LIPV": ((-13.0, -14.0, 4.0), (-0.85, -0.5, 0.0)),
    "RSPV": ((15.0, 2.0, 8.0), (0.95, 0.1, 0.3)),
    "RIPV": ((15.0, -12.0, -2.0), (0.85, -0.5, 0.0)),
}
MITRAL_HEIGHT_MM = 14.0
RADIUS_MM = 5.0


def atrium(geometry: Geometry) -> NDArray[np.bool_]:
    """A ball of 19 mm, cut flat toward the ventricle, with four straight veins of 5 mm."""
    points = points_of(geometry) - CENTRE_RAS
    mask = (np.linalg.norm(points, axis=-1) <= 19) & (points @ TOWARD_VENTRICLE_RAS <= MITRAL_HEIGHT_MM)
    for start, direction in TUBES.values():
        along = (points - start) @ unit(direction)
        aside = np.linalg.norm(points - start - along[..., None] * unit(direction), axis=-1)
        mask |= (aside <= RADIUS_MM) & (along >= 0) & (along <= 24)
    return mask


def unit(vector: tuple[float, float, float]) -> NDArray[np.float64]:
    return np.array(vector) / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("shape", "spacing", "degrees"),
    [
        ((100, 100, 110), (1.0, 1.0, 1.0), 35),
        ((44, 130, 150), (2.5, 0.7, 0.7), 20),
    ],
)
def test_veins_and_valve_of_a_made_atrium_are_found_where_they_are(shape, spacing, degrees):
    grid = centred_grid(shape, spacing, rotation((1, 2, 3), degrees))
    found = {each.plane.name: each for each in propose_exclusions(CavityDistances.of(atrium(grid), grid))}
    assert sorted(found) == ["LIPV", "LSPV", "RIPV", "RSPV", "mitral"]
    for name, (start, direction) in TUBES.items():
        plane = found[name].plane
        steps = np.array(plane.origin_ras) - CENTRE_RAS - start
        along = steps @ unit(direction)
        assert np.linalg.norm(steps - along * unit(direction)) < 2.0
        assert np.array(plane.normal_ras) @ unit(direction) > np.cos(np.radians(15))
        # The ostium lies outside the ball and well before the tip.
        assert np.linalg.norm(np.array(plane.origin_ras) - CENTRE_RAS) > 17
        assert along < 16
        assert RADIUS_MM - 0.5 < plane.radius_mm < 1.8 * RADIUS_MM
        assert found[name].kind is OpeningKind.VEIN
    mitral = found["mitral"]
    assert np.array(mitral.plane.normal_ras) @ TOWARD_VENTRICLE_RAS > np.cos(np.radians(12))
    height = (np.array(mitral.plane.origin_ras) - CENTRE_RAS) @ TOWARD_VENTRICLE_RAS
    assert height == pytest.approx(MITRAL_HEIGHT_MM - 3, abs=1.5)
    assert mitral.confidence > 0.5


def test_the_cuts_take_tips_and_valve_and_leave_the_body():
    grid = centred_grid((100, 100, 110), (1.0, 1.0, 1.0), rotation((1, 2, 3), 35))
    maker = WallMaker(CavityDistances.of(atrium(grid), grid))
    planes = tuple(each.plane for each in propose_exclusions(maker.distances) if each.is_usual)
    whole, cut = maker.wall(WallRequest(0.0, 2.5)).mask, maker.wall(WallRequest(0.0, 2.5, planes=planes)).mask
    points = points_of(grid) - CENTRE_RAS
    away_mm = np.linalg.norm(points, axis=-1)
    in_front = points @ TOWARD_VENTRICLE_RAS
    tubes = np.max([(points - start) @ unit(direction) for start, direction in TUBES.values()], axis=0)
    assert not cut[(away_mm > 34)].any()
    assert not cut[(in_front > MITRAL_HEIGHT_MM) & (away_mm < 20)].any()
    body = whole & (away_mm < 21.6) & (in_front < 8) & (tubes < 3)
    assert body.sum() > 3000
    assert cut[body].mean() > 0.99


def test_a_ball_has_no_veins_and_a_valve_of_little_confidence():
    grid = centred_grid((60, 60, 60), (1.0, 1.0, 1.0))
    (mitral,) = propose_exclusions(CavityDistances.of(ball(grid, 20.0), grid))
    assert mitral.kind is OpeningKind.MITRAL
    assert mitral.confidence < 0.25


def test_a_tiny_cavity_gives_no_error():
    grid = centred_grid((12, 12, 12), (2.0, 2.0, 2.0))
    assert propose_exclusions(CavityDistances.of(ball(grid, 3.0), grid))[0].plane.name == "mitral"


@pytest.mark.real_data
def test_real_atria_have_plausible_cuts(shared_data: Path):
    folder = shared_data / "la2018"
    cases = json.loads((folder / "split.json").read_text())["train"][:2]
    for case in cases:
        labels = read_label_map(folder / f"{case}_cavity.nii.gz")
        maker = WallMaker(CavityDistances.of(labels.array > 0, labels.geometry))
        found = propose_exclusions(maker.distances)
        veins = [each for each in found if each.kind is OpeningKind.VEIN]
        assert 3 <= len(veins) <= 4, case
        assert all(3 < each.plane.radius_mm < 22 for each in veins), case
        assert len({each.plane.name for each in found}) == len(found)
        mitral = found[0].plane
        assert 8 < mitral.radius_mm < 25, case
        planes = tuple(each.plane for each in found if each.is_usual)
        kept = maker.wall(WallRequest(0.0, 2.5, planes=planes)).volume_ml / maker.wall(WallRequest(0.0, 2.5)).volume_ml
        assert 0.4 < kept < 0.9, case
