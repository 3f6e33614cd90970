"""Tables of the grading database. Nothing in them names a patient, a file or a place.

Times are texts, ISO 8601 in UTC. A changed grade is a new row: triggers refuse changes and deletions of grades and
protocols. The newest grade is the one with the highest ``id``, whatever the clocks said.
"""

from __future__ import annotations

import sqlalchemy as sa

REVISION = "0001"
"""The newest migration in ``migrations/versions``."""
WHOLE_STUDY = -1
"""``slice_index`` of a grade of a study."""

metadata = sa.MetaData()

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
protocols = sa.Table(
    "protocols",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("added_utc", sa.String(32), nullable=False),
    sa.UniqueConstraint("name", "version"),
)
readers = sa.Table(
    "readers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("added_utc", sa.String(32), nullable=False),
)
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_key", sa.String(64), nullable=False, unique=True),
    sa.Column("patient_key", sa.String(64), nullable=False),
    sa.Column("slice_count", sa.Integer, nullable=False),
    sa.Column("added_utc", sa.String(32), nullable=False),
)
worklists = sa.Table(
    "worklists",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("protocol_id", sa.Integer, sa.ForeignKey("protocols.id"), nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("repeat_share", sa.Float, nullable=False),
    sa.Column("source_worklist_id", sa.Integer, sa.ForeignKey("worklists.id")),
    sa.Column("software_version", sa.String(32), nullable=False),
    sa.Column("created_utc", sa.String(32), nullable=False),
)
worklist_items = sa.Table(
    "worklist_items",
    metadata,
    sa.Column("worklist_id", sa.Integer, sa.ForeignKey("worklists.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("slice_index", sa.Integer, nullable=False),
    sa.UniqueConstraint("worklist_id", "case_id", "slice_index"),
)
grades = sa.Table(
    "grades",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uuid", sa.String(36), nullable=False, unique=True),
    sa.Column("worklist_id", sa.Integer, sa.ForeignKey("worklists.id"), nullable=False),
    sa.Column("protocol_id", sa.Integer, sa.ForeignKey("protocols.id"), nullable=False),
    sa.Column("reader_id", sa.Integer, sa.ForeignKey("readers.id"), nullable=False),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("slice_index", sa.Integer, nullable=False),
    sa.Column("occurrence", sa.Integer, nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("tier", sa.Integer),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("elapsed_s", sa.Float),
    sa.Column("session", sa.String(36), nullable=False),
    sa.Column("graded_utc", sa.String(32), nullable=False),
    sa.Column("stored_utc", sa.String(32), nullable=False),
    sa.Column("software_version", sa.String(32), nullable=False),
    sa.Index("grades_of_a_reader", "worklist_id", "reader_id"),
    sqlite_autoincrement=True,
)
