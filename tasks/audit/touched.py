"""Which cases an incremental audit looks at: whatever may have changed since the last one, and a part of the rest.

1. Cases that a sweep looked at, that have a new event, or one that waits.
2. Cases whose steps fired, or whose clocks were due or are overdue to move on.
3. Those with findings of the last audit.
4. The next stretch of all cases, so that what was changed by hand is found within some days; the nightly run sees all.

The cursor says how far the last audit came. It is written by the audit alone.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from sqlalchemy import func, or_, select

from models.calendar.instants import from_iso, iso
from models.store.database import upsert
from models.store.in_array import in_array
from models.store.schema import absences, cases, deadlines, escalations, events, facts, penalties, people, person_roles

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.organisation.deployment import Deployment

CURSOR = "audit-cursor"
SAMPLE = 4000
"""So many cases of the rest are looked at in each incremental audit."""
MOST_SUSPECTS = 2000
OVERLAP = timedelta(minutes=1)
"""What committed just then may have been decided a moment before."""


class Cursor(BaseModel):
    """How far the last audit came, and since when it has known the directory as it is."""

    at: str | None = None
    event: int = 0
    place: tuple[int, str] | None = None
    sample: int = 0
    suspects: list[int] = []
    unsettled: bool = False
    """The last whole audit found what an incremental one does not look at."""
    surroundings: str = ""
    since: str | None = None
    calendar: str = ""
    calendar_since: str | None = None

    @property
    def known_since(self) -> datetime | None:
        """Since when directory and settings are known to be as they are."""
        return from_iso(self.since) if self.since else None

    @property
    def calendar_known_since(self) -> datetime | None:
        """Since when the calendar is as it is; None where it never changed under the eyes of an audit."""
        return from_iso(self.calendar_since) if self.calendar_since else None


def read(connection: Connection, deployment: Deployment, now: datetime) -> Cursor:
    """The cursor; where the directory is not what it was, it is known from `now` on."""
    text = connection.scalar(select(facts.c.value).where(facts.c.name == CURSOR))
    cursor = Cursor.model_validate_json(text) if text else Cursor()
    mark = surroundings(connection, deployment)
    if cursor.surroundings != mark:
        cursor = cursor.model_copy(update={"surroundings": mark, "since": iso(now)})
    calendar = deployment.calendar.fingerprint
    if cursor.calendar != calendar:
        changed = iso(now) if cursor.calendar else None
        cursor = cursor.model_copy(update={"calendar": calendar, "calendar_since": changed})
    return cursor


def is_recomputed(connection: Connection, deployment: Deployment) -> bool:
    """Whether the sweep has taken note of the calendar of today."""
    known = connection.scalar(select(facts.c.value).where(facts.c.name == "calendar"))
    return known is None or known == deployment.calendar.fingerprint


def surroundings(connection: Connection, deployment: Deployment) -> str:
    """Changes with the directory, and with the settings by which recipients and messages are decided."""
    told: list[Any] = [deployment.settings.operations_email, deployment.settings.catch_up_after]
    for table in (people, person_roles, absences):
        told += ([*map(str, row)] for row in connection.execute(select(table).order_by(*table.primary_key)))
    return hashlib.blake2b(json.dumps(told, ensure_ascii=False).encode(), digest_size=16).hexdigest()


def remember(connection: Connection, name: str, value: str) -> None:
    """Write one fact."""
    statement = upsert(connection, facts).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def touched(connection: Connection, cursor: Cursor, now: datetime) -> set[int]:
    """The ids of the cases of 1 to 3."""
    since = (from_iso(cursor.at) if cursor.at else now) - OVERLAP
    found = set(cursor.suspects)
    for query in (
        select(cases.c.id).where(cases.c.evaluated_at >= since),
        select(events.c.case_id).where(events.c.id > cursor.event),
        select(events.c.case_id).where(events.c.applied_at.is_(None), events.c.at <= now),
        select(escalations.c.case_id).where(escalations.c.fired_at >= since),
        select(deadlines.c.case_id).where(or_(deadlines.c.next_at <= now, deadlines.c.due_at.between(since, now))),
    ):
        found |= set(connection.scalars(query))
    return found


def cases_of(connection: Connection, link_ids: Collection[int]) -> set[int]:
    """The cases of the rows of these links: three tables read whole, for what was put down at an instant long past."""
    found: set[int] = set()
    for table in (events, escalations, penalties):
        found |= set(connection.scalars(select(table.c.case_id).where(in_array(connection, table.c.link, link_ids))))
    return found


def sample(connection: Connection, cursor: Cursor) -> tuple[list[int], int]:
    """The next stretch of all cases, and where the one after it begins."""
    query = select(cases.c.id).where(cases.c.id > cursor.sample).order_by(cases.c.id).limit(SAMPLE)
    found = list(connection.scalars(query))
    return found, found[-1] if len(found) == SAMPLE else 0


def newest_event(connection: Connection) -> int:
    """The id of the newest event."""
    return connection.scalar(select(func.max(events.c.id))) or 0
