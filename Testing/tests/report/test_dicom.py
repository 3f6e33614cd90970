"""DICOM SEG and SR: written, read back, compared voxel by voxel and number by number, and checked by dciodvfy."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess

import highdicom as hd
import numpy as np
import pytest

from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.report.dicom_export import IMAGE_FOLDER, REPORT_FILE, SEGMENTATION_FILE, write_dicom
from ScarSegLogic.report.review import Review, accept_all
from ScarSegLogic.terminology import AHA_SEGMENTS, STRUCTURES
from Testing.tests.report.dicom_study import STORED, exported, turned

MASKS = {
    "LV cavity": lambda labels: labels == CAVITY,
    "LV myocardium": lambda labels: labels >= MYOCARDIUM,
    "Scar": lambda labels: labels == SCAR,
    "MVO": lambda labels: labels == MVO,
}


def segment_voxels(seg, label: str) -> set[tuple[float, ...]]:
    """RAS of every voxel of a segment, as any reader of the object gets them."""
    volume = seg.get_volume(combine_segments=False)
    number = next(item.SegmentNumber for item in seg.SegmentSequence if item.SegmentLabel == label)
    indices = np.argwhere(volume.array[..., number - 1])
    lps = indices @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    return {tuple(point) for point in np.round(lps * (-1, -1, 1), 2) + 0.0}


@pytest.mark.parametrize("how", STORED)
@pytest.mark.parametrize("label", MASKS)
def test_every_segment_comes_back_voxel_by_voxel_where_it_lies_in_the_patient(a_study, tmp_path, how, label):
    result, image = study = turned(a_study, *STORED[how])
    seg, _ = exported(study, tmp_path)
    expected = image.geometry.index_to_ras(np.argwhere(MASKS[label](result.segmentation.array)))
    assert segment_voxels(seg, label) == {tuple(point) for point in np.round(expected, 2) + 0.0}


def test_segments_carry_names_codes_and_places(a_study, tmp_path):
    seg, _ = exported(a_study, tmp_path)
    for item, structure in zip(seg.SegmentSequence, STRUCTURES.values(), strict=True):
        assert item.SegmentLabel == structure.name
        assert item.SegmentedPropertyTypeCodeSequence[0].CodeValue == structure.type.value
        assert item.SegmentedPropertyCategoryCodeSequence[0].CodeValue == structure.category.value
        colour = hd.color.CIELabColor.from_dicom_value(item.RecommendedDisplayCIELabValue).to_rgb()
        assert np.abs(np.array(colour) / 255 - structure.rgb).max() < 0.02
    assert seg.SegmentSequence[2].AnatomicRegionSequence[0].CodeValue == STRUCTURES["myocardium"].type.value


def test_a_study_without_scar_has_no_scar_segment_but_its_zero_in_the_report(a_scar_free_study, tmp_path):
    seg, report = exported(a_scar_free_study, tmp_path)
    assert [item.SegmentLabel for item in seg.SegmentSequence] == ["LV cavity", "LV myocardium"]
    assert numbers(report)[("Scar", "118565006", None, None)] == (0.0, "ml")


def numbers(report) -> dict[tuple[str, str, str | None, str | None], tuple[float, str]]:
    """(group, code of the measurement, derivation, finding site) to (value, unit), walked in the content tree."""
    found = {}
    for group in (item for item in walk(report) if name_of(item) == "125007"):
        children = {name_of(child): child for child in group.ContentSequence}
        title = children["112039"].TextValue
        for item in group.ContentSequence:
            if item.ValueType != "NUM":
                continue
            inner = {name_of(child): child for child in item.get("ContentSequence", [])}
            coded = {
                key: inner[code].ConceptCodeSequence[0].CodeValue if code in inner else None
                for key, code in (("derivation", "121401"), ("site", "363698007"))
            }
            value = item.MeasuredValueSequence[0]
            key = (title, name_of(item), coded["derivation"], coded["site"])
            found[key] = (float(value.NumericValue), value.MeasurementUnitsCodeSequence[0].CodeValue)
    return found


def walk(item):
    for child in item.get("ContentSequence", []):
        yield child
        yield from walk(child)


def name_of(item) -> str:
    return item.ConceptNameCodeSequence[0].CodeValue if "ConceptNameCodeSequence" in item else ""


def texts(report, code: str) -> list[str]:
    return [str(item.get("TextValue") or item.get("PersonName")) for item in walk(report) if name_of(item) == code]


@pytest.mark.parametrize("how", ["as_it_is", "slices_first_reversed"])
def test_every_number_comes_back_with_its_code_and_unit(a_study, tmp_path, how):
    result, _ = study = turned(a_study, *STORED[how])
    _, report = exported(study, tmp_path)
    burden, remote = result.burden, "Remote myocardium (proposed)"
    infarct = "Infarct (scar with MVO)"
    expected = {
        ("LV myocardium", "118565006", None, None): (burden.myocardium_volume_ml, "ml"),
        ("Scar", "118565006", None, None): (burden.scar_volume_ml, "ml"),
        ("MVO", "118565006", None, None): (burden.mvo_volume_ml, "ml"),
        (infarct, "118565006", None, None): (burden.infarct_volume_ml, "ml"),
        (infarct, "118538004", None, None): (burden.scar_mass_g, "g"),
        (infarct, "infarct_fraction", None, None): (burden.scar_fraction_percent, "%"),
        (remote, "110852", "373098007", None): (result.remote.mean, "1"),
        (remote, "110852", "386136009", None): (result.remote.sd, "1"),
        ("Grey zone and core", "grey_zone", None, None): (1.25, "ml"),
        ("Grey zone and core", "core", None, None): (9.5, "ml"),
    }
    for segment in result.aha17.segments[:16]:
        key = ("AHA segments (anterior RV insertion predicted)", "infarct_fraction", None)
        expected[(*key, AHA_SEGMENTS[segment.number].value)] = (segment.scar_percent, "%")
    found = numbers(report)
    assert set(found) == set(expected)
    for key, (value, unit) in expected.items():
        assert found[key][0] == pytest.approx(value, rel=1e-9)
        assert found[key][1] == unit


def test_the_report_refers_to_the_segments_its_volumes_were_counted_in(a_study, tmp_path):
    seg, report = exported(a_study, tmp_path)
    references = [
        item.ReferencedSOPSequence[0]
        for item in walk(report)
        if item.ValueType == "IMAGE" and "ReferencedSegmentNumber" in item.ReferencedSOPSequence[0]
    ]
    assert {reference.ReferencedSOPInstanceUID for reference in references} == {seg.SOPInstanceUID}
    named = [seg.SegmentSequence[int(reference.ReferencedSegmentNumber) - 1].SegmentLabel for reference in references]
    assert named == ["LV myocardium", "Scar", "MVO"]


def test_a_draft_is_unverified_and_names_no_person(a_study, tmp_path):
    _, report = exported(a_study, tmp_path)
    flags = (report.CompletionFlag, report.VerificationFlag, report.PreliminaryFlag)
    assert flags == ("PARTIAL", "UNVERIFIED", "PRELIMINARY")
    assert texts(report, "121008") == []
    assert "VerifyingObserverSequence" not in report


def test_a_final_report_is_verified_by_its_reader(a_study, tmp_path):
    seg, report = exported(a_study, tmp_path, accept_all("Jörg Müller", a_study[0]))
    flags = (report.CompletionFlag, report.VerificationFlag, report.PreliminaryFlag)
    assert flags == ("COMPLETE", "VERIFIED", "FINAL")
    assert report.VerifyingObserverSequence[0].VerifyingObserverName == "Jörg Müller"
    assert texts(report, "121008") == ["Jörg Müller"]
    assert seg.ContentCreatorName == "Jörg Müller"
    assert seg.ContentDescription.startswith("FINAL")


def test_the_report_names_model_version_and_method(a_study, tmp_path):
    result, image = a_study
    models = tuple(ModelUse(task, "1.2.3", task, "Apache-2.0", "phantoms", "cd" * 32) for task in ("lv_scar",))
    by_model = dataclasses.replace(result.request, method=type(result.request.method).MODEL)
    study = dataclasses.replace(result, request=by_model, models=models, myocardium_found=True), image
    seg, report = exported(study, tmp_path)
    assert ("lv_scar", "1.2.3") in zip(texts(report, "111001"), texts(report, "111003"), strict=True)
    assert f"sha256 of the weights {'cd' * 32}" in texts(report, "111002")
    assert seg.SegmentSequence[2].SegmentAlgorithmType == "AUTOMATIC"
    assert seg.SegmentSequence[2].SegmentationAlgorithmIdentificationSequence[0].AlgorithmVersion == "1.2.3"
    methods = {item.ConceptCodeSequence[0].CodeValue for item in walk(report) if name_of(item) == "370129005"}
    assert methods == {"model"}


def test_edits_by_hand_are_told_in_both_objects(a_study, tmp_path):
    result, image = a_study
    seg, report = exported((dataclasses.replace(result, edited_by_hand=True), image), tmp_path)
    assert {item.SegmentAlgorithmType for item in seg.SegmentSequence} == {"SEMIAUTOMATIC"}
    assert "edited by hand afterwards" in texts(report, "111002")
    methods = {item.ConceptCodeSequence[0].CodeValue for item in walk(report) if name_of(item) == "370129005"}
    assert methods == {"edited"}


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian's dicom3tools) is not installed")
@pytest.mark.parametrize("reader", [None, "Jörg Müller"], ids=["draft", "final"])
@pytest.mark.parametrize("study", ["a_study", "a_scar_free_study", "a_dicom_study"])
def test_dciodvfy_finds_no_error(study, reader, request, tmp_path):
    study = request.getfixturevalue(study)
    folder = tmp_path / "out"
    folder.mkdir()
    review = accept_all(reader, study[0]) if reader else Review()
    written = write_dicom(*study, folder, review=review)
    assert {path.name for path in written} >= {SEGMENTATION_FILE, REPORT_FILE}
    for path in written:
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False).stderr
        assert [line for line in said.splitlines() if line.startswith("Error")] == []
        # It names the object it took the file for, so an empty answer would be no proof.
        assert any(name in said.splitlines() for name in ("Segmentation", "Comprehensive3DSR", "MRImage"))


def test_only_the_segmentation_is_written_where_only_it_is_asked_for(a_study, tmp_path):
    write_dicom(*a_study, tmp_path, review=Review(), kinds=("seg",))
    assert {path.name for path in tmp_path.iterdir()} == {SEGMENTATION_FILE, IMAGE_FOLDER}
