"""The files of one LV study, without those that only some studies have."""

from __future__ import annotations

OUTPUTS = frozenset(
    {
        "segmentation.nrrd",
        "result.json",
        "per_slice.csv",
        "report.html",
        "overlay.png",
        "bullseye.png",
        "per_slice.png",
        "review.json",
    }
)
