"""What events say of people may be erased, in one way only; the triggers let that through and nothing else."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from models.store.append_only import POSTGRESQL_ERASABLE, SQLITE_ERASABLE

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL_ERASABLE if is_postgresql else SQLITE_ERASABLE:
        op.execute(sa.text(statement))
