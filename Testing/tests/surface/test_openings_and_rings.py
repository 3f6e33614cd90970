"""What lies beyond an ostium, and how far scar encircles it."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.openings import Opening, beyond_opening, beyond_openings
from ScarSegLogic.surface.rings import ring_coverage
from Testing.tests.atrium import BALL_MM, CENTRE_RAS, LEFT, RIGHT, SPACINGS, VEIN_LENGTH_MM, VEIN_MM, Atrium, grid

WIDTH_MM = 8.0


@pytest.fixture(scope="module", params=SPACINGS.values(), ids=SPACINGS)
def vein(request):
    """Atrium with two veins, its mesh, the left ostium and what lies beyond it."""
    atrium = Atrium(grid(request.param), {"LSPV": LEFT, "RSPV": RIGHT})
    mesh = cavity_surface(atrium.cavity, atrium.geometry)
    return atrium, mesh, atrium.openings[0], beyond_opening(mesh, atrium.openings[0])


def turn_degrees(mesh, opening) -> np.ndarray:
    """Angle about the ostium's axis, from any fixed direction."""
    across = np.cross(opening.axis, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    steps = mesh.vertices_ras - np.asarray(opening.centre_ras)
    return np.mod(np.degrees(np.arctan2(steps @ np.cross(opening.axis, across), steps @ across)), 360)


def radius_mm(mesh, opening) -> np.ndarray:
    return opening.depth_and_radius_mm(mesh.vertices_ras)[1]


def ring_radius_mm() -> float:
    """Where the middle of the band runs: 1 mm of vein and 3 mm along the ball."""
    return BALL_MM * np.sin(np.arcsin(VEIN_MM / BALL_MM) + 3 / BALL_MM)


def test_only_the_vein_behind_the_plane_is_cut_off(vein):
    atrium, mesh, opening, beyond = vein
    steps = mesh.vertices_ras - CENTRE_RAS
    along = steps @ LEFT
    tube = along > np.sqrt(BALL_MM**2 - VEIN_MM**2) + 1
    assert (beyond == (tube & (radius_mm(mesh, opening) < 2 * VEIN_MM))).all()
    # The tube and its end.
    length = VEIN_LENGTH_MM - np.sqrt(BALL_MM**2 - VEIN_MM**2) - 1
    expected = (2 * np.pi * VEIN_MM * length + np.pi * VEIN_MM**2) / 100
    # The rim of the tube's end is rounded.
    assert mesh.area_of_cm2(beyond) == pytest.approx(expected, rel=0.1)
    both = beyond_openings(mesh, atrium.openings)
    assert mesh.area_of_cm2(both) == pytest.approx(2 * expected, rel=0.1)


def test_a_bulge_beyond_the_plane_stays(vein):
    _, mesh, opening, _ = vein
    # A plane through the left ostium that faces upward has the roof of the ball above it, but does not cut it off.
    tilted = Opening("LSPV", OpeningKind.VEIN, opening.centre_ras, tuple(LEFT), VEIN_MM / 3)
    assert not beyond_opening(mesh, tilted).any()


def test_a_full_ring_is_closed(vein):
    _, mesh, opening, beyond = vein
    radii = radius_mm(mesh, opening)
    found = ring_coverage(mesh, opening, beyond, (radii > 7) & (radii < 10), excluded=beyond, width_mm=WIDTH_MM)
    assert found.encirclement_percent == pytest.approx(100)
    assert found.assessed_percent == pytest.approx(100)
    assert found.gaps == ()
    assert found.length_mm == pytest.approx(2 * np.pi * ring_radius_mm(), rel=0.1)


def test_without_scar_the_gap_is_the_whole_ring(vein):
    _, mesh, opening, beyond = vein
    found = ring_coverage(mesh, opening, beyond, np.zeros(len(beyond), dtype=bool), excluded=beyond, width_mm=WIDTH_MM)
    assert found.encirclement_percent == 0
    assert [gap.length_mm for gap in found.gaps] == pytest.approx([found.length_mm])


@pytest.mark.parametrize("start", [30.0, 330.0], ids=["middle", "across_zero"])
def test_gaps_are_found_with_their_length_and_their_place(vein, start):
    _, mesh, opening, beyond = vein
    turn, radii = turn_degrees(mesh, opening), radius_mm(mesh, opening)
    in_gap = (np.mod(turn - start, 360) < 70) | (np.mod(turn - start - 180, 360) < 40)
    scar = (radii > 7) & (radii < 11) & ~in_gap
    found = ring_coverage(mesh, opening, beyond, scar, excluded=beyond, width_mm=WIDTH_MM)
    assert found.encirclement_percent == pytest.approx(100 * 250 / 360, abs=4)
    lengths = [gap.length_mm for gap in found.gaps]
    expected = [np.radians(degrees) * found.length_mm / (2 * np.pi) for degrees in (70, 40)]
    # An edge of the mesh is 1.25 mm long.
    assert lengths == pytest.approx(expected, abs=1.6)
    assert sum(lengths) == pytest.approx(found.length_mm * (1 - found.encirclement_percent / 100))
    middle = found.gaps[0].centre_ras - np.asarray(opening.centre_ras)
    across = np.cross(opening.axis, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    place = np.degrees(np.arctan2(middle @ np.cross(opening.axis, across), middle @ across))
    assert np.mod(place - start - 35 + 180, 360) - 180 == pytest.approx(0, abs=8)


def test_known_gaps_come_out_neither_longer_nor_shorter_on_average(vein):
    _, mesh, opening, beyond = vein
    turn, radii = turn_degrees(mesh, opening), radius_mm(mesh, opening)
    errors = []
    for start in range(0, 360, 30):
        scar = (radii > 7) & (radii < 10.5) & (np.mod(turn - start, 360) >= 60)
        found = ring_coverage(mesh, opening, beyond, scar, excluded=beyond, width_mm=WIDTH_MM)
        errors.append(found.gaps[0].length_mm - found.length_mm / 6)
    assert np.mean(errors) == pytest.approx(0, abs=0.5)
    assert np.std(errors) < 0.8


def test_a_line_need_not_keep_its_distance_from_the_vein(vein):
    _, mesh, opening, beyond = vein
    radii = radius_mm(mesh, opening)
    turn = turn_degrees(mesh, opening)
    near = (radii > 7) & (radii < 9) & (np.mod(turn + 15, 360) < 210)
    far = (radii > 9.5) & (radii < 11.5) & (np.mod(turn - 165, 360) < 210)
    scar = near | far
    found = ring_coverage(mesh, opening, beyond, scar, excluded=beyond, width_mm=WIDTH_MM)
    assert found.encirclement_percent == pytest.approx(100, abs=0.5)


def test_scar_outside_the_band_does_not_close_a_ring(vein):
    _, mesh, opening, beyond = vein
    scar = radius_mm(mesh, opening) > 17
    found = ring_coverage(mesh, opening, beyond, scar, excluded=beyond, width_mm=WIDTH_MM)
    assert found.encirclement_percent == 0


def test_excluded_surface_is_not_assessed(vein):
    _, mesh, opening, beyond = vein
    turn, radii = turn_degrees(mesh, opening), radius_mm(mesh, opening)
    hidden = (turn < 90) & (radii < 20)
    found = ring_coverage(
        mesh, opening, beyond, (radii > 7) & (radii < 11), excluded=beyond | hidden, width_mm=WIDTH_MM
    )
    assert found.assessed_percent == pytest.approx(75, abs=4)
    assert found.encirclement_percent == pytest.approx(100, abs=2)


def test_a_plane_that_misses_the_surface_has_no_ring(vein):
    _, mesh, _, beyond = vein
    far = Opening("LSPV", OpeningKind.VEIN, tuple(CENTRE_RAS + 60 * LEFT), tuple(LEFT), VEIN_MM)
    nothing = beyond_opening(mesh, far)
    assert not nothing.any()
    assert ring_coverage(mesh, far, nothing, beyond, excluded=nothing, width_mm=WIDTH_MM) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"radius_mm": 0.0}, r"needs a radius above 0"),
        ({"normal_ras": (0.0, 0.0, 0.0)}, r"needs a radius above 0 and a direction"),
        ({"centre_ras": (0.0, np.nan, 0.0)}, r"needs finite centre, normal and radius"),
    ],
)
def test_an_opening_needs_a_place_and_a_size(change, message):
    values = {"centre_ras": (0.0, 0.0, 0.0), "normal_ras": (0.0, 0.0, 2.0), "radius_mm": 5.0} | change
    with pytest.raises(ValueError, match=message):
        Opening("LSPV", OpeningKind.VEIN, **values)
