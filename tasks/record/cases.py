"""Cases as the record holds them: the one place where rows become a `Case` and its events.

What happened lies in `events`, what Duban derived from it in `derived_events`; a case is read with both.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.errors import UnknownError
from models.store.schema import cases, derived_events, events
from models.timeline.story import DERIVED_ID, Event

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Row


class Entry(NamedTuple):
    """One line of a case's story: an event that was recorded, or one that Duban derived (`recorded_at`: when).

    `retracted_at` is given where the facts no longer bear a derived event out; `id` orders what is of one instant;
    `unauthorised` says why an event counts for nothing.
    """

    id: int
    name: str
    at: datetime
    by: str | None
    fields: Mapping[str, Any]
    recorded_at: datetime | None
    applied_at: datetime | None
    channel: str | None = None
    account: str | None = None
    place: str | None = None
    verified: bool = False
    unauthorised: str | None = None
    is_derived: bool = False
    retracted_at: datetime | None = None

    @property
    def event(self) -> Event:
        """As the timeline reads it."""
        return Event(self.name, self.at, self.fields, self.id)

    @property
    def counts(self) -> bool:
        """Whether a sweep has taken it in and nothing has taken it back."""
        return self.applied_at is not None and self.retracted_at is None and self.unauthorised is None


AT_ONCE = 500
"""So many cases are asked for in one statement."""


def row_of(connection: Connection, number: str) -> Row[Any]:
    """The row of a case; UnknownError when there is none of that number."""
    row = connection.execute(select(cases).where(cases.c.number == number)).one_or_none()
    if row is None:
        raise UnknownError(f"no case {number!r}: `duban list cases` shows their numbers")
    return row


def histories(connection: Connection, ids: Collection[int], until: datetime | None = None) -> dict[int, list[Event]]:
    """What is known of each case, in no order: everything recorded and derived, or what had happened by an instant."""
    found: dict[int, list[Event]] = defaultdict(list)
    wanted = list(ids)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        for row in connection.execute(_of_cases(events, some, until)):
            found[row.case_id].append(Event(row.name, row.at, row.fields, row.id))
        for case_id, concluded in derived_of(connection, some, until).items():
            found[case_id] += concluded
    return found


def derived_of(connection: Connection, ids: Collection[int], until: datetime | None = None) -> dict[int, list[Event]]:
    """What Duban has concluded about each case, as far as the facts still bear it out."""
    found: dict[int, list[Event]] = defaultdict(list)
    for row in connection.execute(_of_cases(derived_events, list(ids), until)):
        found[row.case_id].append(derived(row))
    return found


def history(connection: Connection, case_id: int, until: datetime | None = None) -> list[Event]:
    """The same of one case, in order."""
    return sorted(histories(connection, [case_id], until)[case_id], key=lambda event: (event.at, event.id))


def entries(connection: Connection, case_id: int) -> list[Entry]:
    """Everything on record of one case, in order; also what was retracted."""
    names = ["id", "name", "at", "by", "fields", "recorded_at", "applied_at"]
    names += ["channel", "account", "place", "verified", "unauthorised"]
    recorded = select(*(events.c[name] for name in names)).where(events.c.case_id == case_id)
    found = [Entry(*row) for row in connection.execute(recorded)]
    for row in connection.execute(select(derived_events).where(derived_events.c.case_id == case_id)):
        own = (DERIVED_ID + row.id, row.name, row.at, None, row.fields, row.derived_at, row.applied_at)
        found.append(Entry(*own, is_derived=True, retracted_at=row.retracted_at))
    return sorted(found, key=lambda entry: (entry.at, entry.id))


def derived(row: Row[Any]) -> Event:
    """An event that Duban derived: of one instant it comes after everything that was recorded."""
    return Event(row.name, row.at, row.fields, DERIVED_ID + row.id)


def _of_cases(table: Any, ids: Sequence[int], until: datetime | None) -> Select[Any]:
    columns = (table.c.case_id, table.c.name, table.c.at, table.c.fields, table.c.id)
    query = select(*columns).where(table.c.case_id.in_(ids))
    stands = table.c.retracted_at if table is derived_events else table.c.unauthorised
    query = query.where(stands.is_(None))
    return query if until is None else query.where(table.c.at <= until)
