"""Blood pool and the ways to tell scar from the rest of the atrial wall."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.filters import threshold_otsu

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.la_blood_pool import measure_blood_pool, ratio_refusal
from ScarSegLogic.quantification.la_method import BloodReference, edited_la_scar, find_la_scar
from ScarSegLogic.quantification.la_presets import IirPreset
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import BloodPool

POOL = BloodPool(mean=100.0, sd=10.0, voxel_count=50, volume_ml=1.0, source="given", erosion_mm=None)
BLOOD = BloodReference(POOL, None, None, True)
WALL = np.ones((1, 2, 4), dtype=bool)
IMAGE = np.array([[[90, 119, 120, 121], [131, 133, 140, np.nan]]], dtype=float)


def found(method: LAMethod, blood: BloodReference = BLOOD, **fields):
    return find_la_scar(IMAGE, WALL, LARequest(method=method, **fields), blood, None)


def test_iir_is_a_multiple_of_the_blood_and_its_threshold_counts():
    candidate = found(LAMethod.IIR)
    assert candidate.threshold.value == 120
    assert candidate.threshold.iir == pytest.approx(1.2)
    assert candidate.threshold.n_sd == pytest.approx(2)
    assert candidate.threshold.calibration == "magnitude"
    assert "Benito 2017" in candidate.threshold.definition
    assert candidate.scar.tolist() == [[[False, False, True, True], [True, True, True, False]]]


def test_sd_counts_from_the_mean_of_the_blood():
    candidate = found(LAMethod.SD, n_sd=3.3)
    assert candidate.threshold.value == pytest.approx(133)
    assert candidate.threshold.definition == "mean + 3.3 SD of the blood pool"
    assert candidate.scar.sum() == 2


def test_otsu_splits_the_wall_as_scikit_image_does():
    candidate = found(LAMethod.OTSU)
    assert candidate.threshold.value == pytest.approx(threshold_otsu(IMAGE[np.isfinite(IMAGE)]))
    assert "of the wall" in candidate.threshold.definition


def test_otsu_below_the_blood_is_told():
    image = np.array([[[10, 11, 12, 60], [61, 62, 63, 64]]], dtype=float)
    candidate = find_la_scar(image, WALL, LARequest(method=LAMethod.OTSU), BLOOD, None)
    assert "lies below the mean of the blood pool" in candidate.warnings[0]


def test_a_model_needs_its_prediction_and_stays_in_the_wall():
    with pytest.raises(ScarSegError, match=r"the method 'model' needs a prediction"):
        found(LAMethod.MODEL)
    wall = WALL.copy()
    wall[0, 0] = False
    candidate = find_la_scar(IMAGE, wall, LARequest(method=LAMethod.MODEL), BLOOD, WALL)
    assert (candidate.scar == wall).all()
    assert candidate.threshold.value is None


@pytest.mark.parametrize("method", [LAMethod.IIR, LAMethod.SD])
def test_methods_of_the_blood_need_blood(method):
    with pytest.raises(ScarSegError, match=rf"the method '{method}' needs a blood pool: it is gone"):
        found(method, BloodReference(None, "it is gone", None, None))


def test_ratios_are_refused_with_the_reason_and_sd_is_offered():
    refusing = BloodReference(POOL, None, "3 of 8 voxels of the wall are zero or below", None)
    with pytest.raises(ScarSegError, match=r"the method 'iir' is refused: 3 of 8 voxels"):
        found(LAMethod.IIR, refusing)
    assert found(LAMethod.SD, refusing).threshold.iir is None


def test_blood_without_spread_has_no_sd():
    still = BloodPool(100.0, 0.0, 50, 1.0, "given", None)
    with pytest.raises(ScarSegError, match=r"the same intensity everywhere \(100, SD 0\)"):
        found(LAMethod.SD, BloodReference(still, None, None, True))


@pytest.mark.parametrize(
    ("is_magnitude", "words"), [(None, "does not say that it holds magnitudes"), (False, "says that it does not hold")]
)
def test_ratios_are_uncalibrated_unless_the_image_is_known_to_hold_magnitudes(is_magnitude, words):
    candidate = found(LAMethod.IIR, BloodReference(POOL, None, None, is_magnitude), iir_preset=IirPreset.BENITO_1_32)
    assert candidate.threshold.calibration == "uncalibrated"
    assert words in candidate.warnings[-1]


def test_edited_scar_is_cut_to_the_wall_and_has_no_threshold():
    wall = WALL.copy()
    wall[0, 0] = False
    candidate = edited_la_scar(wall, LARequest(method=LAMethod.IIR), WALL)
    assert (candidate.scar == wall).all()
    assert "edited by hand" in candidate.threshold.reason
    with pytest.raises(ScarSegError, match=r"there is no scar edited by hand"):
        edited_la_scar(wall, LARequest(method=LAMethod.MODEL), None)


def test_blood_is_measured_without_voxels_that_are_not_finite():
    image = np.arange(64, dtype=float).reshape(4, 4, 4)
    image[0, 0, 0] = np.inf
    pool = measure_blood_pool(image, np.ones_like(image, dtype=bool), voxel_volume_ml=0.5, source="given")
    assert pool.mean == pytest.approx(32)
    assert pool.sd == pytest.approx(np.std(np.arange(1, 64), ddof=1))
    assert (pool.voxel_count, pool.volume_ml) == (63, 31.5)


def test_too_little_blood_is_refused():
    mask = np.zeros((4, 4, 4), dtype=bool)
    mask[0, 0] = True
    with pytest.raises(ScarSegError, match=r"4 voxels of the cavity are left after an erosion by 3 mm"):
        measure_blood_pool(np.ones((4, 4, 4)), mask, voxel_volume_ml=1.0, source="eroded cavity", erosion_mm=3.0)


def test_values_at_or_below_zero_refuse_ratios():
    image = np.array([[[1.0, 0.0, -2.0, 5.0]]])
    wall, pool = np.array([[[True, True, True, False]]]), np.array([[[False, False, False, True]]])
    assert "2 of 3 voxels of the wall are zero or below (down to -2)" in ratio_refusal(image, wall, pool)
    assert "method 'sd'" in ratio_refusal(image, wall, pool)
    assert ratio_refusal(image + 3, wall, pool) is None
    assert "of the blood pool" in ratio_refusal(-image - 1, pool, pool)
