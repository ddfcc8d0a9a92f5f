"""Room in Duban's own database: statistics for its planner, and a log that has been folded in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


def tidy(engine: Engine) -> None:
    """Let the database look after itself; nobody waits for it. PostgreSQL does so without being asked."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()  # neither is possible within a transaction
    try:
        for pragma in ("optimize", "wal_checkpoint(TRUNCATE)"):
            connection.cursor().execute(f"PRAGMA {pragma}").fetchall()
    finally:
        connection.close()
