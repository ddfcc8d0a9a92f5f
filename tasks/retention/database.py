"""Room in Duban's own database: statistics for its planner, and a log that has been folded in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


def tidy(engine: Engine) -> None:
    """Let the database look after itself; nobody waits for it. PostgreSQL does so without being asked."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("PRAGMA optimize"))
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
