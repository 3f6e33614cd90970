"""Protocols are read strictly and say where they are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading.protocol import (
    DEFAULT_PROTOCOL,
    PROTOCOLS_FOLDER,
    Unit,
    find_protocol,
    read_protocol,
    shipped_protocols,
)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes the shipped protocol with some entries changed."""

    def write(**changes: Any) -> Path:
        document = json.loads((PROTOCOLS_FOLDER / f"{DEFAULT_PROTOCOL}.json").read_text(encoding="utf-8"))
        path = tmp_path / "Protokoll ü.json"
        path.write_text(json.dumps(document | changes), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("name", shipped_protocols())
def test_shipped_protocols_are_valid_and_named_as_their_files(name):
    protocol = find_protocol(name)
    assert protocol.name == name
    assert [tier.name for tier in protocol.tiers] == ["easy", "medium", "hard"]
    assert {"low_contrast", "washout", "diffuse", "small", "motion", "label_doubtful", "other"} == {
        reason.name for reason in protocol.reasons
    }


def test_there_is_a_protocol_for_slices_and_one_for_studies():
    assert {find_protocol(name).unit for name in shipped_protocols()} == set(Unit)


def test_a_site_writes_its_own(changed):
    own = read_protocol(changed(name="our_site", version=3))
    assert (own.name, own.version) == ("our_site", 3)


def test_any_change_changes_the_checksum(changed):
    assert read_protocol(changed()).sha256 == find_protocol(DEFAULT_PROTOCOL).sha256
    assert read_protocol(changed(title="another")).sha256 != find_protocol(DEFAULT_PROTOCOL).sha256


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema_version": 2}, "has the schema_version 2, this ScarSeg reads 1"),
        ({"kind": "recipe"}, "is no grading protocol"),
        ({"unit": "voxel"}, r"unit is 'voxel': expected one of slice, study"),
        ({"colour": "red"}, r"unknown entries \['colour'\]"),
        ({"version": 0}, "versions count from 1"),
        ({"version": "1"}, "version is '1': expected a whole number"),
        ({"name": "../x"}, "needs a name of small letters"),
        ({"title": " "}, "has an empty title"),
        ({"tiers": []}, r"has the tiers \[\]: expected 0, 1 and 2"),
        ({"reasons": [{"name": "a", "text": "a"}] * 2}, "names the reason 'a' twice"),
    ],
)
def test_what_is_wrong_is_said(changed, changes, message):
    with pytest.raises(ScarSegError, match=message):
        read_protocol(changed(**changes))


def test_a_missing_example_picture_is_named(changed):
    document = json.loads(changed().read_text(encoding="utf-8"))
    document["tiers"][2]["example"] = "hard.png"
    with pytest.raises(ScarSegError, match=r"shows the picture 'hard.png' for hard"):
        read_protocol(changed(tiers=document["tiers"]))


def test_a_missing_file_names_the_shipped_ones():
    with pytest.raises(ScarSegError, match=f"no such protocol: expected {DEFAULT_PROTOCOL}"):
        find_protocol("nowhere.json")


def test_a_file_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "p.json").write_text("{", encoding="utf-8")
    with pytest.raises(ScarSegError, match="cannot be read as JSON"):
        read_protocol(tmp_path / "p.json")
