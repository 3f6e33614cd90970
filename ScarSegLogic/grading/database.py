"""Opening a grading database: an SQLite file by its path, anything else by its SQLAlchemy URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading import schema

BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for another one (ours)."""
CONNECT_TIMEOUT_S = 5
"""How long a server may take to answer (ours)."""
_MIGRATION_LOCK = 0x5CA25E6
_WRITES = "scarseg_writes"

_SENTENCES = (
    (("locked",), "is in use by another program: close it or wait, then try again"),
    (("readonly", "read-only", "permission denied"), "is read-only: ask for write access or copy it elsewhere"),
    (("disk is full", "no space left", "disk full"), "cannot grow, the disk is full: free some space"),
    (("not a database", "malformed"), "is damaged or no SQLite database: restore it from a backup"),
    (("unable to open",), "cannot be opened: check the path"),
)


class Database:
    """An engine and how it is spoken of in messages: a path, or a URL without its password."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self.engine = engine
        self.place = place
        self._writing = engine.execution_options(**{_WRITES: True})

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads. Raises ScarSegError where the database fails."""
        with explained(self.place), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is durable once the block has ended. Raises ScarSegError where the database fails."""
        with explained(self.place), self.raw_writing() as connection:
            yield connection

    @contextmanager
    def raw_writing(self) -> Iterator[sa.Connection]:
        """The same with the driver's own errors, for who can keep what could not be written."""
        with self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_database(path_or_url: Path | str, *, create: bool = False) -> Database:
    """Open a database and bring its tables to this version.

    Args:
        path_or_url: Path of an SQLite file, or an SQLAlchemy URL such as ``postgresql://user@host/name``.
        create: Whether a missing file is made, and tables where there are none.

    Raises:
        ScarSegError: It is missing, cannot be reached or written, is damaged, no grading database, or newer than this
            ScarSeg.
    """
    url = _url(path_or_url)
    place = url.render_as_string(hide_password=True) if "://" in str(path_or_url) else str(path_or_url)
    if url.get_backend_name() == "sqlite":
        _check_file(url, place, create=create)
    try:
        database = Database(_engine(url), place)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ScarSegError(f"{place} needs a driver that is not installed ({error}): install scarseg[postgresql]"
                           " or give an SQLite file") from None  # fmt: skip
    try:
        _bring_up_to_date(database, create=create)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn errors of a driver into one sentence."""
    try:
        yield
    except DBAPIError as error:
        raise ScarSegError(failure_sentence(error, place)) from error


def failure_sentence(error: DBAPIError, place: str) -> str:
    """What went wrong with a database, and what to do."""
    text = str(error.orig).lower()
    for words, sentence in _SENTENCES:
        if any(word in text for word in words):
            return f"the grading database {place} {sentence}"
    if error.connection_invalidated or "connect" in text or "terminat" in text:
        return f"the grading database {place} cannot be reached: check the network and whether its server runs"
    return f"the grading database {place} failed ({str(error.orig).strip().splitlines()[0]}): try again"


def _url(path_or_url: Path | str) -> sa.URL:
    if "://" not in str(path_or_url):
        return sa.URL.create("sqlite", database=str(path_or_url))
    try:
        url = sa.make_url(str(path_or_url))
    except ArgumentError:
        raise ScarSegError("the database is neither a path nor a URL such as postgresql://user@host/name") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _check_file(url: sa.URL, place: str, *, create: bool) -> None:
    if not url.database or url.database.startswith("file:"):
        return
    file = Path(url.database)
    if file.is_dir():
        raise ScarSegError(f"{place} is a folder: name the file of a grading database")
    if not file.exists() and not create:
        raise ScarSegError(f"{place}: there is no such grading database: check the path")
    if not create and file.stat().st_size == 0:
        raise ScarSegError(f"{place} is no grading database: it is empty, check the path")
    if not file.parent.is_dir():
        raise ScarSegError(f"{place}: the folder {file.parent} does not exist: make it first")


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        options = {"connect_timeout": CONNECT_TIMEOUT_S} if url.get_backend_name() == "postgresql" else {}
        return sa.create_engine(url, connect_args=options, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: object, _record: object) -> None:
    """Flush every commit to the disk: a confirmed grade survives a loss of power."""
    connection.isolation_level = None  # `_begin_sqlite` begins transactions, not the driver
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes its turn at once; turning from reader to writer later could not wait.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(database: Database, *, create: bool) -> None:
    with database.reading() as connection:
        found = _revision(connection, database.place, create=create)
    if found == schema.REVISION:
        return
    if found is None and database.engine.dialect.name == "sqlite":
        _log_ahead(database)
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        # Somebody else may have migrated it in the meantime.
        if _revision(connection, database.place, create=create) != schema.REVISION:
            _migrate(connection)


def _log_ahead(database: Database) -> None:
    """Give a new file the write-ahead log, which lets readers read while somebody writes; the file keeps it."""
    with explained(database.place):
        connection = database.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.Error as error:
            raise DBAPIError(None, None, error) from error
        finally:
            connection.close()


def _revision(connection: sa.Connection, place: str, *, create: bool) -> str | None:
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables or not create:
            raise ScarSegError(f"{place} is no grading database: check the path")
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if "grades" not in tables or found is None:
        raise ScarSegError(f"{place} is no grading database: check the path")
    if found > schema.REVISION:
        raise ScarSegError(f"{place} was written by a newer ScarSeg (tables {found}): update ScarSeg")
    return found


def _migrate(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic's settings give % a meaning.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
