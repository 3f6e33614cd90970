from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.labels import SCHEMES, enclosed_fraction, heart_masks, scheme_named
from ScarSegLogic.volume import LabelMap

RING = np.array(
    [
        [0, 2, 2, 2, 0],
        [2, 1, 1, 1, 2],
        [2, 1, 1, 1, 3],
        [2, 1, 1, 1, 4],
        [0, 2, 2, 2, 0],
    ],
    dtype=np.uint8,
)


def label_map(*slices: np.ndarray) -> LabelMap:
    array = np.stack(slices)
    return LabelMap(array, Geometry.from_spacing(array.shape, (8.0, 1.5, 1.5)), name="case")


def relabelled(values: dict[int, int]) -> np.ndarray:
    result = np.zeros(RING.shape, dtype=np.uint16)
    for before, after in values.items():
        result[before == RING] = after
    return result


def test_emidec_labels_are_split_and_the_myocardium_is_the_whole_wall():
    masks = heart_masks(label_map(RING, RING), "emidec")

    assert masks.cavity.sum() == 2 * 9
    assert masks.myocardium.sum() == 2 * 12
    assert masks.scar.sum() == 2 * 1
    assert masks.mvo.sum() == 2 * 1


def test_myops_oedema_belongs_to_the_wall_and_not_to_the_scar():
    masks = heart_masks(label_map(relabelled({1: 500, 2: 200, 3: 1220, 4: 2221})), "myops")

    assert masks.myocardium.sum() == 12
    assert masks.scar.sum() == 1
    assert not masks.mvo.any()


def test_acdc_has_no_scar():
    masks = heart_masks(label_map(relabelled({1: 3, 2: 2, 3: 2, 4: 2})), "acdc")

    assert masks.cavity.sum() == 9
    assert masks.myocardium.sum() == 12
    assert not masks.scar.any()


def test_values_that_a_convention_lacks_are_named():
    with pytest.raises(ScarSegError, match=r"holds the values \[7\], which 'emidec' does not know"):
        heart_masks(label_map(np.where(RING == 4, 7, RING)), "emidec")


def test_acdc_labels_read_as_emidec_are_refused_because_the_cavity_lies_outside_the_wall():
    acdc = np.zeros((9, 14), dtype=np.uint8)
    acdc[2:7, 8:13] = relabelled({1: 3, 2: 2, 3: 2, 4: 2})
    acdc[2:7, 1:5] = 1  # the right ventricle, which EMIDEC would call the cavity

    with pytest.raises(
        ScarSegError, match=r"% of the cavity of case lies inside its myocardium: .* probably not 'emidec'"
    ):
        heart_masks(label_map(acdc), "emidec")


def test_an_empty_map_is_refused():
    with pytest.raises(ScarSegError, match="case is empty"):
        heart_masks(label_map(np.zeros((5, 5), dtype=np.uint8)), "emidec")


def test_a_cavity_alone_has_no_myocardium():
    with pytest.raises(ScarSegError, match="has no myocardium under 'emidec'"):
        heart_masks(label_map(np.where(RING == 1, 1, 0)), "emidec")


def test_a_myocardium_without_cavity_is_refused_only_where_the_cavity_is_needed():
    wall = label_map(np.where(RING == 1, 0, RING))

    with pytest.raises(ScarSegError, match="a myocardium but no cavity"):
        heart_masks(wall, "emidec")
    assert heart_masks(wall, "emidec", cavity_required=False).myocardium.sum() == 12


def test_an_unknown_convention_lists_the_known_ones():
    with pytest.raises(ScarSegError, match=r"'emidek': expected one of emidec, acdc, .*mask"):
        scheme_named("emidek")


def test_no_convention_gives_one_value_two_meanings():
    for scheme in SCHEMES.values():
        assert len(set(scheme.known)) == len(scheme.known)


def test_a_closed_ring_encloses_all_of_its_cavity():
    assert enclosed_fraction(RING[None] == 1, RING[None] >= 2) == 1


def test_a_ring_open_at_the_outflow_tract_still_encloses_its_cavity():
    open_ring = RING.copy()
    open_ring[1:4, 4] = 0  # the wall is missing on one side: walls remain on three

    assert enclosed_fraction(open_ring[None] == 1, open_ring[None] >= 2) == 1


def test_a_cavity_beside_the_wall_is_not_enclosed():
    wall = np.zeros((1, 5, 9), dtype=bool)
    cavity = np.zeros_like(wall)
    wall[0, :, 0:3] = True
    cavity[0, :, 4:9] = True

    assert enclosed_fraction(cavity, wall) == 0


def test_without_a_cavity_nothing_is_enclosed():
    assert enclosed_fraction(np.zeros((1, 5, 5), dtype=bool), RING[None] >= 2) == 0
