"""The numbers as a DICOM structured report: TID 1500 "Measurement Report" in a Comprehensive 3D SR (PS3.16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset

from ScarSegLogic import terminology
from ScarSegLogic.quantification.result import LVScarResult
from ScarSegLogic.report import dicom_codes as codes
from ScarSegLogic.report.dicom_algorithm import algorithm_of
from ScarSegLogic.report.dicom_seg import SERIES_NUMBER, dicom_code
from ScarSegLogic.report.dicom_source import MANUFACTURER, SourceImage, uid_from
from ScarSegLogic.report.review import Review, ReviewStatus
from ScarSegLogic.terminology import AHA_SEGMENTS, LEFT_VENTRICLE_MYOCARDIUM, STRUCTURES, Code
from ScarSegLogic.version import VERSION

if TYPE_CHECKING:
    import highdicom as hd

DEVICE_UID = uid_from("device", "ScarSeg")
"""The same for every installation: it stands for the program, not for a computer."""

NO_ORGANISATION = "not stated"
"""The standard wants the verifying reader's organisation; where the images name none, that is said."""


def make_measurement_report(
    result: LVScarResult, sources: Sequence[SourceImage], review: Review, segmentation: Dataset
) -> hd.sr.Comprehensive3DSR:
    """Build the report.

    A DRAFT is PARTIAL, PRELIMINARY and UNVERIFIED; a FINAL one is COMPLETE, FINAL and VERIFIED by the named reader.

    Args:
        result: The study.
        sources: From ``dicom_source.source_images``.
        review: Who read it.
        segmentation: The SEG object of the same result; measurements of a segment refer to it.

    Returns:
        The object. Undefined numbers are left out; SR has no empty measurement that viewers agree on.
    """
    import highdicom as hd

    status = review.status(result)
    final = status is ReviewStatus.FINAL
    content = hd.sr.MeasurementReport(
        observation_context=_observers(review),
        procedure_reported=dicom_code(codes.CARDIAC_MRI),
        imaging_measurements=list(_groups(result, sources, segmentation)),
        title=dicom_code(codes.IMAGING_MEASUREMENT_REPORT),
    )
    report = hd.sr.Comprehensive3DSR(
        evidence=[*(source.header for source in sources), segmentation],
        content=content,
        series_instance_uid=hd.UID(),
        series_number=SERIES_NUMBER + 1,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name="ScarSeg",
        software_versions=VERSION,
        is_complete=final,
        is_final=final,
        is_verified=final,
        verifying_observer_name=review.person_name if final else None,
        verifying_organization=_organisation(sources) if final else None,
        series_description=f"ScarSeg LV scar measurements ({status})",
    )
    report.CodingSchemeIdentificationSequence = [_private_scheme()]
    return report


def _observers(review: Review) -> hd.sr.ObservationContext:
    import highdicom as hd
    from pydicom.sr.codedict import codes as dictionary

    person = None
    if review.person_name is not None:
        person = hd.sr.ObserverContext(
            observer_type=dictionary.DCM.Person,
            observer_identifying_attributes=hd.sr.PersonObserverIdentifyingAttributes(name=review.person_name),
        )
    device = hd.sr.ObserverContext(
        observer_type=dictionary.DCM.Device,
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
            uid=DEVICE_UID, name="ScarSeg", manufacturer_name=MANUFACTURER, model_name=f"ScarSeg {VERSION}"
        ),
    )
    return hd.sr.ObservationContext(observer_person_context=person, observer_device_context=device)


def _groups(result: LVScarResult, sources: Sequence[SourceImage], segmentation: Dataset) -> Iterator[Any]:
    burden = result.burden
    segment_volumes_ml = {
        terminology.MYOCARDIUM: burden.myocardium_volume_ml,
        terminology.SCAR: burden.scar_volume_ml,
        terminology.MVO: burden.mvo_volume_ml,
    }
    for kind, volume_ml in segment_volumes_ml.items():
        yield _segment_group(kind, volume_ml, result, sources, segmentation)
    yield _group("Infarct (scar with MVO)", codes.SCARRED_MYOCARDIUM, list(_infarct(result)), result, sources)
    if result.remote is not None:
        yield _group(
            f"Remote myocardium ({result.remote.source})", codes.NORMAL_MYOCARDIUM, _remote(result), result, sources
        )
    if result.grey_zone is not None:
        yield _group("Grey zone and core", codes.SCARRED_MYOCARDIUM, _grey_zone(result), result, sources)
    if result.aha17 is not None:
        source = result.aha17.rv_insertion_source
        title = f"AHA segments (anterior RV insertion {source})"
        yield _group(title, codes.SCARRED_MYOCARDIUM, _segments(result), result, sources)


def _segment_group(
    kind: str, volume_ml: float, result: LVScarResult, sources: Sequence[SourceImage], segmentation: Dataset
) -> Any:
    """Volume of one segment, with the segment it was counted in where that is not empty (TID 1411, else TID 1501)."""
    import highdicom as hd

    structure = STRUCTURES[kind]
    measurements = [_measurement(codes.VOLUME, volume_ml, codes.MILLILITRE)]
    number = next((s.SegmentNumber for s in segmentation.SegmentSequence if s.SegmentLabel == structure.name), None)
    if number is None:
        return _group(structure.name, structure.type, measurements, result, sources, kind=kind)
    return hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(
            uid=segmentation.SegmentSequence[number - 1].TrackingUID, identifier=structure.name
        ),
        referenced_segment=hd.sr.ReferencedSegment.from_segmentation(segmentation, segment_number=number),
        finding_type=dicom_code(structure.type),
        finding_category=dicom_code(structure.category),
        finding_sites=[hd.sr.FindingSite(dicom_code(structure.region or LEFT_VENTRICLE_MYOCARDIUM))],
        algorithm_id=_algorithm(kind, result),
        measurements=measurements,
    )


def _group(
    title: str,
    finding: Code,
    measurements: Sequence[Any],
    result: LVScarResult,
    sources: Sequence[SourceImage],
    *,
    kind: str = terminology.SCAR,
) -> Any:
    """Numbers without a segment of their own (TID 1501)."""
    import highdicom as hd

    return hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=hd.UID(), identifier=title),
        finding_type=dicom_code(finding),
        finding_sites=[hd.sr.FindingSite(dicom_code(LEFT_VENTRICLE_MYOCARDIUM))],
        method=dicom_code(codes.method_code(result)),
        algorithm_id=_algorithm(kind, result),
        measurements=measurements,
        source_images=[_source_image(source) for source in sources],
    )


def _source_image(source: SourceImage) -> hd.sr.SourceImageForMeasurementGroup:
    import highdicom as hd

    frames = sorted(set(source.shown_frame.values())) or None
    header = source.header
    return hd.sr.SourceImageForMeasurementGroup(header.SOPClassUID, header.SOPInstanceUID, frames)


def _infarct(result: LVScarResult) -> Iterator[Any]:
    burden = result.burden
    yield _measurement(codes.VOLUME, burden.infarct_volume_ml, codes.MILLILITRE)
    yield _measurement(codes.MASS, burden.scar_mass_g, codes.GRAM)
    if burden.scar_fraction_percent is not None:
        yield _measurement(codes.INFARCT_FRACTION, burden.scar_fraction_percent, codes.PERCENT)
    if result.weighted_infarct_volume_ml is not None:
        yield _measurement(codes.WEIGHTED_VOLUME, result.weighted_infarct_volume_ml, codes.MILLILITRE)


def _remote(result: LVScarResult) -> list[Any]:
    return [
        _measurement(codes.SIGNAL_INTENSITY, result.remote.mean, codes.NO_UNITS, derivation=dicom_code(codes.MEAN)),
        _measurement(
            codes.SIGNAL_INTENSITY, result.remote.sd, codes.NO_UNITS, derivation=dicom_code(codes.STANDARD_DEVIATION)
        ),
    ]


def _grey_zone(result: LVScarResult) -> list[Any]:
    zone = result.grey_zone
    return [
        _measurement(codes.GREY_ZONE_VOLUME, zone.grey_zone_volume_ml, codes.MILLILITRE),
        _measurement(codes.CORE_VOLUME, zone.core_volume_ml, codes.MILLILITRE),
    ]


def _segments(result: LVScarResult) -> list[Any]:
    """One share for each segment that was assessed, at its finding site."""
    import highdicom as hd

    return [
        _measurement(
            codes.INFARCT_FRACTION,
            segment.scar_percent,
            codes.PERCENT,
            finding_sites=[hd.sr.FindingSite(dicom_code(AHA_SEGMENTS[segment.number]))],
        )
        for segment in result.aha17.segments
        if segment.scar_percent is not None
    ]


def _measurement(name: Code, value: float, unit: Code, **more: Any) -> Any:
    import highdicom as hd

    return hd.sr.Measurement(name=dicom_code(name), value=value, unit=dicom_code(unit), **more)


def _algorithm(kind: str, result: LVScarResult) -> hd.sr.AlgorithmIdentification:
    """TID 4019 with manufacturer and family, which highdicom before 0.28, as in Slicer 5.12, does not write."""
    import highdicom as hd

    algorithm = algorithm_of(kind, result)
    identification = hd.sr.AlgorithmIdentification(name=algorithm.name, version=algorithm.version)
    modifies = hd.sr.RelationshipTypeValues.HAS_CONCEPT_MOD
    texts = [(codes.ALGORITHM_MANUFACTURER, MANUFACTURER)]
    texts += [(codes.ALGORITHM_PARAMETERS, each) for each in algorithm.parameters]
    for name, text in texts:
        identification.append(hd.sr.TextContentItem(dicom_code(name), text, modifies))
    family = dicom_code(algorithm.family)
    identification.append(hd.sr.CodeContentItem(dicom_code(codes.ALGORITHM_FAMILY), family, modifies))
    return identification


def _organisation(sources: Sequence[SourceImage]) -> str:
    return str(sources[0].header.get("InstitutionName") or "").strip()[:64] or NO_ORGANISATION


def _private_scheme() -> Dataset:
    item = Dataset()
    item.CodingSchemeDesignator = codes.PRIVATE_SCHEME
    item.CodingSchemeName = "ScarSeg measurements"
    item.CodingSchemeResponsibleOrganization = MANUFACTURER
    return item
