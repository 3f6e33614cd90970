"""The first tables, their triggers and the salt.

A migration stays as it was written: it does not follow the tables of `schema` as these go on.
"""

import secrets
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = ("grades", "protocols")
REFUSAL = "grades and protocols are append-only"


def upgrade() -> None:
    """Create everything in an empty database."""
    settings = op.create_table(
        "settings", _text("name", 64, primary_key=True), sa.Column("value", sa.Text, nullable=False)
    )
    op.create_table(
        "protocols", _id(), _text("name", 64), _integer("version"), _text("sha256", 64),
        sa.Column("document", sa.Text, nullable=False), _text("added_utc", 32), sa.UniqueConstraint("name", "version"),
    )  # fmt: skip
    op.create_table("readers", _id(), _text("name", 64, unique=True), _text("added_utc", 32))
    op.create_table(
        "cases", _id(), _text("case_key", 64, unique=True), _text("patient_key", 64), _integer("slice_count"),
        _text("added_utc", 32),
    )  # fmt: skip
    op.create_table(
        "worklists", _id(), _text("name", 64, unique=True), _text("kind", 16), _reference("protocol_id", "protocols"),
        _integer("seed"), sa.Column("repeat_share", sa.Float, nullable=False),
        sa.Column("source_worklist_id", sa.Integer, sa.ForeignKey("worklists.id")), _text("software_version", 32),
        _text("created_utc", 32),
    )  # fmt: skip
    op.create_table(
        "worklist_items", _reference("worklist_id", "worklists", primary_key=True),
        _integer("position", primary_key=True), _reference("case_id", "cases"), _integer("slice_index"),
        sa.UniqueConstraint("worklist_id", "case_id", "slice_index"),
    )  # fmt: skip
    op.create_table(
        "grades", _id(), _text("uuid", 36, unique=True), _reference("worklist_id", "worklists"),
        _reference("protocol_id", "protocols"), _reference("reader_id", "readers"), _reference("case_id", "cases"),
        _integer("slice_index"), _integer("occurrence"), _text("action", 16), sa.Column("tier", sa.Integer),
        sa.Column("reasons", sa.Text, nullable=False), sa.Column("comment", sa.Text, nullable=False),
        sa.Column("elapsed_s", sa.Float), _text("session", 36), _text("graded_utc", 32), _text("stored_utc", 32),
        _text("software_version", 32), sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("grades_of_a_reader", "grades", ["worklist_id", "reader_id"])
    op.bulk_insert(settings, [{"name": "salt", "value": secrets.token_hex(32)},
                              {"name": "database_id", "value": str(uuid.uuid4())}])  # fmt: skip
    for table in APPEND_ONLY:
        _make_append_only(table)


def _make_append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    elif op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION scarseg_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION scarseg_append_only()"
        )


def _id() -> sa.Column:
    return sa.Column("id", sa.Integer, primary_key=True)


def _text(name: str, length: int, **options: bool) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False, **options)


def _integer(name: str, **options: bool) -> sa.Column:
    return sa.Column(name, sa.Integer, nullable=False, **options)


def _reference(name: str, table: str, **options: bool) -> sa.Column:
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{table}.id"), nullable=False, **options)
