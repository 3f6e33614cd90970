"""A store on SQLite and on PostgreSQL, with a protocol, a reader and a few cases."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ScarSegLogic.grading.protocol import DEFAULT_PROTOCOL, find_protocol
from ScarSegLogic.grading.records import Action, CaseKey, Grade, Item, Worklist, WorklistKind
from ScarSegLogic.grading.store import GradingStore, open_store

CASES = tuple(CaseKey(letter * 64, letter * 64, 4) for letter in "abc")
ITEMS = tuple(Item(case.case_key, index) for case in CASES for index in range(case.slice_count))


class Server:
    """A PostgreSQL server on loopback, in a folder of its own, as the user postgres where the tests are root."""

    def __init__(self, programs: Path, port: int) -> None:
        self.programs, self.port = programs, port
        self.folder = Path(tempfile.mkdtemp(prefix="scarseg-pg-", dir="/tmp"))
        self._databases = 0
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        self.run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-o", options, "-l", str(self.folder / "log"), "start"
        )

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")

    def new_database(self) -> str:
        self._databases += 1
        name = f"grading{self._databases}"
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def run(self, program: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*user, str(self.programs / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL)
        # A started server keeps no pipe of ours open: its output goes into its log.
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running server; the test is skipped where PostgreSQL or its driver is missing."""
    pytest.importorskip("psycopg", reason="needs psycopg, the driver of PostgreSQL")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("needs PostgreSQL, Debian's package postgresql")
    if os.getuid() == 0 and not shutil.which("runuser"):
        pytest.skip("needs runuser, since PostgreSQL refuses to run as root")
    server = Server(found[-1].parent, free_port())
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


def free_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database may be made."""
    if request.param == "sqlite":
        return str(tmp_path / "Größe [1].sqlite")
    return request.getfixturevalue("postgresql").new_database()


@pytest.fixture
def store(database_url: str) -> Iterator[GradingStore]:
    """An empty store with the cases."""
    opened = open_store(database_url, create=True)
    opened.add_cases(CASES)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[GradingStore]:
    """The same where only SQLite matters."""
    opened = open_store(tmp_path / "grades.sqlite", create=True)
    opened.add_cases(CASES)
    yield opened
    opened.close()


@pytest.fixture
def make_worklist() -> Callable[..., Worklist]:
    """A function that puts a worklist of all slices into a store."""

    def make(store: GradingStore, name: str = "list", *, repeat_share: float = 0.0, seed: int = 1) -> Worklist:
        protocol_id = store.add_protocol(find_protocol(DEFAULT_PROTOCOL))
        store.add_worklist(Worklist(name, WorklistKind.READING, protocol_id, seed, repeat_share, ITEMS))
        return store.worklist(name)

    return make


@pytest.fixture
def grade_of() -> Callable[..., Grade]:
    """A function that makes a grade of an item in the worklist ``list``."""

    def make(item: Item, tier: int = 0, *, reader: str = "AB", **changes: object) -> Grade:
        return Grade("list", reader, 1, item, Action.GRADE, tier, **changes)

    return make
