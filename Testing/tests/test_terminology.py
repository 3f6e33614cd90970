from __future__ import annotations

import pytest
from pydicom.sr.codedict import CONCEPTS

from ScarSegLogic.terminology import AHA_SEGMENTS, SEGMENT_KINDS, STRUCTURES, Code

EVERY_CODE = {
    code.value: code
    for structure in STRUCTURES.values()
    for code in (structure.category, structure.type, structure.region)
    if code is not None
}


SLICERS_OWN_WORDING = {"123037004": "Anatomical Structure", "49755003": "Morphologically Altered Structure"}
"""Slicer's terminology files have the codes of DICOM's CID 7150 in these words, which its users know."""


@pytest.mark.parametrize("code", EVERY_CODE.values(), ids=lambda code: code.meaning)
def test_every_code_stands_in_the_dictionary_of_dicom(code: Code) -> None:
    meanings = {
        meaning.partition(" (")[0].lower()
        for entries in CONCEPTS["SCT"].values()
        for value, (meaning, *_) in entries.items()
        if value == code.value
    }
    assert code.scheme == "SCT"
    assert meanings, f"{code.value} is unknown"
    assert code.meaning.lower() in meanings or SLICERS_OWN_WORDING.get(code.value) == code.meaning


def test_structures_are_told_apart_by_name_code_and_colour() -> None:
    assert SEGMENT_KINDS == ("cavity", "myocardium", "scar", "mvo")
    for facts in (
        [structure.name for structure in STRUCTURES.values()],
        [structure.type.value for structure in STRUCTURES.values()],
        [structure.colour for structure in STRUCTURES.values()],
    ):
        assert len(set(facts)) == len(SEGMENT_KINDS)


def test_findings_name_the_myocardium_as_their_place_and_anatomy_is_its_own() -> None:
    assert [kind for kind, structure in STRUCTURES.items() if structure.region] == ["scar", "mvo"]
    assert STRUCTURES["scar"].region == STRUCTURES["mvo"].region == STRUCTURES["myocardium"].type


def test_a_colour_is_read_as_shares_of_one() -> None:
    assert STRUCTURES["scar"].rgb == pytest.approx((232 / 255, 64 / 255, 42 / 255))


def test_the_seventeen_segments_have_the_codes_and_names_of_dicom() -> None:
    from ScarSegLogic.quantification.aha17 import APEX_NAME, SECTORS

    names = dict(pair for sectors in SECTORS.values() for pair in zip(sectors.numbers, sectors.names, strict=True))
    assert sorted(AHA_SEGMENTS) == list(range(1, 18))
    for number, name in {**names, 17: APEX_NAME}.items():
        code = AHA_SEGMENTS[number]
        meanings = {
            meaning.lower()
            for entries in CONCEPTS["SCT"].values()
            for value, (meaning, *_) in entries.items()
            if value == code.value
        }
        assert code.meaning.lower() in meanings
        assert name in code.meaning
