"""Who looks ahead: one row per job. The newest run takes over and the older one leaves when it notices.

The lease decides only who waits for coming instants, never what fires: overlapping runs are harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models.store.database import upsert, writing
from models.store.schema import leases

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

NOBODY = "nobody"
"""Holds the lease of a job whose last run came to its end."""


def take(engine: Engine, name: str, holder: str, now: datetime) -> None:
    """From now on `holder` does the looking ahead for the job `name`."""
    values = {"holder": holder, "taken_at": now}
    with writing(engine) as connection:
        connection.execute(
            upsert(connection, leases)
            .values(name=name, **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )


def give_back(engine: Engine, name: str, holder: str) -> None:
    """`holder` leaves by itself: nobody looks ahead until the next run does. What was taken over stays so."""
    with writing(engine) as connection:
        ours = (leases.c.name == name) & (leases.c.holder == holder)
        connection.execute(leases.update().where(ours).values(holder=NOBODY))


def holders(connection: Connection) -> dict[str, str]:
    """Who looks ahead, by the names of the jobs."""
    return {row.name: row.holder for row in connection.execute(select(leases.c.name, leases.c.holder))}


def holds(connection: Connection, name: str, holder: str) -> bool:
    """Whether nobody newer has taken over."""
    return connection.scalar(select(leases.c.holder).where(leases.c.name == name)) == holder
