"""The real study `emidec_p100` against the reference values of its README."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.request import Baseline, LVRequest, ScarMethod

pytestmark = pytest.mark.real_data


def run(p100, request, **options):
    image, labels = p100
    return quantify_lv(image, labels == 1, labels >= 2, request, **options)


def test_volumes_of_the_experts_labels(p100):
    labels = p100[1]
    request = LVRequest(minimum_component_mm2=0.0)
    burden = run(p100, request, scar_mask=labels >= 3, mvo_mask=labels == 4).burden
    assert burden.myocardium_volume_ml == pytest.approx(134.1, abs=0.05)
    assert burden.scar_volume_ml == pytest.approx(17.97, abs=0.005)
    assert burden.mvo_volume_ml == pytest.approx(0.75, abs=0.005)
    assert burden.scar_fraction_percent == pytest.approx(13.95, abs=0.01)


@pytest.mark.parametrize(
    ("request_", "floor"),
    [
        (LVRequest(method=ScarMethod.FWHM), 0.74),
        (LVRequest(method=ScarMethod.EWA), 0.80),
        (LVRequest(method=ScarMethod.NSD, n_sd=2.0), 0.80),
        (LVRequest(method=ScarMethod.OTSU), 0.65),
    ],
    ids=lambda value: str(getattr(value, "method", value)),
)
def test_dice_against_the_expert_with_the_proposed_remote(p100, request_, floor):
    result = run(p100, request_)
    assert result.remote.source == "proposed"
    assert overlap(result.segmentation.array >= 3, p100[1] >= 3).dice > floor


def test_fwhm_with_the_experts_remote(p100):
    result = run(p100, LVRequest(method=ScarMethod.FWHM), remote_mask=p100[1] == 2)
    assert overlap(result.segmentation.array >= 3, p100[1] >= 3).dice == pytest.approx(0.75, abs=0.02)


def test_raw_fwhm_is_refused(p100):
    with pytest.raises(ScarSegError, match="use the remote baseline"):
        run(p100, LVRequest(method=ScarMethod.FWHM, baseline=Baseline.RAW))


def test_scar_of_the_expert_lies_on_slices_1_to_6(p100):
    labels = p100[1]
    slices = run(p100, LVRequest(minimum_component_mm2=0.0), scar_mask=labels >= 3).slices
    assert [entry.index for entry in slices if entry.burden.infarct_volume_ml > 0] == list(range(1, 7))
    assert [entry.level for entry in slices] == ["apical"] * 2 + ["mid"] * 3 + ["basal"] * 2
    assert np.all(np.diff([entry.index for entry in slices]) == 1)
