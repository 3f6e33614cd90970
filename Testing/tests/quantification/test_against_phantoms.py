"""Quantification against the analytic truth of the phantoms, which was computed without any of its code."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.phantom.lv_config import LVPhantomConfig
from ScarSegLogic.phantom.lv_phantom import make_lv_phantom
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.remote_proposal import propose_remote
from ScarSegLogic.quantification.request import LVRequest, ScarMethod

SEEDS = range(7100, 7106)


@pytest.fixture(scope="module")
def phantoms():
    return [make_lv_phantom(LVPhantomConfig(seed=seed, observer_count=0)) for seed in SEEDS]


@pytest.fixture(scope="module")
def results(phantoms):
    request = LVRequest(minimum_component_mm2=0.0)
    return [
        quantify_lv(
            phantom.image,
            phantom.labels.array == 1,
            phantom.labels.array >= 2,
            request,
            scar_mask=phantom.labels.array >= 3,
            mvo_mask=phantom.labels.array == 4,
            rv_insertion_ras=phantom.truth.shape.anterior_insertion_ras,
        )
        for phantom in phantoms
    ]


def test_myocardial_volume_is_within_two_percent_of_the_truth(phantoms, results):
    for phantom, result in zip(phantoms, results, strict=True):
        assert result.burden.myocardium_volume_ml == pytest.approx(phantom.truth.volumes.myocardium_volume_ml, rel=0.02)


def test_levels_run_from_base_to_apex_as_in_the_phantom(phantoms, results):
    for phantom, result in zip(phantoms, results, strict=True):
        levels = phantom.truth.shape.levels
        assert [entry.level for entry in result.slices] == [levels[entry.index] for entry in result.slices]


def test_segments_hold_the_scar_of_the_truth(phantoms, results):
    errors = []
    for phantom, result in zip(phantoms, results, strict=True):
        for ours, truth in zip(result.aha17.segments, phantom.truth.shape.aha17, strict=True):
            assert (ours.number, ours.name) == (truth.number, truth.name)
            if ours.scar_percent is not None and truth.scar_percent is not None:
                errors.append(abs(ours.scar_percent - truth.scar_percent))
    assert np.mean(errors) < 0.7
    # What remains are the voxel labels of the phantom: a border pixel is scar or not.
    assert np.mean(np.array(errors) < 2) > 0.9
    assert max(errors) < 6


def test_the_proposed_remote_is_nearly_unbiased(phantoms):
    differences = []
    for phantom in phantoms:
        truth = phantom.truth.remote
        values = phantom.image.array[propose_remote(phantom.image.array, phantom.labels.array >= 2)]
        differences.append(((values.mean() - truth.mean) / truth.sd, values.std(ddof=1) / truth.sd - 1))
    mean_bias, sd_bias = np.mean(differences, axis=0)
    assert abs(mean_bias) < 0.15
    assert abs(sd_bias) < 0.15


def test_fwhm_rarely_invents_scar_in_healthy_phantoms():
    # 1 of 28 when this was written, 24 of 28 by the bare 99th percentile.
    invented = []
    for seed in range(7200, 7208):
        config = LVPhantomConfig(seed=seed, pattern="none", observer_count=0, with_truth=False)
        phantom = make_lv_phantom(config)
        cavity, wall = phantom.labels.array == 1, phantom.labels.array >= 2
        result = quantify_lv(phantom.image, cavity, wall, LVRequest(method=ScarMethod.FWHM))
        invented.append(result.burden.infarct_volume_ml > 0)
    assert sum(invented) <= 1
