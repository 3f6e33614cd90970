"""The store keeps every grade once, for good, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading import schema
from ScarSegLogic.grading.protocol import DEFAULT_PROTOCOL, find_protocol
from ScarSegLogic.grading.records import CaseKey, Worklist, WorklistKind
from ScarSegLogic.grading.store import open_store
from ScarSegLogic.version import VERSION
from Testing.tests.grading.conftest import CASES, ITEMS


def test_a_grade_comes_back_as_it_was_given(store, make_worklist, grade_of):
    make_worklist(store)
    store.add_reader(" AB ")
    given = grade_of(ITEMS[1], 2, reasons=("small", "motion"), comment="'; DROP TABLE grades; -- ü", elapsed_s=3.5)
    store.append([given])
    ((_, found),) = store.grades("list")
    assert found == given
    assert found.software_version == VERSION
    assert found.graded_utc.endswith("+00:00")


def test_a_grade_that_is_sent_twice_is_stored_once(store, make_worklist, grade_of):
    make_worklist(store)
    store.add_reader("AB")
    grade = grade_of(ITEMS[0])
    store.append([grade])
    store.append([grade, grade_of(ITEMS[1])])
    assert len(store.grades("list")) == 2


def test_a_changed_grade_is_a_new_row(store, make_worklist, grade_of):
    make_worklist(store)
    store.add_reader("AB")
    # The clock was set back in between: what was stored later is later.
    store.append([grade_of(ITEMS[0], 2, graded_utc="2030-01-01T00:00:00+00:00")])
    store.append([grade_of(ITEMS[0], 1, graded_utc="2020-01-01T00:00:00+00:00")])
    assert [grade.tier for _, grade in store.grades("list")] == [2, 1]


@pytest.mark.parametrize("table", [schema.grades, schema.protocols], ids=str)
@pytest.mark.parametrize("statement", [sa.update, sa.delete])
def test_nothing_can_be_changed_or_deleted(store, make_worklist, grade_of, table, statement):
    make_worklist(store)
    store.add_reader("AB")
    store.append([grade_of(ITEMS[0])])
    change = statement(table)
    if statement is sa.update:
        change = change.values(id=99)
    with pytest.raises(DBAPIError, match="append-only"), store.database.raw_writing() as connection:
        connection.execute(change)
    assert len(store.grades("list")) == 1


def test_an_edited_protocol_needs_a_new_version_and_old_grades_keep_theirs(store):
    protocol = find_protocol(DEFAULT_PROTOCOL)
    first = store.add_protocol(protocol)
    assert store.add_protocol(protocol) == first
    edited = dataclasses.replace(protocol, title="another question")
    with pytest.raises(ScarSegError, match="was edited but is still version 1: raise its version"):
        store.add_protocol(edited)
    second = store.add_protocol(dataclasses.replace(edited, version=2))
    assert second != first
    assert store.protocol(first) == protocol
    assert store.protocol(second).title == "another question"


def test_cases_of_a_patient_stay_together_over_several_scans(store):
    later = CaseKey("d" * 64, "a" * 64, 3)
    store.add_cases([CASES[0], later])
    store.add_cases([CaseKey("a" * 64, "e" * 64, 4), CaseKey("e" * 64, "e" * 64, 4)])
    with store.database.reading() as connection:
        patients = dict(connection.execute(sa.select(schema.cases.c.case_key, schema.cases.c.patient_key)).all())
    assert {patients[letter * 64] for letter in "ade"} == {"a" * 64}


def test_a_case_that_changed_is_refused(store):
    with pytest.raises(ScarSegError, match=r"4 slices .* has 5 now"):
        store.add_cases([dataclasses.replace(CASES[0], slice_count=5)])


def test_a_worklist_comes_back_in_its_order_and_keeps_its_name(store, make_worklist):
    worklist = make_worklist(store, repeat_share=0.25, seed=7)
    assert worklist.items == ITEMS
    assert (worklist.seed, worklist.repeat_share, worklist.kind) == (7, 0.25, WorklistKind.READING)
    with pytest.raises(ScarSegError, match="there is a worklist list already"):
        make_worklist(store)
    with pytest.raises(ScarSegError, match=r"no worklist other .*: there is list"):
        store.worklist("other")
    with pytest.raises(ScarSegError, match="would be empty"):
        store.add_worklist(Worklist("none", WorklistKind.READING, 1, 0, 0.0, ()))


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb"])
def test_a_reader_needs_a_name(store, name):
    with pytest.raises(ScarSegError, match="is no name of a reader"):
        store.add_reader(name)


def test_opening_again_keeps_salt_and_grades(database_url, store, make_worklist):
    make_worklist(store)
    again = open_store(database_url)
    assert (again.salt, again.database_id) == (store.salt, store.database_id)
    assert again.worklist_names() == ("list",)
    again.close()


def test_a_database_has_a_salt_of_its_own(tmp_path):
    stores = [open_store(tmp_path / f"{number}.sqlite", create=True) for number in range(2)]
    assert stores[0].salt != stores[1].salt
    assert len(stores[0].salt) == 32


WRITER = """
import sys
from ScarSegLogic.grading.records import Action, Grade, Item
from ScarSegLogic.grading.store import open_store

store, reader = open_store(sys.argv[1]), sys.argv[2]
store.add_reader(reader)
for number in range(int(sys.argv[3])):
    item = Item("abc"[number % 3] * 64, number // 3 % 4)
    grade = Grade("list", reader, 1, item, Action.GRADE, number % 3)
    store.append([grade])
    print(grade.uuid, flush=True)
"""


def test_readers_grade_at_once(database_url, store, make_worklist):
    make_worklist(store)
    command = [sys.executable, "-c", WRITER, database_url]
    processes = [subprocess.Popen([*command, name, "40"], stdout=subprocess.PIPE, text=True) for name in ("AB", "CD")]
    confirmed = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    stored = [grade.uuid for _, grade in store.grades("list")]
    assert sorted(stored) == sorted(confirmed[0] + confirmed[1])


def test_tables_are_made_once_by_two_who_open_at_once(database_url):
    program = (
        "import sys; from ScarSegLogic.grading.store import open_store as o; print(o(sys.argv[1], create=True).salt)"
    )
    command = [sys.executable, "-c", program, database_url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    salts = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(salts) == 1


def test_the_migrated_tables_are_those_of_the_schema(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_newest_migration_is_the_one_the_program_knows():
    from pathlib import Path

    from alembic.script import ScriptDirectory

    folder = Path(schema.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == schema.REVISION


def test_a_grade_is_durable_within_20_ms(sqlite_store, make_worklist, grade_of):
    make_worklist(sqlite_store)
    sqlite_store.add_reader("AB")
    with sqlite_store.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    took = []
    for item in ITEMS:
        start = time.perf_counter()
        sqlite_store.append([grade_of(item)])
        took.append(time.perf_counter() - start)
    assert sorted(took)[len(took) // 2] < 0.02


def test_a_database_of_a_newer_version_is_left_alone(tmp_path):
    open_store(tmp_path / "g.sqlite", create=True).close()
    with sqlite3.connect(tmp_path / "g.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(ScarSegError, match=r"newer ScarSeg \(tables 0999\): update"):
        open_store(tmp_path / "g.sqlite")
