"""Statements, and messages that tell of something else than escalations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from models.store.schema import Document, Instant, Number

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("about", Document, nullable=True))
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cadence", sa.String(length=12), nullable=False),
        sa.Column("regulation", sa.String(length=80), server_default="", nullable=False),
        sa.Column("period", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("data_at", Instant(), nullable=False),
        sa.Column("data_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("parts", Document, nullable=False),
        sa.Column("cases", sa.LargeBinary(), nullable=False),
        sa.Column("changes", Document, server_default="[]", nullable=False),
        sa.Column("case_id", Number, nullable=True),
        sa.Column("run_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_statements_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint(
            "cadence", "regulation", "period", "revision",
            name=op.f("uq_statements_cadence_regulation_period_revision"),
        ),
    )  # fmt: skip
    op.create_index(
        "ix_statements_waiting",
        "statements",
        ["created_at"],
        sqlite_where=sa.text("state = 'in_review'"),
        postgresql_where=sa.text("state = 'in_review'"),
    )
