"""The files of one LV study."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.images import write_label_map
from ScarSegLogic.quantification.finite_json import to_json_text
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.quantification.result_json import result_to_json
from ScarSegLogic.report.dicom_export import write_dicom
from ScarSegLogic.report.html import draw_pictures, render_report
from ScarSegLogic.report.montage import join_rows
from ScarSegLogic.report.per_slice_csv import per_slice_csv
from ScarSegLogic.report.picture import to_png
from ScarSegLogic.report.review import Review, review_to_json
from ScarSegLogic.volume import LabelMap, Volume

FILE_KINDS = ("nrrd", "json", "csv", "pictures", "html")
"""What every study gets."""
DICOM_KINDS = ("seg", "sr")
OUTPUT_KINDS = (*FILE_KINDS, *DICOM_KINDS)


def write_lv_outputs(
    result: LVScarResult,
    image: Volume,
    folder: Path,
    *,
    review: Review | None = None,
    kinds: Collection[str] = FILE_KINDS,
) -> tuple[Path, ...]:
    """Write what is asked for into an existing folder (hand in a temporary one).

    ========  ==========================================================================================
    nrrd      ``segmentation.nrrd``; ``remote.nrrd`` (1 is remote myocardium) where there was a remote region
    json      ``result.json`` and ``review.json``
    csv       ``per_slice.csv``
    pictures  ``overlay.png``, ``bullseye.png``, ``per_slice.png``
    html      ``report.html``, which needs no other file
    seg, sr   see ``dicom_export.write_dicom``
    ========  ==========================================================================================

    Args:
        result: The study.
        image: The image it was computed from, on the same grid.
        folder: Where to.
        review: Who read it; nobody where it is left out.
        kinds: Any of ``OUTPUT_KINDS``.

    Returns:
        The files.

    Raises:
        ScarSegError: A kind is unknown, or DICOM cannot be written for this image.
        ValueError: The image does not lie on the grid of the segmentation.
        OSError: The folder cannot be written.
    """
    if unknown := sorted(set(kinds) - set(OUTPUT_KINDS)):
        raise ScarSegError(f"unknown kinds of output {unknown}: expected some of {', '.join(OUTPUT_KINDS)}")
    folder, review = Path(folder), review or Review()
    written: list[Path] = []
    if "nrrd" in kinds:
        written += _write_masks(result, folder)
    if "json" in kinds:
        written += write_texts(
            folder,
            {
                "result.json": to_json_text(result_to_json(result)),
                "review.json": to_json_text(review_to_json(review)),
            },
        )
    if "csv" in kinds:
        written += write_texts(folder, {"per_slice.csv": per_slice_csv(result)})
    if {"pictures", "html"} & set(kinds):
        written += _write_pictures_and_report(result, image, folder, review, kinds)
    if set(DICOM_KINDS) & set(kinds):
        written += write_dicom(result, image, folder, review=review, kinds=kinds)
    return tuple(written)


def _write_masks(result: LVScarResult, folder: Path) -> list[Path]:
    written = [folder / "segmentation.nrrd"]
    write_label_map(written[0], result.segmentation)
    if result.remote_mask is not None:
        written.append(folder / "remote.nrrd")
        write_label_map(written[-1], LabelMap(result.remote_mask.astype(np.uint8), result.segmentation.geometry))
    return written


def _write_pictures_and_report(
    result: LVScarResult, image: Volume, folder: Path, review: Review, kinds: Collection[str]
) -> list[Path]:
    pictures = draw_pictures(result, image)
    written: list[Path] = []
    if "pictures" in kinds:
        drawn = {
            "overlay.png": join_rows(pictures.overlay_rows),
            "bullseye.png": pictures.bullseye,
            "per_slice.png": pictures.slices,
        }
        for name, picture in drawn.items():
            (folder / name).write_bytes(to_png(picture))
            written.append(folder / name)
    if "html" in kinds:
        report = render_report(result, image, review=review, pictures=pictures)
        written += write_texts(folder, {"report.html": report})
    return written


def write_texts(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Write texts by their file names; returns the files."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
