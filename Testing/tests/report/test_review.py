"""DRAFT and FINAL."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.report.review import (
    AcceptedSlice,
    Edit,
    Review,
    ReviewStatus,
    accept_all,
    review_from_json,
    review_to_json,
    utc_now,
)

EARLY, LATE = "2026-01-02T03:04:05Z", "2026-01-02T04:00:00Z"
COUNTED = range(1, 8)
"""Slice 0 of the study is excluded."""


def accepted(indices, at_utc=EARLY):
    return tuple(AcceptedSlice(index, at_utc) for index in indices)


def test_a_named_reader_who_accepted_every_counted_slice_makes_it_final(a_study):
    assert Review("A. Reader", accepted(COUNTED)).status(a_study[0]) is ReviewStatus.FINAL
    assert accept_all("A. Reader", a_study[0]).status(a_study[0]) is ReviewStatus.FINAL


@pytest.mark.parametrize(
    "review",
    [
        Review(),
        Review("A. Reader"),
        Review("A. Reader", accepted(range(1, 7))),
        Review(None, accepted(COUNTED)),
        Review("   ", accepted(COUNTED)),
    ],
)
def test_everything_else_is_a_draft(a_study, review):
    assert review.status(a_study[0]) is ReviewStatus.DRAFT
    assert review.accepted_at_utc(a_study[0]) is None


def test_a_slice_that_is_excluded_no_more_has_to_be_accepted(a_study):
    result, _ = a_study
    slices = tuple(replace(item, excluded=False) for item in result.slices)
    assert Review("A", accepted(COUNTED)).open_slices(replace(result, slices=slices)) == (0,)


def test_an_edit_reopens_the_slices_it_touched_until_they_are_accepted_again(a_study):
    result, _ = a_study
    edit = Edit(LATE, "Scar, painted", 2, 3, 40)
    review = Review("A", accepted(COUNTED), (edit,))
    assert review.open_slices(result) == (2, 3)
    assert review.status(result) is ReviewStatus.DRAFT
    again = replace(review, accepted=(*review.accepted, *accepted((2, 3), "2026-01-02T05:00:00Z")))
    assert again.status(result) is ReviewStatus.FINAL
    assert again.accepted_at_utc(result) == "2026-01-02T05:00:00Z"


def test_an_edit_before_the_acceptance_changes_nothing(a_study):
    review = Review("A", accepted(COUNTED, LATE), (Edit(EARLY, "Scar, erased", 0, 7, 3),))
    assert review.status(a_study[0]) is ReviewStatus.FINAL


def test_a_review_survives_json():
    review = Review("Jörg Müller", accepted(COUNTED), (Edit(LATE, "MVO, painted", 4, 4, 12),))
    assert review_from_json(json.loads(json.dumps(review_to_json(review)))) == review
    assert review_from_json(review_to_json(Review())) == Review()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "schema_version 2"),
        ({"status": "FINAL"}, r"unknown entries \['status'\]"),
        ({"accepted": [{"index": "1", "at_utc": EARLY}]}, r"review\.accepted\.0\.index is '1'"),
        ({"accepted": [{"index": 1, "at_utc": "yesterday"}]}, "'yesterday' is no time in UTC"),
        ({"edits": [{"index": 1}]}, r"review\.edits\.0 holds the unknown entries"),
    ],
)
def test_a_damaged_review_is_refused(change, message):
    with pytest.raises(ScarSegError, match=message):
        review_from_json({**review_to_json(Review()), **change})


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05", "2026-01-02T03:04:05+01:00", "", "noon"])
def test_a_time_that_is_not_utc_is_refused(text):
    with pytest.raises(ScarSegError, match="no time in UTC"):
        AcceptedSlice(1, text)


def test_now_is_a_time_in_utc():
    assert AcceptedSlice(0, utc_now()).at_utc.endswith("Z")


def test_the_name_in_dicom_has_none_of_its_separators():
    assert Review(" Reader^A=B\\C ").person_name == "Reader A B C"
    assert Review("x" * 80).person_name == "x" * 64
    assert Review(" ").person_name is None
