"""Scar that a person edited is measured as it is."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.request import GreyZoneDefinition, LVRequest, ScarMethod


@pytest.fixture
def a_speck(a_tube):
    """One voxel of scar: every clean-up would drop it."""
    speck = np.zeros_like(a_tube.myocardium)
    speck[tuple(np.argwhere(a_tube.myocardium)[10])] = True
    return speck


@pytest.mark.parametrize("method", [ScarMethod.MODEL, ScarMethod.NSD, ScarMethod.FWHM, ScarMethod.EWA])
def test_no_method_and_no_clean_up_changes_what_was_drawn(a_tube, a_speck, quantify, method):
    scar = a_tube.sector(10, 40) | a_speck
    request = LVRequest(method=method, minimum_component_mm2=500, largest_component_only=True, closing_radius_mm=10)
    result = quantify(a_tube, request, image=a_tube.image(), scar_mask=scar, edited_by_hand=True)
    np.testing.assert_array_equal(result.segmentation.array == 3, scar)
    assert result.burden.scar_volume_ml == pytest.approx(scar.sum() * a_tube.geometry.voxel_volume_ml)
    assert result.edited_by_hand
    assert result.threshold.value is None
    assert result.threshold.definition == f"edited by hand, first found by the method '{method}'"


def test_drawn_mvo_is_kept_and_none_is_proposed(a_tube, quantify):
    scar = a_tube.sector(10, 40)
    mvo = scar & (a_tube.radius_mm > 23) & (a_tube.radius_mm < 26)
    image = a_tube.image(scar & ~mvo)
    request = LVRequest(method=ScarMethod.NSD, propose_mvo=False)
    result = quantify(a_tube, request, image=image, scar_mask=scar, mvo_mask=mvo, edited_by_hand=True)
    np.testing.assert_array_equal(result.segmentation.array == 4, mvo)
    proposing = LVRequest(method=ScarMethod.NSD)
    ring = quantify(a_tube, proposing, image=image, scar_mask=scar & ~mvo, edited_by_hand=True)
    assert ring.burden.mvo_volume_ml == 0


def test_scar_that_was_erased_whole_is_no_scar(a_tube, quantify):
    nothing = np.zeros_like(a_tube.myocardium)
    bright = a_tube.image(a_tube.sector(0, 60))
    result = quantify(a_tube, LVRequest(method=ScarMethod.NSD), image=bright, scar_mask=nothing, edited_by_hand=True)
    assert result.burden.infarct_volume_ml == 0
    assert result.shapes == ()


def test_what_was_drawn_outside_the_wall_does_not_count(a_tube, quantify):
    everywhere = np.ones_like(a_tube.myocardium)
    result = quantify(a_tube, LVRequest(), image=a_tube.image(), scar_mask=everywhere, edited_by_hand=True)
    assert result.burden.scar_fraction_percent == pytest.approx(100)


def test_remote_myocardium_is_still_reported_for_methods_that_began_with_it(a_tube, quantify):
    scar = a_tube.sector(10, 60)
    image = a_tube.image(scar)
    options = {"image": image, "scar_mask": scar, "edited_by_hand": True}
    assert quantify(a_tube, LVRequest(method=ScarMethod.NSD), **options).remote.source == "proposed"
    assert quantify(a_tube, LVRequest(method=ScarMethod.MODEL), **options).remote is None
    zone = LVRequest(method=ScarMethod.MODEL, grey_zone=GreyZoneDefinition.SD_2_3)
    assert quantify(a_tube, zone, **options).grey_zone is not None


def test_edited_without_a_mask_is_refused(a_tube, quantify):
    with pytest.raises(ScarSegError, match="there is no scar edited by hand"):
        quantify(a_tube, LVRequest(), edited_by_hand=True)
