"""What can go wrong with a database: one sentence each, and no grade is lost or stored twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading import database as database_module
from ScarSegLogic.grading.outbox import Outbox
from ScarSegLogic.grading.session import open_session
from ScarSegLogic.grading.store import open_store
from Testing.tests.grading.conftest import CASES, ITEMS

KILLS = 100


@pytest.fixture
def outbox(tmp_path) -> Outbox:
    return Outbox(tmp_path / "state" / "waiting.sqlite")


def test_killed_at_any_point_it_loses_no_confirmed_grade(tmp_path, make_worklist):
    path = tmp_path / "grades.sqlite"
    store = open_store(path, create=True)
    store.add_cases(CASES)
    make_worklist(store)
    store.close()
    generator, confirmed = random.Random(5), []
    for _ in range(KILLS):
        confirmed += grades_until_killed(path, outbox=tmp_path / "waiting.sqlite", generator=generator)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store = open_store(path)
    stored = [grade.comment for _, grade in store.grades("list")]
    store.close()
    assert len(confirmed) > KILLS
    assert set(confirmed) <= set(stored)
    # At most the one grade that was under way at each kill is stored without having been confirmed.
    assert len(stored) == len(set(stored)) <= len(confirmed) + KILLS


def grades_until_killed(path, *, outbox, generator) -> list[str]:
    """Grade in a process that is killed for good somewhere; the comments of what it had confirmed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            session = open_session(open_store(path), "list", "AB", outbox=Outbox(outbox))
            number = 0
            while True:
                name = f"{os.getpid()}-{number}"
                if session.current is None:
                    session.back()
                session.grade(number % 3, comment=name)
                os.write(writing, f"{name}\n".encode())
                number += 1
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as stream:
        lines = [stream.readline() for _ in range(generator.randrange(1, 3))]
        time.sleep(generator.random() * 0.002)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines += stream.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


def test_a_lost_server_costs_nothing_and_gets_every_grade_once(postgresql, outbox, make_worklist):
    url = postgresql.new_database()
    store = open_store(url, create=True)
    store.add_cases(CASES)
    make_worklist(store)
    session = open_session(store, "list", "AB", outbox=outbox)
    first = session.current
    session.grade(0)
    postgresql.stop()
    try:
        assert session.grade(1).waiting == 1
        assert session.grade(2).waiting == 2
        assert session.progress.graded == 3
        with pytest.raises(ScarSegError, match=r"postgresql.* cannot be reached"):
            open_store(url)
    finally:
        postgresql.start()
    assert session.grade(0).waiting == 0
    grades = [grade for _, grade in store.grades("list")]
    assert [grade.tier for grade in grades] == [0, 1, 2, 0]
    assert grades[0].item == first
    assert outbox.waiting(store.database_id) == ()
    store.close()


def test_what_waits_is_delivered_when_the_reader_comes_again(sqlite_store, make_worklist, outbox, grade_of):
    make_worklist(sqlite_store)
    sqlite_store.add_reader("AB")
    waiting = grade_of(ITEMS[0], 2)
    # The connection was lost after the grade had been stored, before that was known.
    sqlite_store.append([waiting])
    outbox._keep(sqlite_store.database_id, (waiting, grade_of(ITEMS[1])), "")
    session = open_session(sqlite_store, "list", "AB", outbox=outbox)
    assert session.progress.graded == 2
    assert len(sqlite_store.grades("list")) == 2


def test_a_locked_database_keeps_the_grade_here(sqlite_store, make_worklist, outbox, monkeypatch):
    make_worklist(sqlite_store)
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.05)
    store = open_store(sqlite_store.database.place)
    session = open_session(store, "list", "AB", outbox=outbox)
    blocker = sqlite3.connect(sqlite_store.database.place, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    assert session.grade(2).waiting == 1
    with pytest.raises(ScarSegError, match="is in use by another program"):
        store.add_reader("CD")
    blocker.execute("ROLLBACK")
    blocker.close()
    assert session.grade(1).waiting == 0
    assert [grade.tier for _, grade in store.grades("list")] == [2, 1]
    store.close()


def test_a_full_disk_confirms_nothing_that_is_nowhere(sqlite_store, make_worklist, tmp_path):
    make_worklist(sqlite_store)
    (tmp_path / "file").touch()
    session = open_session(sqlite_store, "list", "AB", outbox=Outbox(tmp_path / "file" / "waiting.sqlite"))
    with sqlite_store.database.raw_writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
    message = None
    while message is None:
        before = session.current
        try:
            session.grade(0, comment="x" * 2000)
        except ScarSegError as error:
            message = str(error)
    assert "the disk is full: free some space; the grade could not be kept here either" in message
    assert session.current == before
    assert len(sqlite_store.grades("list")) == session.progress.graded


def test_a_read_only_database_says_so(sqlite_store, make_worklist):
    make_worklist(sqlite_store)
    place = f"sqlite:///file:{sqlite_store.database.place}?mode=ro&uri=true"
    with pytest.raises(ScarSegError, match="is read-only: ask for write access"):
        open_store(place).add_reader("AB")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such grading database"),
        (b"not a database, but a text that is long enough" * 30, "is damaged or no SQLite database"),
        (b"", "is no grading database"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, content, message):
    path = tmp_path / "ü [x].sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScarSegError, match=message):
        open_store(path)
    if content is not None:
        assert path.read_bytes() == content


def test_a_database_of_something_else_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "x.sqlite") as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    before = (tmp_path / "x.sqlite").read_bytes()
    with pytest.raises(ScarSegError, match="is no grading database"):
        open_store(tmp_path / "x.sqlite", create=True)
    assert (tmp_path / "x.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("://", "neither a path nor a URL"),
        ("nonsense://x/y", "needs a driver that is not installed"),
    ],
)
def test_a_wrong_url_is_said(url, message):
    with pytest.raises(ScarSegError, match=message):
        open_store(url)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ScarSegError, match=r"the folder .* does not exist"):
        open_store(tmp_path / "no" / "g.sqlite", create=True)
    with pytest.raises(ScarSegError, match="is a folder"):
        open_store(tmp_path, create=True)


def test_no_password_is_shown(postgresql):
    url = postgresql.new_database().replace("postgres@", "nobody:secret@").replace("/grading", "/nowhere")
    with pytest.raises(ScarSegError, match="nobody") as failure:
        open_store(url)
    assert "secret" not in str(failure.value)


def test_the_logic_starts_without_a_database_library():
    program = "import sys, ScarSegLogic.cli.app; print(sorted({'sqlalchemy', 'alembic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
