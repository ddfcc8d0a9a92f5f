"""That this record was restored from a backup: what was decided and sent after it was taken is not known any more.

The restored record carries a fact of it. What is decided by it and may have been told before is a possible repeat:
steps that were due when it was restored, and for a day of work whatever has no instant of its own.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from models.calendar.instants import from_iso, iso
from models.store.database import upsert
from models.store.schema import facts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

FACT = "restored"
UNSURE = timedelta(days=1)
"""So long after the first thing that is told again, what has no instant of its own may be a repeat."""


class Restored(NamedTuple):
    """When the backup was taken and when it was restored; `resumed_at` is when something was told for the first time.

    Instants in UTC.
    """

    taken_at: datetime
    restored_at: datetime
    resumed_at: datetime | None = None

    def may_repeat(self, since: datetime | None, now: datetime) -> bool:
        """Whether something that could be told from `since` on (None: nobody knows) may have been told before."""
        if since is not None:
            return since <= self.restored_at
        return now < (self.resumed_at or now) + UNSURE


def restored(connection: Connection) -> Restored | None:
    """What the record knows of it; None where it was never restored."""
    value = connection.scalar(select(facts.c.value).where(facts.c.name == FACT))
    if value is None:
        return None
    found = json.loads(value)
    resumed = found["resumed_at"]
    return Restored(from_iso(found["taken_at"]), from_iso(found["restored_at"]), from_iso(resumed) if resumed else None)


def note(connection: Connection, known: Restored) -> None:
    """Put the fact down, in the place of an older one."""
    value = json.dumps({name: iso(at) for name, at in known._asdict().items()})
    statement = upsert(connection, facts).values(name=FACT, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
