"""Alarms, addresses that are held, ways to reach people beside mail; indexes of `duban status`; where pages are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from models.store.schema import Document, Instant

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STANDING = sa.text("resolved_at IS NULL")
_REACHED = sa.text("notify IS NOT NULL")
_RUNNING = "met_at IS NULL AND ended_by IS NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("what", Document, nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("says", sa.String(12), nullable=True),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.Column("channels", Document, server_default="{}", nullable=False),
        sa.Column("announced", sa.String(12), nullable=True),
        sa.PrimaryKeyConstraint("id", "raised_at", name=op.f("pk_alarms")),
    )
    op.create_index(
        op.f("uq_alarms_standing"), "alarms", ["id"], unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING
    )
    op.create_table(
        "holds",
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_holds")),
    )
    op.create_table(
        "pages",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("artifact_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pages")),
    )
    op.add_column("messages", sa.Column("notified_at", Instant(), nullable=True))
    op.add_column("people", sa.Column("notify", sa.Text(), nullable=True))
    op.create_index(op.f("ix_people_notify"), "people", ["id"], sqlite_where=_REACHED, postgresql_where=_REACHED)
    for name, table, columns, where in (
        ("ix_deadlines_overdue", "deadlines", ["due_at", "case_id"], f"state = 'breached' AND {_RUNNING}"),
        ("ix_deadlines_running", "deadlines", ["rule", "starts_at"], _RUNNING),
        ("ix_events_postponements", "events", ["case_id"], "name = 'postponement_requested'"),
        ("ix_messages_stuck", "messages", ["state", "created_at"], "state IN ('dead', 'held')"),
    ):
        condition = sa.text(where)
        op.create_index(op.f(name), table, columns, sqlite_where=condition, postgresql_where=condition)
