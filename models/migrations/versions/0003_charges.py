"""Penalties that grow with lateness, parts of a pay, and measures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("penalties", sa.Column("seq", sa.Integer(), server_default="0", nullable=False))
    op.add_column("penalties", sa.Column("share", sa.Float(), nullable=True))
    op.add_column("penalties", sa.Column("of", sa.String(length=80), nullable=True))
    op.add_column("penalties", sa.Column("measure", sa.Text(), nullable=True))
    op.drop_index("uq_penalties_standing", "penalties")
    op.create_index(
        "uq_penalties_standing",
        "penalties",
        ["case_id", "rule", "round", "seq"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
