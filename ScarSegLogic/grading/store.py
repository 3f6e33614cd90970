"""The grading database as a service: protocols, readers, cases, worklists and grades in, the same out.

It only ever adds. Every method is one transaction, durable when it returns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.grading import schema
from ScarSegLogic.grading.database import Database, explained, open_database
from ScarSegLogic.grading.protocol import Protocol, protocol_from_json
from ScarSegLogic.grading.records import Action, CaseKey, Grade, Item, Worklist, WorklistKind, utc_now
from ScarSegLogic.version import VERSION

MAXIMUM_NAME = 64


class GradingStore:
    """See the module. ``database`` is shared with who reads for the statistics.

    Attributes:
        salt: For ``case_keys``.
        database_id: Tells databases apart, wherever they move.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.reading() as connection:
            settings = dict(connection.execute(sa.select(schema.settings)).tuples().all())
        self.salt = bytes.fromhex(settings["salt"])
        self.database_id = settings["database_id"]
        self._ids: dict[tuple[str, object], int] = {}

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def add_protocol(self, protocol: Protocol) -> int:
        """Keep a protocol version and return its id; the same one again changes nothing.

        Raises:
            ScarSegError: Another text was already graded by under the same name and version.
        """
        table = schema.protocols
        with self.database.writing() as connection:
            known = connection.execute(
                sa.select(table).where(table.c.name == protocol.name, table.c.version == protocol.version)
            ).first()
            if known is None:
                row = {"name": protocol.name, "version": protocol.version, "sha256": protocol.sha256,
                       "document": protocol.text, "added_utc": utc_now()}  # fmt: skip
                return connection.execute(sa.insert(table).values(row)).inserted_primary_key[0]
        if known.sha256 != protocol.sha256:
            raise ScarSegError(
                f"the protocol {protocol.name} was edited but is still version {protocol.version}: "
                f"raise its version, grades already given keep the text they were given by"
            )
        return known.id

    def protocol(self, protocol_id: int) -> Protocol:
        """The protocol as it was kept."""
        with self.database.reading() as connection:
            text = connection.scalar(sa.select(schema.protocols.c.document).where(schema.protocols.c.id == protocol_id))
        return protocol_from_json(json.loads(text), f"protocol {protocol_id} in {self.database.place}")

    def add_reader(self, name: str) -> str:
        """Sign a reader in by name or initials; returns the name without blanks around it.

        Raises:
            ScarSegError: The name is empty or too long.
        """
        reader = _name(name, "reader")
        with self.database.writing() as connection:
            _insert_new(connection, schema.readers, [{"name": reader, "added_utc": utc_now()}])
        return reader

    def reader_names(self) -> tuple[str, ...]:
        """Everybody who ever signed in."""
        with self.database.reading() as connection:
            return tuple(connection.scalars(sa.select(schema.readers.c.name).order_by(schema.readers.c.id)))

    def add_cases(self, cases: Sequence[CaseKey]) -> None:
        """Make cases known; those already known stay as they are, and lend their patient key to the patient's others.

        Raises:
            ScarSegError: A known case has another number of slices now.
        """
        table = schema.cases
        with self.database.writing() as connection:
            known = {row.case_key: row for row in connection.execute(sa.select(table))}
            patients = {case.patient_key: known[case.case_key].patient_key for case in cases if case.case_key in known}
            for case in cases:
                old = known.get(case.case_key)
                if old is not None and old.slice_count != case.slice_count:
                    raise ScarSegError(
                        f"a case with {old.slice_count} slices in {self.database.place} has {case.slice_count} now: "
                        "choose the series that was graded"
                    )
            rows = [{"case_key": case.case_key, "patient_key": patients.get(case.patient_key, case.patient_key),
                     "slice_count": case.slice_count, "added_utc": utc_now()} for case in cases]  # fmt: skip
            _insert_new(connection, table, rows)

    def add_worklist(self, worklist: Worklist) -> None:
        """Keep a worklist of known cases; it never changes afterwards.

        Raises:
            ScarSegError: It is empty, there is one of this name, or a case is not known.
        """
        name = _name(worklist.name, "worklist")
        if not worklist.items:
            raise ScarSegError(f"the worklist {name} would be empty: nothing was found to grade")
        row = {"name": name, "kind": worklist.kind, "protocol_id": worklist.protocol_id, "seed": worklist.seed,
               "repeat_share": worklist.repeat_share, "software_version": VERSION,
               "created_utc": utc_now()}  # fmt: skip
        with self.database.writing() as connection:
            if worklist.source is not None:
                row["source_worklist_id"] = _id(connection, schema.worklists, worklist.source)
            case_ids = dict(connection.execute(sa.select(schema.cases.c.case_key, schema.cases.c.id)).tuples().all())
            if any(item.case_key not in case_ids for item in worklist.items):
                raise ScarSegError(f"the worklist {name} names cases that are not in {self.database.place}")
            if connection.scalar(sa.select(schema.worklists.c.id).where(schema.worklists.c.name == name)):
                raise ScarSegError(f"there is a worklist {name} already in {self.database.place}: give another name")
            worklist_id = connection.execute(sa.insert(schema.worklists).values(row)).inserted_primary_key[0]
            connection.execute(
                sa.insert(schema.worklist_items),
                [{"worklist_id": worklist_id, "position": position, "case_id": case_ids[item.case_key],
                  "slice_index": item.slice_index} for position, item in enumerate(worklist.items)],
            )  # fmt: skip

    def worklist_names(self, kind: WorklistKind | None = None) -> tuple[str, ...]:
        """All worklists, or those of a kind, in the order they were made."""
        query = sa.select(schema.worklists.c.name).order_by(schema.worklists.c.id)
        with self.database.reading() as connection:
            return tuple(connection.scalars(query if kind is None else query.where(schema.worklists.c.kind == kind)))

    def worklist(self, name: str) -> Worklist:
        """A worklist by name. Raises ScarSegError where there is none."""
        lists, items, cases = schema.worklists, schema.worklist_items, schema.cases
        source = lists.alias()
        with self.database.reading() as connection:
            row = connection.execute(
                sa.select(lists, source.c.name.label("source"))
                .outerjoin(source, source.c.id == lists.c.source_worklist_id)
                .where(lists.c.name == name)
            ).first()
            if row is None:
                known = ", ".join(connection.scalars(sa.select(lists.c.name))) or "none yet"
                raise ScarSegError(f"there is no worklist {name} in {self.database.place}: there is {known}")
            found = connection.execute(
                sa.select(cases.c.case_key, items.c.slice_index)
                .join(cases, cases.c.id == items.c.case_id)
                .where(items.c.worklist_id == row.id)
                .order_by(items.c.position)
            ).tuples()
            return Worklist(
                row.name, WorklistKind(row.kind), row.protocol_id, row.seed, row.repeat_share,
                tuple(Item(key, index) for key, index in found), row.source,
            )  # fmt: skip

    def append(self, grades: Sequence[Grade]) -> None:
        """Store grades; one that is stored already (by ``uuid``) is not stored again.

        Raises:
            ScarSegError: The database failed, and nothing of it was stored.
        """
        with explained(self.database.place):
            self.append_raw(grades)

    def append_raw(self, grades: Sequence[Grade]) -> None:
        """`append` with the errors of the driver."""
        with self.database.raw_writing() as connection:
            rows = [self._row(connection, grade) for grade in grades]
            _insert_new(connection, schema.grades, rows)

    def grades(self, worklist: str, *, reader: str | None = None, after: int = 0) -> tuple[tuple[int, Grade], ...]:
        """Grades with their ids, oldest first: of one reader or of all, those with an id above ``after``."""
        table, cases, readers = schema.grades, schema.cases, schema.readers
        query = (
            sa.select(table, cases.c.case_key, readers.c.name.label("reader"))
            .join(cases, cases.c.id == table.c.case_id)
            .join(readers, readers.c.id == table.c.reader_id)
            .join(schema.worklists, schema.worklists.c.id == table.c.worklist_id)
            .where(schema.worklists.c.name == worklist, table.c.id > after)
            .order_by(table.c.id)
        )
        if reader is not None:
            query = query.where(readers.c.name == reader)
        with self.database.reading() as connection:
            return tuple((row.id, _grade(row, worklist)) for row in connection.execute(query))

    def _row(self, connection: sa.Connection, grade: Grade) -> dict[str, object]:
        return {
            "uuid": grade.uuid,
            "worklist_id": self._known_id(connection, schema.worklists, grade.worklist),
            "protocol_id": grade.protocol_id,
            "reader_id": self._known_id(connection, schema.readers, grade.reader),
            "case_id": self._known_id(connection, schema.cases, grade.item.case_key),
            "slice_index": grade.item.slice_index,
            "occurrence": grade.item.occurrence,
            "action": grade.action.value,
            "tier": grade.tier,
            "reasons": json.dumps(grade.reasons),
            "comment": grade.comment,
            "elapsed_s": grade.elapsed_s,
            "session": grade.session,
            "graded_utc": grade.graded_utc,
            "stored_utc": utc_now(),
            "software_version": grade.software_version,
        }

    def _known_id(self, connection: sa.Connection, table: sa.Table, name: str) -> int:
        key = (table.name, name)
        if key not in self._ids:
            self._ids[key] = _id(connection, table, name)
        return self._ids[key]


def open_store(path_or_url: Path | str, *, create: bool = False) -> GradingStore:
    """Open the store of a database. Raises ScarSegError as `open_database`."""
    return GradingStore(open_database(path_or_url, create=create))


def _insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert the rows that break no unique constraint."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    elif connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        _insert_one_by_one(connection, table, rows)
        return
    connection.execute(insert(table).on_conflict_do_nothing(), rows)


def _insert_one_by_one(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, object]]) -> None:
    for row in rows:
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(table), row)
        except IntegrityError:
            continue


def _id(connection: sa.Connection, table: sa.Table, name: str) -> int:
    column = table.c.case_key if table is schema.cases else table.c.name
    found = connection.scalar(sa.select(table.c.id).where(column == name))
    if found is None:
        raise ScarSegError(f"{name} is not among the {table.name} of this grading database: it belongs to another one")
    return found


def _name(name: str, what: str) -> str:
    text = name.strip()
    if not text or len(text) > MAXIMUM_NAME or not text.isprintable():
        raise ScarSegError(f"{name!r} is no name of a {what}: give one of 1 to {MAXIMUM_NAME} characters")
    return text


def _grade(row: sa.Row, worklist: str) -> Grade:
    return Grade(
        worklist=worklist,
        reader=row.reader,
        protocol_id=row.protocol_id,
        item=Item(row.case_key, row.slice_index, row.occurrence),
        action=Action(row.action),
        tier=row.tier,
        reasons=tuple(json.loads(row.reasons)),
        comment=row.comment,
        elapsed_s=row.elapsed_s,
        session=row.session,
        graded_utc=row.graded_utc,
        software_version=row.software_version,
        uuid=row.uuid,
    )
