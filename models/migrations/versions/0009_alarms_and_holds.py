"""Alarms, addresses that are held, and ways to reach people beside mail."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from models.store.schema import Document, Instant

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNSETTLED = sa.text("state = 'queued' OR state = 'sending' OR state = 'in_doubt' OR state = 'held' OR state = 'dead'")
_STANDING = sa.text("resolved_at IS NULL")
_REACHED = sa.text("notify IS NOT NULL")


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
    op.add_column("messages", sa.Column("notified_at", Instant(), nullable=True))
    op.drop_index("ix_messages_waiting", "messages")
    op.create_index(
        op.f("ix_messages_waiting"),
        "messages",
        ["state", "created_at"],
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    )
    op.add_column("people", sa.Column("notify", sa.Text(), nullable=True))
    op.create_index(op.f("ix_people_notify"), "people", ["id"], sqlite_where=_REACHED, postgresql_where=_REACHED)
