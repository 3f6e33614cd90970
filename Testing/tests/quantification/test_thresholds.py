"""Thresholds, with the answers on paper: remote is 100 +- 10."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.filters import threshold_otsu

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.edges import edge_warnings
from ScarSegLogic.quantification.partial_volume import REGION_SD, weigh_infarct
from ScarSegLogic.quantification.request import Baseline, FwhmScope, ScarMethod
from ScarSegLogic.quantification.result import Threshold
from ScarSegLogic.quantification.thresholds import apply_threshold, fwhm_threshold, nsd_threshold, otsu_threshold
from ScarSegLogic.report.wording import METHOD_NAMES

STUDY = {"baseline": Baseline.REMOTE, "scope": FwhmScope.STUDY}


def slices_of(*values: float, size: int = 200) -> np.ndarray:
    """One slice of constant intensity for each value."""
    return np.stack([np.full((10, size // 10), value, dtype=np.float32) for value in values])


def everywhere(image: np.ndarray) -> np.ndarray:
    return np.ones(image.shape, dtype=bool)


@pytest.mark.parametrize(("n_sd", "expected"), [(2, 120), (2.5, 125), (6, 160)])
def test_nsd_is_remote_mean_plus_n_sd(a_remote, n_sd, expected):
    assert nsd_threshold(a_remote, n_sd).value == expected


def test_nsd_refuses_remote_without_spread(a_remote):
    with pytest.raises(ScarSegError, match="same intensity everywhere"):
        nsd_threshold(replace(a_remote, sd=0.0), 5)


def test_fwhm_lies_halfway_between_remote_and_peak(a_remote):
    image = slices_of(100, 300)
    assert fwhm_threshold(image, everywhere(image), a_remote, **STUDY).value == 200


def test_fwhm_peak_is_the_99th_percentile_so_one_bright_voxel_does_not_move_it(a_remote):
    image = slices_of(100, 300)
    image[0, 0, 0] = 9000
    assert fwhm_threshold(image, everywhere(image), a_remote, **STUDY).value == 200


def test_raw_fwhm_is_half_of_the_peak(a_remote):
    image = slices_of(100, 300)
    threshold = fwhm_threshold(image, everywhere(image), a_remote, baseline=Baseline.RAW, scope=FwhmScope.STUDY)
    assert threshold.value == 150


def test_raw_fwhm_is_refused_on_an_image_with_an_offset(a_remote):
    image = slices_of(1100, 1300)
    remote = replace(a_remote, mean=1100.0)
    with pytest.raises(ScarSegError, match=r"650.* lies below remote mean .* use the remote baseline"):
        fwhm_threshold(image, everywhere(image), remote, baseline=Baseline.RAW, scope=FwhmScope.STUDY)


@pytest.mark.parametrize("baseline", list(Baseline))
def test_fwhm_does_not_invent_scar_in_a_healthy_heart(a_remote, baseline):
    image = slices_of(100, 129)
    threshold = fwhm_threshold(image, everywhere(image), a_remote, baseline=baseline, scope=FwhmScope.STUDY)
    assert threshold.value is None
    assert "below remote mean + 3 SD (130)" in threshold.reason
    assert not apply_threshold(image, everywhere(image), threshold).any()


def test_fwhm_per_slice_leaves_a_slice_without_enhancement_alone(a_remote):
    image = slices_of(120, 300, 500)
    scope = {"baseline": Baseline.REMOTE, "scope": FwhmScope.SLICE}
    threshold = fwhm_threshold(image, everywhere(image), a_remote, **scope)
    assert threshold.per_slice == {1: 200.0, 2: 300.0}
    assert apply_threshold(image, everywhere(image), threshold).any(axis=(1, 2)).tolist() == [False, True, True]


def test_nan_is_neither_peak_nor_scar(a_remote):
    image = slices_of(100, 300)
    image[0, :5] = np.nan
    threshold = fwhm_threshold(image, everywhere(image), a_remote, **STUDY)
    assert threshold.value == 200
    assert np.count_nonzero(apply_threshold(image, everywhere(image), threshold)) == 200


def test_otsu_is_that_of_scikit_image_on_the_myocardium_alone():
    generator = np.random.default_rng(0)
    image = generator.normal(100, 10, (3, 20, 20)).astype(np.float32)
    image[1, :5] += 200
    myocardium = np.zeros(image.shape, dtype=bool)
    myocardium[:, :10] = True
    image[~myocardium] = -5000
    assert otsu_threshold(image, myocardium).value == pytest.approx(threshold_otsu(image[myocardium].astype(float)))


def test_otsu_refuses_a_constant_myocardium():
    with pytest.raises(ScarSegError, match="at least two intensities"):
        otsu_threshold(slices_of(5, 5), everywhere(slices_of(5, 5)))


def test_threshold_itself_is_scar():
    image = slices_of(99, 100, 101)
    marked = apply_threshold(image, everywhere(image), Threshold(100.0, ""))
    assert marked.any(axis=(1, 2)).tolist() == [False, True, True]


def test_partial_volume_weights_grow_from_remote_to_full_infarct(a_remote):
    image = slices_of(100, 200, 300, 300)
    weighted = weigh_infarct(image, everywhere(image), a_remote)
    assert weighted.threshold.value == 200
    assert weighted.weights[:, 0, 0].tolist() == [0.0, 0.5, 1.0, 1.0]
    assert weighted.infarct.any(axis=(1, 2)).tolist() == [False, True, True, True]


def test_partial_volume_weights_find_no_scar_in_a_healthy_heart(a_remote):
    image = slices_of(100, 125)
    weighted = weigh_infarct(image, everywhere(image), a_remote)
    assert "no scar" in weighted.threshold.reason
    assert weighted.weights.max() == 0


def test_thin_subendocardial_scar_is_kept_with_a_warning(a_tube, a_remote):
    image = a_tube.image(noise=5.0).array
    rim = a_tube.sector(0, 120) & (a_tube.radius_mm < 21)  # one pixel
    image[rim] += 300
    threshold = fwhm_threshold(image, a_tube.myocardium, a_remote, **STUDY)
    assert np.array_equal(apply_threshold(image, a_tube.myocardium, threshold), rim)
    weights = weigh_infarct(image, a_tube.myocardium, a_remote).weights
    assert weights[rim].sum() > 0.7 * rim.sum()  # islands below ten pixels are not counted
    (warning,) = edge_warnings(image, a_tube.myocardium, a_remote)
    assert warning.startswith("enhancement only at the edge of the wall: blood or thin subendocardial scar")


def test_scar_deep_in_the_wall_needs_no_warning_about_its_edge(a_tube, a_remote):
    image = a_tube.image(a_tube.sector(30, 100)).array
    assert edge_warnings(image, a_tube.myocardium, a_remote) == ()


def test_a_healthy_wall_needs_no_warning_about_its_edge(a_tube, a_remote):
    assert edge_warnings(a_tube.image().array, a_tube.myocardium, a_remote) == ()


def test_scar_in_a_wall_too_thin_to_lose_its_edges_is_found_without_a_warning(a_remote):
    myocardium = np.zeros((1, 6, 40), dtype=bool)
    myocardium[0, 2:4] = True
    image = np.where(np.arange(40) < 10, 300.0, 100.0) * np.ones(myocardium.shape)
    assert fwhm_threshold(image, myocardium, a_remote, **STUDY).value == 200
    assert edge_warnings(image, myocardium, a_remote) == ()


@pytest.mark.parametrize(("peak", "is_scar"), [(129.9, False), (130.0, True)])
def test_no_scar_is_a_peak_of_the_whole_myocardium_below_remote_mean_plus_3_sd(a_remote, peak, is_scar):
    image = slices_of(100, peak)
    assert (fwhm_threshold(image, everywhere(image), a_remote, **STUDY).reason is None) == is_scar
    assert (weigh_infarct(image, everywhere(image), a_remote).threshold.reason is None) == is_scar


def test_raw_fwhm_per_slice_names_the_slices_it_does_not_fit(a_remote):
    image = slices_of(120, 300, 180, 230)  # halves of the scarred ones: 150, 90, 115; the line is 120
    with pytest.raises(ScarSegError, match=r"\(slice 2 90, slice 3 115\) lies below remote mean \+ 2 SD \(120\)"):
        fwhm_threshold(image, everywhere(image), a_remote, baseline=Baseline.RAW, scope=FwhmScope.SLICE)


def test_raw_fwhm_per_slice_is_half_of_each_peak(a_remote):
    image = slices_of(120, 300, 500)
    threshold = fwhm_threshold(image, everywhere(image), a_remote, baseline=Baseline.RAW, scope=FwhmScope.SLICE)
    assert threshold.per_slice == {1: 150.0, 2: 250.0}


def test_fwhm_without_any_scarred_slice_says_why(a_remote):
    # One voxel of 60 bright: the 99th percentile of a slice is 124.6 between two ranks, that of the study 160.
    image = slices_of(100, 100, 100, 100, size=60)
    image[:, 0, 0] = 160
    scope = {"baseline": Baseline.REMOTE, "scope": FwhmScope.SLICE}
    threshold = fwhm_threshold(image, everywhere(image), a_remote, **scope)
    assert threshold.per_slice == {}
    assert threshold.reason == "no scar: the peak of no single slice reaches remote mean + 3 SD"
    assert not apply_threshold(image, everywhere(image), threshold).any()


def test_the_name_of_ewa_says_what_is_done():
    name = METHOD_NAMES[ScarMethod.EWA]
    assert f"remote mean + {REGION_SD:g} SD region" in name
    assert "no EM" in name
    assert "xpectation" not in name
