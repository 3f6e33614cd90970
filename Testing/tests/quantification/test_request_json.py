"""Requests as JSON and the strictness of reading them back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.request import Baseline, GreyZoneDefinition, LVRequest, ScarMethod
from ScarSegLogic.quantification.request_json import request_from_json, request_to_json
from ScarSegLogic.quantification.strict_json import dataclass_from_json

FULL = LVRequest(
    method=ScarMethod.MANUAL,
    n_sd=3.5,
    baseline=Baseline.RAW,
    manual_threshold=312.25,
    grey_zone=GreyZoneDefinition.PEAK_40_60,
    largest_component_only=True,
    excluded_slices=(0, 7),
    rv_insertion_ras=(-31.5, 22.0, 60.25),
    rv_insertion_confirmed=False,
    remote_ras=(1.0, -2.0, 3.5),
    device="cpu",
)


@pytest.mark.parametrize("request_", [LVRequest(), FULL], ids=["default", "full"])
def test_a_request_survives_json(request_):
    document = json.loads(json.dumps(request_to_json(request_), allow_nan=False))
    assert request_from_json(document) == request_


def test_the_document_holds_plain_values_and_its_version():
    document = request_to_json(FULL)
    assert document["schema_version"] == 1
    assert type(document["method"]) is str
    assert document["excluded_slices"] == [0, 7]
    assert document["remote_ras"] == [1.0, -2.0, 3.5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, r"unknown entries \['colour'\]"),
        ({"schema_version": 9}, "schema_version 9, this ScarSeg reads 1"),
        ({"schema_version": True}, "schema_version True"),
        ({"method": "magic"}, "request.method is 'magic': expected one of model, nsd"),
        ({"method": ["nsd"]}, r"request.method is \['nsd'\]"),
        ({"n_sd": "5"}, "request.n_sd is '5': expected a number"),
        ({"n_sd": True}, "request.n_sd is True: expected a number"),
        ({"n_sd": None}, "request.n_sd is None: expected a number"),
        ({"n_sd": 12}, "n_sd is 12: expected a value from 2 to 6"),
        ({"n_sd": float("nan")}, "n_sd is nan"),
        ({"propose_mvo": 1}, "request.propose_mvo is 1: expected true or false"),
        ({"excluded_slices": [1.5]}, r"request.excluded_slices.0 is 1.5: expected a whole number"),
        ({"excluded_slices": 3}, "request.excluded_slices is 3: expected a list"),
        ({"remote_ras": [1.0, 2.0]}, "request.remote_ras has 2 values: expected 3"),
        ({"rv_insertion_ras": [1.0, 2.0, float("inf")]}, "three finite R,A,S values"),
    ],
)
def test_a_damaged_request_is_refused_by_the_place_of_its_fault(change, message):
    with pytest.raises(ScarSegError, match=message):
        request_from_json({**request_to_json(FULL), **change})


def test_a_request_that_lacks_an_entry_is_refused():
    document = request_to_json(FULL)
    del document["n_sd"]
    with pytest.raises(ScarSegError, match=r"lacks the entries \['n_sd'\]"):
        request_from_json(document)


@pytest.mark.parametrize("document", [None, [], "request", 3])
def test_what_is_no_object_is_refused(document):
    with pytest.raises(ScarSegError, match="schema_version"):
        request_from_json(document)


def test_whole_numbers_are_read_as_numbers_of_any_kind():
    assert request_from_json({**request_to_json(FULL), "n_sd": 4}) == replace(FULL, n_sd=4.0)


@dataclass(frozen=True)
class Numbered:
    by_slice: dict[int, float]


def test_keys_of_a_dictionary_are_whole_numbers_again():
    assert dataclass_from_json(Numbered, {"by_slice": {"3": 1.5}}, "x") == Numbered({3: 1.5})
    with pytest.raises(ScarSegError, match=r"x\.by_slice holds the key 'three'"):
        dataclass_from_json(Numbered, {"by_slice": {"three": 1.5}}, "x")
