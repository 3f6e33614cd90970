"""Grades that a database could not take: kept on this computer, delivered later, stored once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.fault_log import log_folder
from ScarSegLogic.grading.database import failure_sentence
from ScarSegLogic.grading.records import Grade, grade_from_text
from ScarSegLogic.grading.store import GradingStore

FILE_NAME = "grades-waiting.sqlite"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY, uuid TEXT UNIQUE, database_id TEXT, grade TEXT)"
)


class Outbox:
    """A file of waiting grades in the user's own folder for program state; windows and databases may share it."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or log_folder() / FILE_NAME

    def deliver(self, store: GradingStore, *grades: Grade) -> int:
        """Store what waits for this database and then ``grades``, in this order and all at once.

        Returns:
            How many wait because the database could not be reached or written; they are durable here.

        Raises:
            ScarSegError: Neither the database nor this computer could keep them: they are not confirmed.
        """
        waiting = self.waiting(store.database_id)
        if not waiting and not grades:
            return 0
        try:
            store.append_raw([*waiting, *grades])
        except (OperationalError, InterfaceError) as error:
            self._keep(store.database_id, grades, failure_sentence(error, store.database.place))
            return len(waiting) + len(grades)
        if waiting:
            self._forget(waiting)
        return 0

    def waiting(self, database_id: str) -> tuple[Grade, ...]:
        """What waits for a database, oldest first."""
        if not self.file.exists():
            return ()
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT grade FROM waiting WHERE database_id = ? ORDER BY number", [database_id]
            ).fetchall()
        return tuple(grade_from_text(text) for (text,) in rows)

    def _keep(self, database_id: str, grades: tuple[Grade, ...], reason: str) -> None:
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._connection() as connection:
                rows = [(grade.uuid, database_id, grade.to_text()) for grade in grades]
                connection.executemany("INSERT INTO waiting (uuid, database_id, grade) VALUES (?, ?, ?)", rows)
        except (OSError, ScarSegError) as error:
            raise ScarSegError(f"{reason}; the grade could not be kept here either ({error}): give it again") from error

    def _forget(self, grades: tuple[Grade, ...]) -> None:
        with self._connection() as connection:
            connection.executemany("DELETE FROM waiting WHERE uuid = ?", [(grade.uuid,) for grade in grades])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A transaction on the file, flushed to the disk at its end."""
        connection = None
        try:
            connection = sqlite3.connect(self.file)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_TABLE)
            with connection:
                yield connection
        except sqlite3.Error as error:
            raise ScarSegError(f"{self.file}, where waiting grades are kept, cannot be used ({error})") from error
        finally:
            if connection is not None:
                connection.close()
