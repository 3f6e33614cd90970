"""Hands a segment of the heart over to Slicer's Segment Editor, with the right mask."""

from __future__ import annotations

from ScarSegLogic import terminology
from ScarSegLVLib.segments import make_segments
from ScarSegLVLib.study import Study
from ScarSegModuleLib.segment_editor import open_segment_editor


def hand_over(study: Study, kind: str) -> None:
    """Open the Segment Editor on a segment: scar and MVO are editable inside the myocardium only.

    Nothing is overwritten in other segments, because scar lies within the myocardium on purpose.

    Raises:
        ScarSegError: The segmentation cannot be edited; see ``make_segments``.
    """
    with study.one_change():
        ids = make_segments(study, terminology.SEGMENT_KINDS)
    inside = ids[terminology.MYOCARDIUM] if kind in (terminology.SCAR, terminology.MVO) else ""
    open_segment_editor(study.segmentation, study.volume, ids[kind], inside_segment_id=inside)
