"""A reader at work: one call a grade, nothing lost, nothing seen that must not be."""

from __future__ import annotations

import time

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading.outbox import Outbox
from ScarSegLogic.grading.protocol import DEFAULT_PROTOCOL, find_protocol
from ScarSegLogic.grading.records import Action, CaseKey, Item, Worklist, WorklistKind
from ScarSegLogic.grading.session import TWO_WINDOWS, GradingSession, open_session
from ScarSegLogic.grading.store import GradingStore


@pytest.fixture
def outbox(tmp_path) -> Outbox:
    return Outbox(tmp_path / "state" / "waiting.sqlite")


@pytest.fixture
def session(store, make_worklist, outbox) -> GradingSession:
    make_worklist(store, repeat_share=0.25)
    return open_session(store, "list", "AB", outbox=outbox)


def test_a_list_is_graded_from_first_to_last(session, store):
    seen = []
    while session.current:
        seen.append(session.current)
        ahead = session.upcoming(1)
        step = session.grade(len(seen) % 3, elapsed_s=1.5)
        assert (step.item,) == ahead or (step.item is None and not ahead)
    assert len(seen) == len(set(seen)) == 15
    assert [grade.item for _, grade in store.grades("list")] == seen
    assert (session.progress.graded, session.progress.total) == (15, 15)
    with pytest.raises(ScarSegError, match="is done: go back"):
        session.grade(0)


def test_a_reader_goes_on_where_they_left_off(session, store, outbox):
    session.grade(1)
    expected = session.grade(2).item
    again = open_session(store, "list", "AB", outbox=outbox)
    assert again.current == expected
    assert again.progress == session.progress


def test_readers_are_blinded_and_have_orders_of_their_own(session, store, outbox):
    item = session.current
    session.grade(2)
    other = open_session(store, "list", "CD", outbox=outbox)
    assert other.answer(item) is None
    assert other.progress.graded == 0
    assert other.current != item


def test_a_skipped_item_comes_again_at_the_end(session):
    skipped = session.current
    session.skip()
    assert session.progress.skipped == 1
    while session.current != skipped:
        session.grade(0)
    assert session.progress.graded == 14
    assert session.grade(1).item is None
    assert session.progress.skipped == 0


def test_a_flag_stays_with_its_item_and_can_be_taken_back(session, store, outbox):
    item = session.current
    assert session.toggle_flag().item == item
    assert open_session(store, "list", "AB", outbox=outbox).is_flagged(item)
    session.toggle_flag()
    assert not open_session(store, "list", "AB", outbox=outbox).is_flagged(item)
    assert [grade.action for _, grade in store.grades("list")] == [Action.FLAG, Action.UNFLAG]


def test_going_back_grades_again_and_returns_to_the_front(session, store):
    first, second = session.current, session.grade(0).item
    third = session.grade(1).item
    assert session.back() == second
    assert session.back() == first
    assert session.back() == first
    assert session.answer(first).tier == 0
    assert session.grade(2, comment="seen again").item == third
    assert [grade.tier for _, grade in store.grades("list") if grade.item == first] == [0, 2]
    assert session.progress.graded == 2


def test_two_windows_of_one_reader_share_their_progress(session, store, outbox):
    other = open_session(store, "list", "AB", outbox=outbox)
    both = session.current
    second = session.grade(0).item
    step = other.grade(2)
    assert step.notice == TWO_WINDOWS
    assert [grade.tier for _, grade in store.grades("list") if grade.item == both] == [0, 2]
    assert step.item == second
    other.grade(1)
    assert session.grade(1).notice == TWO_WINDOWS


@pytest.mark.parametrize(
    ("tier", "details", "message"),
    [
        (3, {}, "the tier is 3: expected 0, 1 or 2"),
        (True, {}, "the tier is True"),
        (0, {"reasons": ("ugly",)}, "has no reason 'ugly'"),
        (0, {"comment": "x" * 2001}, "2001 characters: at most 2000"),
    ],
)
def test_a_grade_that_the_protocol_does_not_know_changes_nothing(session, store, tier, details, message):
    before = session.current
    with pytest.raises(ScarSegError, match=message):
        session.grade(tier, **details)
    assert session.current == before
    assert store.grades("list") == ()


def test_a_protocol_edited_while_grading_goes_on_as_a_new_version(session, store, outbox):
    import dataclasses

    session.grade(0)
    edited = dataclasses.replace(find_protocol(DEFAULT_PROTOCOL), version=2, title="another question")
    again = open_session(store, "list", "AB", outbox=outbox, protocol=edited)
    again.grade(1)
    versions = [store.protocol(grade.protocol_id).version for _, grade in store.grades("list")]
    assert versions == [1, 2]
    with pytest.raises(ScarSegError, match=r"is graded by lv_scar_difficulty, not by lv_study_difficulty"):
        open_session(store, "list", "AB", outbox=outbox, protocol=find_protocol("lv_study_difficulty"))


def test_a_worklist_of_10000_slices_opens_and_grades_without_delay(sqlite_store: GradingStore, outbox):
    cases = tuple(CaseKey(f"{number:064x}", f"{number:064x}", 10) for number in range(1000))
    sqlite_store.add_cases(cases)
    protocol_id = sqlite_store.add_protocol(find_protocol(DEFAULT_PROTOCOL))
    items = tuple(Item(case.case_key, index) for case in cases for index in range(10))
    sqlite_store.add_worklist(Worklist("list", WorklistKind.READING, protocol_id, 1, 0.1, items))
    start = time.perf_counter()
    session = open_session(sqlite_store, "list", "AB", outbox=outbox)
    assert time.perf_counter() - start < 10.0  # 0.2 s on a quiet machine; a query for each item takes minutes
    start = time.perf_counter()
    session.grade(0)
    assert time.perf_counter() - start < 2.0
