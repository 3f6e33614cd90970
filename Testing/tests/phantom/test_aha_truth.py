import numpy as np
import pytest

from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.phantom.aha_truth import SEGMENT_NAMES, middle_slice, segment_at, slice_levels, true_segments
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy
from ScarSegLogic.phantom.lv_scar import LVScar, ScarBlob, ScarPattern
from ScarSegLogic.phantom.quadrature import integrate_heart
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.request import LVRequest

HEIGHTS = 8.0 * (np.arange(11) + 0.5)
RINGS = HEIGHTS < 72.0


@pytest.fixture
def a_plain_heart() -> LVAnatomy:
    return LVAnatomy(epicardial_radius_mm=35.0, length_mm=90.0, equator_mm=20.0, wall_mm=10.0, apical_wall_mm=6.0)


def test_angles_from_the_insertion_through_the_septum_meet_the_segments_in_order():
    degrees = np.radians([30.0, 90.0, 150.0, 210.0, 270.0, 330.0])
    assert segment_at(degrees, "basal").tolist() == [2, 3, 4, 5, 6, 1]
    assert segment_at(degrees, "mid").tolist() == [8, 9, 10, 11, 12, 7]
    assert segment_at(np.radians([60.0, 150.0, 240.0, 330.0, 14.0, 16.0]), "apical").tolist() == [
        14,
        15,
        16,
        13,
        13,
        14,
    ]


def test_segments_carry_the_names_of_cerqueira():
    assert len(SEGMENT_NAMES) == 17
    assert SEGMENT_NAMES[1] == "basal anteroseptal"
    assert SEGMENT_NAMES[13] == "apical septal"


def test_full_rings_are_shared_out_in_thirds_from_base_to_apex():
    levels = slice_levels(np.array([False, True, True, True, True, True, True]), np.arange(7.0)[::-1])
    assert levels == [None, "apical", "apical", "mid", "mid", "basal", "basal"]
    assert middle_slice(np.array([False, True, True, True]), np.arange(4.0)) == 2
    assert middle_slice(np.zeros(3, bool), np.arange(3.0)) is None


def test_a_scar_in_one_sector_marks_its_segment_alone(a_plain_heart):
    # Transmural, 24 to 36 degrees wide around 90 degrees: inferoseptal at every level, septal at the apex.
    blob = ScarBlob(np.pi / 2.0, 12.0, 0.3, 10.0, 0.5, 0.6)
    heart = integrate_heart(a_plain_heart, LVScar(ScarPattern.LAD, (blob,)), HEIGHTS, 8.0)
    segments = true_segments(a_plain_heart, heart, HEIGHTS, RINGS, ~RINGS & (HEIGHTS < 90.0))
    struck = [segment.number for segment in segments if segment.scar_percent > 0.0]
    assert struck == [3]
    expected = heart.infarct_volumes_ml().sum() / segments[2].volume_ml * 100.0
    assert segments[2].scar_percent == pytest.approx(expected)


def test_segments_of_a_round_heart_have_equal_volumes(a_plain_heart):
    heart = integrate_heart(a_plain_heart, LVScar(ScarPattern.NONE), HEIGHTS, 8.0)
    segments = true_segments(a_plain_heart, heart, HEIGHTS, RINGS, ~RINGS & (HEIGHTS < 90.0))
    for first, last in ((0, 6), (6, 12), (12, 16)):
        volumes = np.array([segment.volume_ml for segment in segments[first:last]])
        np.testing.assert_allclose(volumes, volumes.mean(), rtol=0.01)


def test_an_apex_that_is_not_imaged_is_null_with_the_reason(a_plain_heart):
    heart = integrate_heart(a_plain_heart, LVScar(ScarPattern.NONE), HEIGHTS[RINGS], 8.0)
    rings = np.ones(int(RINGS.sum()), bool)
    apex = true_segments(a_plain_heart, heart, HEIGHTS[RINGS], rings, ~rings)[16]
    assert apex.scar_percent is None
    assert apex.volume_ml is None
    assert apex.reason == "no apical cap is imaged"


def test_quantification_of_the_truth_labels_finds_the_true_segments():
    worst = []
    for seed in range(20, 32):
        phantom = make_lv_phantom(LVPhantomConfig(seed, observer_count=0))
        labels = phantom.labels.array
        result = quantify_lv(
            phantom.image,
            labels == 1,
            labels >= 2,
            LVRequest(minimum_component_mm2=0.0),
            scar_mask=labels >= 3,
            mvo_mask=labels == 4,
            rv_insertion_ras=phantom.truth.shape.anterior_insertion_ras,
        )
        pairs = list(zip(result.aha17.segments, phantom.truth.shape.aha17, strict=True))
        assert [found.name for found, _ in pairs] == [true.name for _, true in pairs]
        assert [found.scar_percent is None for found, _ in pairs] == [true.scar_percent is None for _, true in pairs]
        assert {part.index: part.level for part in result.slices} == {
            part.index: phantom.truth.shape.levels[part.index] for part in result.slices
        }
        worst.append(max(abs(f.scar_percent - t.scar_percent) for f, t in pairs if t.scar_percent is not None))
    # What is left is voxels of 1.2 to 1.8 mm at borders of scar and sector.
    assert np.median(worst) < 2.0
    assert max(worst) < 5.0
