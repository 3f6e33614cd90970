"""The segmentation as a DICOM SEG object: cavity, whole myocardium, scar and MVO, coded and overlapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic import labels, terminology
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.report.dicom_algorithm import algorithm_of, is_automatic
from ScarSegLogic.report.dicom_source import MANUFACTURER, SourceImage, lps_affine
from ScarSegLogic.report.review import Review
from ScarSegLogic.terminology import STRUCTURES, Code, Structure
from ScarSegLogic.version import VERSION
from ScarSegLogic.volume import with_slices_first

if TYPE_CHECKING:
    import highdicom as hd
    from pydicom.sr.coding import Code as DicomCode

SERIES_NUMBER = 8801
"""Far from the numbers of scanners (ours)."""


def segment_masks(result: LVScarResult) -> dict[str, NDArray[np.bool_]]:
    """The (K, J, I) masks that are not empty by kind, slices first; the myocardium is the whole wall."""
    values = with_slices_first(result.segmentation).array
    masks = {
        terminology.CAVITY: values == labels.CAVITY,
        terminology.MYOCARDIUM: values >= labels.MYOCARDIUM,
        terminology.SCAR: values == labels.SCAR,
        terminology.MVO: values == labels.MVO,
    }
    return {kind: mask for kind, mask in masks.items() if mask.any()}


def make_segmentation(result: LVScarResult, sources: Sequence[SourceImage], review: Review) -> hd.seg.Segmentation:
    """Build the SEG object (PS3.3, A.51), binary, one segment for each mask that is not empty.

    Args:
        result: The study.
        sources: From ``dicom_source.source_images``; study, patient and frame of reference are theirs.
        review: Says whether the content is a DRAFT and who read it.

    Returns:
        The object; segment numbers follow ``segment_masks``.
    """
    import highdicom as hd
    from pydicom.uid import ExplicitVRLittleEndian

    headers = [source.header for source in sources]
    masks = segment_masks(result)
    geometry = with_slices_first(result.segmentation).geometry
    volume = hd.Volume(
        np.stack(list(masks.values()), axis=-1).astype(np.uint8),
        lps_affine(geometry),
        coordinate_system="PATIENT",
        frame_of_reference_uid=headers[0].FrameOfReferenceUID,
        channels={"SegmentNumber": list(range(1, len(masks) + 1))},
    )
    status = review.status(result)
    segmentation = hd.seg.Segmentation(
        source_images=headers,
        pixel_array=volume,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _description(number, STRUCTURES[kind], result) for number, kind in enumerate(masks, start=1)
        ],
        series_instance_uid=hd.UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name="ScarSeg",
        software_versions=VERSION,
        device_serial_number=VERSION,
        content_label="LV_SCAR",
        content_description=f"{status}: LV cavity, myocardium, scar and MVO",
        content_creator_name=review.person_name,
        series_description=f"ScarSeg LV scar segmentation ({status})",
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    _name_shown_frames(segmentation, sources[0].shown_frame)
    return segmentation


def _name_shown_frames(segmentation: hd.seg.Segmentation, shown_frame: Mapping[int, int]) -> None:
    """Name one frame of a multi-frame source for each plane; highdicom names every phase that lies there."""
    if not shown_frame:
        return
    for groups in segmentation.PerFrameFunctionalGroupsSequence:
        for derivation in groups.DerivationImageSequence:
            named = derivation.SourceImageSequence
            named[0].ReferencedFrameNumber = shown_frame[int(named[0].ReferencedFrameNumber)]
            del named[1:]


def dicom_code(code: Code) -> DicomCode:
    """A code of ``terminology`` as pydicom's."""
    from pydicom.sr.coding import Code as DicomCode

    return DicomCode(code.value, code.scheme, code.meaning)


def _description(number: int, structure: Structure, result: LVScarResult) -> hd.seg.SegmentDescription:
    import highdicom as hd

    algorithm = algorithm_of(structure.kind, result)
    types = hd.seg.SegmentAlgorithmTypeValues
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=structure.name,
        segmented_property_category=dicom_code(structure.category),
        segmented_property_type=dicom_code(structure.type),
        algorithm_type=types.AUTOMATIC if is_automatic(structure.kind, result) else types.SEMIAUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=algorithm.name, family=dicom_code(algorithm.family), version=algorithm.version
        ),
        tracking_uid=hd.UID(),
        tracking_id=structure.name,
        anatomic_regions=None if structure.region is None else [dicom_code(structure.region)],
        display_color=hd.color.CIELabColor.from_rgb(*(round(255 * share) for share in structure.rgb)),
    )
