"""Which alarms stand, and what is still to be told of each: decided in one transaction, told at least once.

1. A problem that is new raises an alarm; one that lasts is told again after `alarm_repeat` seconds.
2. An alarm whose problem has not been seen for `STEADY` is resolved: what comes and goes within it is one alarm.
3. Whoever tells marks the alarm as tried first. What nobody took is tried again, after longer and longer waits.

However many look at once, on however many machines, one decides; a crash between telling and noting tells twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, func, select, text

from models.calendar.instants import iso
from models.store.database import is_postgresql, upsert
from models.store.schema import alarms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from tasks.health.problem import Problem

STEADY = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=60)
LONGEST_WAIT = timedelta(hours=1)
RAISED, REPEATED, RESOLVED = "raised", "repeated", "resolved"


class Alarm(NamedTuple):
    """Something to tell of one problem: what `says` says of it, as the problem was when it was seen last.

    `channels` is what became of it on each channel: None where it was taken, else why not.
    """

    id: str
    says: str
    raised_at: datetime
    resolved_at: datetime | None
    what: Mapping[str, Any]
    attempts: int
    channels: Mapping[str, str | None]


def decide(connection: Connection, found: Iterable[Problem], now: datetime, repeat: timedelta) -> list[Alarm]:
    """Bring the alarms in line with the problems that there are; those of which there is something new to tell."""
    _one_at_a_time(connection)
    rows = connection.execute(select(alarms).where(alarms.c.resolved_at.is_(None))).all()
    standing = {row.id: row for row in rows}
    fresh: list[Alarm] = []
    for problem in found:
        row = standing.pop(problem.id, None)
        what = told_of(problem)
        if row is None:
            new = {"id": problem.id, "raised_at": now, "what": what, "says": RAISED}
            added = connection.execute(upsert(connection, alarms).values(new).on_conflict_do_nothing())
            if added.rowcount:
                fresh.append(Alarm(problem.id, RAISED, now, None, what, 0, {}))
            continue
        changed: dict[str, Any] = {"what": what, "gone_at": None}
        if row.says is None and row.told_at is not None and now - row.told_at >= repeat:
            changed |= _to_tell(REPEATED)
            fresh.append(Alarm(row.id, REPEATED, row.raised_at, None, what, 0, {}))
        if any(getattr(row, name) != value for name, value in changed.items()):
            _change(connection, row, changed)
    for row in standing.values():
        if row.gone_at is None:
            _change(connection, row, {"gone_at": now})
        elif now - row.gone_at >= STEADY:
            _change(connection, row, {"resolved_at": now, **_to_tell(RESOLVED)})
            fresh.append(Alarm(row.id, RESOLVED, row.raised_at, now, row.what, 0, {}))
    return fresh


def claim(connection: Connection, now: datetime) -> list[Alarm]:
    """What is to be told now, the oldest first; it is marked as tried, so that nobody else tells it meanwhile."""
    _one_at_a_time(connection)
    query = select(alarms).where(alarms.c.says.is_not(None)).order_by(alarms.c.raised_at, alarms.c.id)
    due = [row for row in connection.execute(query) if row.tried_at is None or now >= row.tried_at + _wait(row)]
    for row in due:
        _change(connection, row, {"attempts": row.attempts + 1, "tried_at": now})
    return [
        Alarm(row.id, row.says, row.raised_at, row.resolved_at, row.what, row.attempts + 1, row.channels) for row in due
    ]


def note(connection: Connection, alarm: Alarm, answers: Mapping[str, str | None], now: datetime) -> None:
    """Keep what each channel answered; told when one took it, done when all did.

    An alarm that has something newer to say by now is left to that.
    """
    same = and_(alarms.c.id == alarm.id, alarms.c.raised_at == alarm.raised_at, alarms.c.says == alarm.says)
    values: dict[str, Any] = {"channels": {**alarm.channels, **answers}}
    if not any(values["channels"].values()):
        values |= {"says": None, "tried_at": None}
    if None in values["channels"].values():
        values["told_at"] = now
    connection.execute(alarms.update().where(same).values(values))


def standing(connection: Connection) -> Sequence[Row[Any]]:
    """The alarms that are not resolved, the oldest first."""
    query = select(alarms).where(alarms.c.resolved_at.is_(None)).order_by(alarms.c.raised_at, alarms.c.id)
    return connection.execute(query).all()


def announce(connection: Connection) -> list[tuple[str, Row[Any]]]:
    """The alarms of whose raising or resolution automations have not heard, each told to one caller only."""
    _one_at_a_time(connection)
    says = case((alarms.c.resolved_at.is_(None), RAISED), else_=RESOLVED)
    query = select(alarms, says.label("now")).where(func.coalesce(alarms.c.announced, "") != says)
    rows = connection.execute(query.order_by(alarms.c.raised_at, alarms.c.id)).all()
    for row in rows:
        _change(connection, row, {"announced": row.now})
    return [(row.now, row) for row in rows]


def told_of(problem: Problem) -> dict[str, Any]:
    """What is kept of a problem, in the words of both languages."""
    return {
        "what": {"zh": problem.what.zh, "en": problem.what.en},
        "do": {"zh": problem.do.zh, "en": problem.do.en},
        "since": iso(problem.since) if problem.since else None,
        "count": problem.count,
    }


def _to_tell(says: str) -> dict[str, Any]:
    return {"says": says, "attempts": 0, "tried_at": None, "channels": {}}


def _wait(row: Row[Any]) -> timedelta:
    return min(LONGEST_WAIT, FIRST_WAIT * float(2 ** min(max(row.attempts - 1, 0), 10)))


def _change(connection: Connection, row: Row[Any], values: dict[str, Any]) -> None:
    same = and_(alarms.c.id == row.id, alarms.c.raised_at == row.raised_at)
    connection.execute(alarms.update().where(same).values(values))


def _one_at_a_time(connection: Connection) -> None:
    """Nobody else decides or claims until this transaction ends; on SQLite its beginning has seen to that."""
    if is_postgresql(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('duban alarms'))"))
