"""The segments of a segmentation: found, made, read."""

from __future__ import annotations

import pytest
import slicer

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.segmentations import (
    ensure_segments,
    find_segments,
    mask_from_segment,
)

SHAPE = (5, 7, 9)


def test_segments_get_name_colour_codes_and_status(segmentation):
    ids = ensure_segments(segmentation, ("cavity", "scar"))

    scar = segmentation.GetSegmentation().GetSegment(ids["scar"])
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    assert scar.GetName() == "Scar"
    assert scar.GetColor() == pytest.approx((232 / 255, 64 / 255, 42 / 255))
    assert "^12402003^Scar tissue~" in scar.GetTerminology()
    assert logic.GetSegmentStatus(scar) == logic.InProgress


def test_segments_are_found_again_by_tag_after_renaming_and_else_by_name(segmentation):
    ids = ensure_segments(segmentation, ("scar",))
    segmentation.GetSegmentation().GetSegment(ids["scar"]).SetName("Narbe")
    hand_drawn = segmentation.GetSegmentation().AddEmptySegment("Segment_1", "lv MYOCARDIUM")
    decoy = segmentation.GetSegmentation().AddEmptySegment("Segment_2", "Scar")

    again = ensure_segments(segmentation, ("myocardium", "scar"))

    assert again == {"myocardium": hand_drawn, "scar": ids["scar"]}
    assert segmentation.GetSegmentation().GetNumberOfSegments() == 3
    assert decoy not in again.values()


def test_a_name_does_not_claim_a_segment_that_carries_another_kinds_tag(segmentation):
    ids = ensure_segments(segmentation, ("mvo",))
    segmentation.GetSegmentation().GetSegment(ids["mvo"]).SetName("Scar")

    assert find_segments(segmentation, ("scar", "mvo")) == {"mvo": ids["mvo"]}
    assert ensure_segments(segmentation, ("scar",))["scar"] != ids["mvo"]


def test_a_deleted_segment_is_made_anew(segmentation):
    first = ensure_segments(segmentation, ("scar",))["scar"]
    segmentation.GetSegmentation().RemoveSegment(first)

    assert ensure_segments(segmentation, ("scar",))["scar"]
    assert segmentation.GetSegmentation().GetNumberOfSegments() == 1


@pytest.mark.usefixtures("drawn")
def test_an_empty_segment_is_an_empty_mask_and_a_missing_one_an_error(segmentation, volume):
    scar = ensure_segments(segmentation, ("scar",))["scar"]

    assert not mask_from_segment(segmentation, scar, volume).any()
    with pytest.raises(ScarSegError, match="no segment 'gone' any more"):
        mask_from_segment(segmentation, "gone", volume)
