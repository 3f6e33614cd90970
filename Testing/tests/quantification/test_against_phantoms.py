"""Quantification against the analytic truth of the phantoms, which was computed without any of its code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.phantom.lv_anatomy import sample_anatomy
from ScarSegLogic.phantom.lv_config import LVPhantomConfig
from ScarSegLogic.phantom.lv_phantom import make_lv_phantom
from ScarSegLogic.phantom.lv_scar import ScarPattern, sample_scar
from ScarSegLogic.phantom.lv_truth import shape_truth
from ScarSegLogic.phantom.rasterise import Supersampling, rasterise
from ScarSegLogic.phantom.short_axis import sample_pose, sample_stack
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.remote_proposal import propose_remote
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.volume import Volume

SEEDS = range(7100, 7106)

FINE_HEARTS = (
    (1, ScarPattern.LAD),
    (2, ScarPattern.RCA),
    (3, ScarPattern.LCX),
    (5, ScarPattern.MIDWALL_SEPTAL),
    (16, ScarPattern.RCA),
)
THIN_PARTS = 6


@pytest.fixture(scope="module")
def phantoms():
    return [make_lv_phantom(LVPhantomConfig(seed=seed, observer_count=0)) for seed in SEEDS]


@pytest.fixture(scope="module")
def results(phantoms):
    return [measured(phantom) for phantom in phantoms]


def measured(phantom):
    return measured_labels(phantom.image, phantom.labels.array, phantom.truth.shape)


def measured_labels(image, labels, truth):
    return quantify_lv(
        image,
        labels == 1,
        labels >= 2,
        LVRequest(minimum_component_mm2=0.0),
        scar_mask=labels >= 3,
        mvo_mask=labels == 4,
        rv_insertion_ras=truth.anterior_insertion_ras,
    )


def in_thin_slices(stack):
    """The stack with every slice cut into six, so that a voxel is thin across the slab too."""
    matrix = np.array(stack.geometry.ijk_to_ras)
    slab, parts = matrix[:3, 2].copy(), np.arange(THIN_PARTS)
    matrix[:3, 2] = slab / THIN_PARTS
    matrix[:3, 3] -= slab * (THIN_PARTS - 1) / (2 * THIN_PARTS)
    count, rows, columns = stack.geometry.shape_kji
    offsets_mm = np.diff(stack.heights_mm)[0] * ((parts + 0.5) / THIN_PARTS - 0.5)
    return replace(
        stack,
        geometry=Geometry((count * THIN_PARTS, rows, columns), matrix),
        heights_mm=(stack.heights_mm[:, None] + offsets_mm).ravel(),
        shifts_xy_mm=np.repeat(stack.shifts_xy_mm, THIN_PARTS, axis=0),
        time_order=np.repeat(stack.time_order, THIN_PARTS),
    )


@pytest.fixture(scope="module", params=FINE_HEARTS, ids=lambda heart: f"{heart[0]}-{heart[1]}")
def a_fine_heart(request):
    """The continuous truth of a heart and what is measured on its labels in voxels of about 0.6 x 0.6 x 1.5 mm."""
    seed, pattern = request.param
    generator = np.random.default_rng(seed)
    anatomy = sample_anatomy(generator)
    stack = in_thin_slices(sample_stack(anatomy, sample_pose(generator), generator, 512))
    scar = sample_scar(pattern, anatomy, generator)
    labels = rasterise(anatomy, scar, stack, Supersampling(in_plane=1, across=1)).labels
    truth = shape_truth(anatomy, scar, stack, labels)
    return truth, measured_labels(Volume(np.zeros(labels.shape, np.float32), stack.geometry), labels, truth)


def segment_errors(truth, result) -> list[float]:
    """Burden points between each assessed segment and the truth."""
    pairs = list(zip(result.aha17.segments, truth.aha17, strict=True))
    assert [(ours.number, ours.name) for ours, _ in pairs] == [(truth.number, truth.name) for _, truth in pairs]
    assert [ours.scar_percent is None for ours, _ in pairs] == [truth.scar_percent is None for _, truth in pairs]
    return [abs(ours.scar_percent - truth.scar_percent) for ours, truth in pairs if ours.scar_percent is not None]


@pytest.mark.slow
def test_volumes_of_fine_labels_are_within_two_percent_of_the_continuous_truth(a_fine_heart):
    truth, result = a_fine_heart
    assert truth.volumes.infarct_volume_ml > 5
    assert result.burden.myocardium_volume_ml == pytest.approx(truth.volumes.myocardium_volume_ml, rel=0.02)
    assert result.burden.infarct_volume_ml == pytest.approx(truth.volumes.infarct_volume_ml, rel=0.02)


@pytest.mark.slow
def test_segments_of_fine_labels_are_within_two_points_of_the_continuous_truth(a_fine_heart):
    """Voxels are too fine to matter, so this is the error of quantification: below 0.3 points when written.

    The hearts are such that both sides see the same full rings. Where the tilted base leaves a thin slice with a gap of
    a few pixels, which is a ring to quantification (98 % of the chords) and none to the phantom, the thirds differ.
    """
    truth, result = a_fine_heart
    assert [entry.level for entry in result.slices] == [truth.levels[entry.index] for entry in result.slices]
    assert max(segment_errors(truth, result)) < 2


def test_volumes_of_native_truth_labels_are_within_two_percent_of_the_continuous_truth(phantoms, results):
    for phantom, result in zip(phantoms, results, strict=True):
        truth = phantom.truth.volumes
        assert result.burden.myocardium_volume_ml == pytest.approx(truth.myocardium_volume_ml, rel=0.02)
        assert result.burden.infarct_volume_ml == pytest.approx(truth.infarct_volume_ml, rel=0.02)


def test_levels_run_from_base_to_apex_as_in_the_phantom(phantoms, results):
    for phantom, result in zip(phantoms, results, strict=True):
        levels = phantom.truth.shape.levels
        assert [entry.level for entry in result.slices] == [levels[entry.index] for entry in result.slices]


def test_segments_of_native_truth_labels_are_mostly_within_two_points(phantoms, results):
    """What remains are the labels: a voxel at a border of the scar is all or none, across a slab of 8 to 10 mm too.

    Of 18 phantoms (these and seeds 20 to 31) two had a segment beyond 2 points, 3.9 in the worst one. Finer pixels
    alone change little (2.8 for that one at 0.7 mm), thinner slices do: see the fine hearts.
    """
    errors = [
        error
        for phantom, result in zip(phantoms, results, strict=True)
        for error in segment_errors(phantom.truth.shape, result)
    ]
    assert np.mean(errors) < 0.3
    assert np.mean(np.array(errors) < 2) > 0.98
    assert max(errors) < 4


def test_the_proposed_remote_is_nearly_unbiased(phantoms):
    differences = []
    for phantom in phantoms:
        truth = phantom.truth.remote
        values = phantom.image.array[propose_remote(phantom.image.array, phantom.labels.array >= 2)]
        differences.append(((values.mean() - truth.mean) / truth.sd, values.std(ddof=1) / truth.sd - 1))
    mean_bias, sd_bias = np.mean(differences, axis=0)
    assert abs(mean_bias) < 0.15
    assert abs(sd_bias) < 0.15


def test_scar_that_fwhm_sees_in_healthy_phantoms_is_told_to_be_at_the_edge():
    """The 99th percentile finds scar in all of these: blood in the voxels at the endocardium. The warning tells so."""
    unexplained = []
    for seed in range(7200, 7208):
        config = LVPhantomConfig(seed=seed, pattern="none", observer_count=0, with_truth=False)
        phantom = make_lv_phantom(config)
        cavity, wall = phantom.labels.array == 1, phantom.labels.array >= 2
        result = quantify_lv(phantom.image, cavity, wall, LVRequest(method=ScarMethod.FWHM))
        told = any("only at the edge of the wall" in warning for warning in result.warnings)
        unexplained.append(result.burden.infarct_volume_ml > 0 and not told)
    assert not any(unexplained)
