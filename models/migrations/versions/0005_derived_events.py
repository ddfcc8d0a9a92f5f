"""Events are facts: what Duban derives gets a table of its own, and triggers keep what an event says."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.store.append_only import POSTGRESQL, SQLITE
from models.store.schema import Document, Instant, Number

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AT_ONCE = 1000
FLAGGED = "flagged"
RETRACTED = "retracted"
"""How the version before called what it had noted and taken back; the name proper lay in the field `event`."""
REVISED = "statements_checked"
"""The fact by which the statements remember up to which event they looked."""

events = sa.table(
    "events",
    sa.column("id", Number),
    sa.column("case_id", Number),
    sa.column("name", sa.String),
    sa.column("at", Instant()),
    sa.column("by", sa.String),
    sa.column("fields", Document),
    sa.column("recorded_at", Instant()),
    sa.column("applied_at", Instant()),
    sa.column("key", sa.String),
)


def upgrade() -> None:
    """Apply."""
    derived = op.create_table(
        "derived_events",
        sa.Column("id", Number, sa.Identity(), nullable=False),
        sa.Column("case_id", Number, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("fields", Document, server_default="{}", nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("derived_at", Instant(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=True),
        sa.Column("retracted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_derived_events_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derived_events")),
        sa.UniqueConstraint("case_id", "key", name=op.f("uq_derived_events_case_id_key")),
    )
    connection = op.get_bind()
    moved = _move(connection, derived)
    if moved:
        _forget_what_moved(connection)
    for statement in POSTGRESQL if connection.dialect.name == "postgresql" else SQLITE:
        op.execute(sa.text(statement))


def _move(connection: sa.Connection, derived: sa.Table) -> int:
    """Carry over what Duban noted: by a rule, a counter or a gate; how many rows."""
    said = sa.cast(events.c.fields, sa.Text)
    likely = sa.or_(said.like('%"noted_by"%'), said.like('%"rung"%'), events.c.name == FLAGGED)
    query = sa.select(events).where(events.c.by.is_(None), likely).order_by(events.c.id)
    found = [row for row in connection.execute(query) if _is_derived(row)]
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        connection.execute(derived.insert(), [_carried(row) for row in some])
        connection.execute(events.delete().where(events.c.id.in_([row.id for row in some])))
    return len(found)


def _is_derived(row: Any) -> bool:
    given = row.fields or {}
    return (
        "noted_by" in given or {"counter", "rung"} <= given.keys() or (row.name == FLAGGED and "gate" in given)
    ) and row.key is not None


def _carried(row: Any) -> dict[str, Any]:
    told = dict(row.fields)
    taken_back = row.name == RETRACTED
    learned = row.recorded_at or row.applied_at or row.at
    return {
        "case_id": row.case_id,
        "name": told.pop("event", RETRACTED) if taken_back else row.name,
        "at": row.at,
        "fields": told,
        "key": row.key,
        "derived_at": learned,
        "applied_at": row.applied_at,
        "retracted_at": learned if taken_back else None,
    }


def _forget_what_moved(connection: sa.Connection) -> None:
    """On SQLite the ids at the end are given again: what remembers one of them remembers the newest that is left."""
    newest = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(events.c.id), 0)))
    messages = sa.table("messages", sa.column("known_event", Number))
    connection.execute(messages.update().where(messages.c.known_event > newest).values(known_event=newest))
    facts = sa.table("facts", sa.column("name", sa.String), sa.column("value", sa.Text))
    for value in connection.scalars(sa.select(facts.c.value).where(facts.c.name == REVISED)).all():
        known = json.loads(value)
        known["event"] = min(known["event"], newest)
        connection.execute(facts.update().where(facts.c.name == REVISED).values(value=json.dumps(known)))
