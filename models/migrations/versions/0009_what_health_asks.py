"""Indexes with which `duban status` asks for what is wrong, however much is well; where pages stand in Prefect."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RUNNING = "met_at IS NULL AND ended_by IS NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pages",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("artifact_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pages")),
    )
    for name, table, columns, where in (
        ("ix_deadlines_overdue", "deadlines", ["due_at", "case_id"], f"state = 'breached' AND {RUNNING}"),
        ("ix_deadlines_running", "deadlines", ["rule", "starts_at"], RUNNING),
        ("ix_events_postponements", "events", ["case_id"], "name = 'postponement_requested'"),
        ("ix_messages_stuck", "messages", ["state", "created_at"], "state IN ('dead', 'held')"),
    ):
        condition = sa.text(where)
        op.create_index(op.f(name), table, columns, sqlite_where=condition, postgresql_where=condition)
