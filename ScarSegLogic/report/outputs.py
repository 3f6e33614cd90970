"""The files of one LV study."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ScarSegLogic.io.images import write_label_map
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.quantification.result_json import result_to_json, to_json_text
from ScarSegLogic.report.html import draw_pictures, render_report
from ScarSegLogic.report.overlays import join_rows
from ScarSegLogic.report.per_slice_csv import per_slice_csv
from ScarSegLogic.report.picture import to_png
from ScarSegLogic.volume import LabelMap, Volume


def write_lv_outputs(
    result: LVScarResult,
    image: Volume,
    folder: Path,
    *,
    accepted_by: str | None = None,
    accepted_at_utc: str | None = None,
) -> None:
    """Write segmentation, numbers, pictures and report into an existing folder (hand in a temporary one).

    Files: ``segmentation.nrrd``, ``result.json``, ``per_slice.csv``, ``report.html``, ``overlay.png``,
    ``bullseye.png``, ``per_slice.png``; ``remote.nrrd`` (1 is remote myocardium) where the method had a remote region.

    Raises:
        ValueError: The image does not lie on the grid of the segmentation.
        OSError: The folder cannot be written.
    """
    folder = Path(folder)
    pictures = draw_pictures(result, image)
    report = render_report(result, image, accepted_by=accepted_by, accepted_at_utc=accepted_at_utc, pictures=pictures)
    write_label_map(folder / "segmentation.nrrd", result.segmentation)
    if result.remote_mask is not None:
        remote = LabelMap(result.remote_mask.astype(np.uint8), result.segmentation.geometry)
        write_label_map(folder / "remote.nrrd", remote)
    (folder / "result.json").write_text(to_json_text(result_to_json(result)), encoding="utf-8")
    (folder / "per_slice.csv").write_text(per_slice_csv(result), encoding="utf-8")
    (folder / "overlay.png").write_bytes(to_png(join_rows(pictures.overlay_rows)))
    (folder / "bullseye.png").write_bytes(to_png(pictures.bullseye))
    (folder / "per_slice.png").write_bytes(to_png(pictures.slices))
    (folder / "report.html").write_text(report, encoding="utf-8")
