"""What comes next: the first instants at which the sweep has something to do, by four partial indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, select

from models.store.schema import cases, deadlines, duties, events

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection


class Coming(NamedTuple):
    """The first instants at which something waits: an event to take in, a case never looked at, a step, a duty."""

    event: datetime | None
    case: datetime | None
    step: datetime | None
    duty: datetime | None

    @property
    def first(self) -> datetime | None:
        """The earliest of them."""
        return min((instant for instant in self if instant is not None), default=None)


def coming(connection: Connection, after: datetime | None = None) -> Coming:
    """What waits, or what comes after an instant: the ends of four partial indexes, in one question.

    A minimum and not `WHERE next_at <= now LIMIT 1`: with old statistics PostgreSQL reads the whole table for that.
    """
    query = _WAITING if after is None else _AFTER
    return Coming(*connection.execute(query, {} if after is None else {"after": after}).one())


def _minima(*conditions: Any) -> Select[Any]:
    sources = (
        (events.c.at, events.c.applied_at.is_(None)),
        (cases.c.opened_at, cases.c.evaluated_at.is_(None)),
        (deadlines.c.next_at, deadlines.c.next_at.is_not(None)),
        (duties.c.next_at, duties.c.next_at.is_not(None)),
    )
    return select(
        *(
            select(func.min(column, type_=column.type))
            .where(waits, *(condition(column) for condition in conditions))
            .scalar_subquery()
            for column, waits in sources
        )
    )


_WAITING = _minima()
_AFTER = _minima(lambda column: column > bindparam("after", type_=column.type))


def next_instant(connection: Connection, after: datetime) -> datetime | None:
    """The next instant after `after` at which something has to be done, as far as is known now."""
    return coming(connection, after).first
