"""SEG and SR of one study as files that belong together."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom_frames import tolerant_pydicom
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.report.dicom_source import UNICODE, source_images
from ScarSegLogic.report.review import Review
from ScarSegLogic.volume import Volume

SEGMENTATION_FILE = "segmentation_seg.dcm"
REPORT_FILE = "measurements_sr.dcm"
IMAGE_FOLDER = "dicom_image"
"""Holds the series derived from a volume that did not come from DICOM."""


def write_dicom(
    result: LVScarResult, image: Volume, folder: Path, *, review: Review, kinds: Collection[str] = ("seg", "sr")
) -> tuple[Path, ...]:
    """Write the segmentation and, where asked for, the report into an existing folder.

    The report refers to segments, so the segmentation is written with it even where only ``sr`` is asked for.

    Args:
        result: The study.
        image: Its image; ``source_files`` name the DICOM study that the two join. Without them a series is derived
            from the image and written into ``dicom_image``.
        folder: Where to.
        review: Who read it.
        kinds: Any of ``seg`` and ``sr``.

    Returns:
        The files in the order in which they were written.

    Raises:
        ScarSegError: The image was moved or resampled since it was read from DICOM, is sheared, a file is missing, or
            its headers hold what DICOM does not allow.
        OSError: The folder cannot be written.
    """
    from ScarSegLogic.report.dicom_seg import make_segmentation
    from ScarSegLogic.report.dicom_sr import make_measurement_report

    # highdicom copies what sites put into their headers, valid or not.
    with tolerant_pydicom():
        sources = source_images(image, folder / IMAGE_FOLDER)
        try:
            segmentation = make_segmentation(result, sources, review)
            objects = {SEGMENTATION_FILE: segmentation}
            if "sr" in kinds:
                objects[REPORT_FILE] = make_measurement_report(result, sources, review, segmentation)
        except ValueError as error:
            # highdicom reads what sites put into their headers more strictly than we do.
            raise ScarSegError(f"the headers of {image.name} cannot be taken over ({error}): export NRRD") from error
        for name, dataset in objects.items():
            # highdicom before 0.28, and so the one in Slicer 5.12, does not declare how texts are written.
            dataset.SpecificCharacterSet = UNICODE
            dataset.save_as(folder / name, enforce_file_format=True)
    derived = () if image.source_files else tuple(sorted((folder / IMAGE_FOLDER).iterdir()))
    return (*derived, *(folder / name for name in objects))
