"""How an event came and who said so, the chain of hashes over it, and decisions that were refused without a hearer."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.store.append_only import POSTGRESQL_SEALED, SQLITE_SEALED
from models.store.chain import COVERED, tie_in_existing
from models.store.schema import Instant, Number, escalations, events, penalties

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AT_ONCE = 5000


def upgrade() -> None:
    """Apply."""
    op.add_column("events", sa.Column("channel", sa.String(length=10), nullable=True))
    op.add_column("events", sa.Column("account", sa.String(length=320), nullable=True))
    op.add_column("events", sa.Column("place", sa.String(length=500), nullable=True))
    op.add_column("events", sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("events", sa.Column("unauthorised", sa.Text(), nullable=True))
    for table in ("events", "escalations", "penalties"):
        op.add_column(table, sa.Column("salt", sa.LargeBinary(length=32), nullable=True))
        op.add_column(table, sa.Column("digest", sa.LargeBinary(length=32), nullable=True))
        op.add_column(table, sa.Column("link", Number, nullable=True))
    op.create_table(
        "links",
        sa.Column("id", Number, sa.Identity(), nullable=False),
        sa.Column("position", Number, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("position", name=op.f("uq_links_position")),
    )
    op.create_table(
        "refusals",
        sa.Column("id", Number, sa.Identity(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("case_id", Number, nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=320), nullable=True),
        sa.Column("place", sa.String(length=500), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("told_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_refusals_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
        sa.UniqueConstraint("key", name=op.f("uq_refusals_key")),
    )
    op.create_index(
        "ix_refusals_untold",
        "refusals",
        ["id"],
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    connection = op.get_bind()
    was_ours = sa.or_(events.c.recorded_at.is_not(None), events.c.applied_at.is_not(None))
    for sealed, which in ((events, was_ours), (escalations, sa.true()), (penalties, sa.true())):
        _tie_in(connection, sealed, which)
    for statement in POSTGRESQL_SEALED if connection.dialect.name == "postgresql" else SQLITE_SEALED:
        op.execute(sa.text(statement))


def _tie_in(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> None:
    """What is on record enters the chain as it stands; what another program wrote last is judged by the next sweep."""
    covered = COVERED[table.name]
    names = dict.fromkeys(("id", *covered.plain, *covered.personal))
    query: Any = sa.select(*(table.c[name] for name in names)).where(table.c.link.is_(None), which)
    while rows := connection.execute(query.order_by(table.c.id).limit(AT_ONCE)).mappings().all():
        tie_in_existing(connection, table, [dict(row) for row in rows])
