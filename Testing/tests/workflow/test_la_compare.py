"""Two studies of one atrium that moved in between: brought together, scar that came and scar that went."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.workflow.la import run_la
from ScarSegLogic.workflow.la_compare import LAComparison, compare_la
from Testing.tests.atrium import CENTRE_RAS, LEFT, RIGHT, Atrium, grid
from Testing.tests.rotations import rotation

REQUEST = LARequest(method=LAMethod.SD, n_sd=3)
VEINS = {"LSPV": LEFT, "RSPV": RIGHT, "other": np.array([0.0, 0.3, -1.0]) / np.linalg.norm([0.0, 0.3, -1.0])}
FLOOR, FRONT = np.array([0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0])
MOTION = np.eye(4)
MOTION[:3, :3] = rotation((1, -2, 1), 14)
MOTION[:3, 3] = (9.0, -6.0, 7.0)


def studied(body: Atrium, scar: np.ndarray, motion: np.ndarray) -> LAScarResult:
    """The study of a patient who lies elsewhere by ``motion``."""
    geometry = Geometry(body.geometry.shape_kji, motion @ body.geometry.ijk_to_ras)
    image = replace(body.image(scar), geometry=geometry)
    cavity = LabelMap(body.cavity.astype(np.uint8), geometry, "cavity")
    return run_la(image, REQUEST, cavity=cavity, planes=())


@pytest.fixture(scope="module")
def compared() -> LAComparison:
    """One scar before; afterwards it is still there, and there is another."""
    before, after = Atrium(grid((1.25, 1.25, 1.25)), VEINS), Atrium(grid((2.5, 1.0, 1.0), np.eye(3)), VEINS)
    return compare_la(
        studied(before, before.cap(FLOOR, 30.0), np.eye(4)),
        studied(after, after.cap(FLOOR, 30.0) | after.cap(FRONT, 20.0), MOTION),
    )


def test_the_motion_between_two_studies_is_found(compared):
    places = CENTRE_RAS + 24.0 * np.stack(list(VEINS.values()))
    moved = places @ MOTION[:3, :3].T + MOTION[:3, 3]
    back = moved @ compared.before_from_after[:3, :3].T + compared.before_from_after[:3, 3]
    assert np.linalg.norm(back - places, axis=1).max() < 1.5
    assert compared.cavity_dice > 0.95
    assert np.linalg.det(compared.before_from_after[:3, :3]) == pytest.approx(1.0)


def test_new_scar_is_told_from_old(compared):
    change = compared.change
    assert change.scar_volume_ml.difference > 0
    shared = change.overlap
    assert shared.persistent_ml > 3 * shared.gone_ml
    assert shared.new_ml == pytest.approx(change.scar_volume_ml.difference, rel=0.35)
    assert not change.warnings


def test_atria_that_do_not_fit_are_told():
    small, large = Atrium(grid((1.25, 1.25, 1.25)), {}), Atrium(grid((1.25, 1.25, 1.25)), VEINS)
    before = studied(small, small.cap(FLOOR, 30.0), np.eye(4))
    half = large.image(large.cap(FLOOR, 30.0))
    cut = large.cavity & (large.points[..., 0] < CENTRE_RAS[0])
    after = run_la(half, REQUEST, cavity=LabelMap(cut.astype(np.uint8), half.geometry, "cavity"), planes=())
    assert any("overlap poorly" in told for told in compare_la(before, after).change.warnings)
