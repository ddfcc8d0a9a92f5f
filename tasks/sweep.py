"""The sweep: take in what happened, fire what is due; once, for every instant of a span, or looking ahead.

One pass costs what is due, never what is open: with nothing to do it is a few index probes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models.database import reading, upsert, writing
from models.errors import UsageError
from models.schema import cases, deadlines, events, facts, message_items, messages
from tasks import lease
from tasks.apply import apply_batch
from tasks.calendars import calendar_of
from tasks.directory import Directory
from tasks.fire import fire_batch, turn_into_escalations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from models.settings import Settings
    from tasks.fire import Fired

LEASE = "sweep"
POLL_SECONDS = 0.5
"""How soon a sweep that looks ahead notices a new event."""


@dataclass
class SweepReport:
    """What a sweep did."""

    cases: int = 0
    applied: int = 0
    fired: list[Fired] = field(default_factory=list)

    def add(self, other: SweepReport) -> None:
        """Count another pass in."""
        self.cases += other.cases
        self.applied += other.applied
        self.fired += other.fired

    @property
    def idle(self) -> bool:
        """Whether nothing happened."""
        return not self.cases and not self.fired


def sweep_once(engine: Engine, settings: Settings, now: datetime) -> SweepReport:
    """One pass at `now`, without waiting: first a look at the calendar, then everything that is due."""
    check_calendar(engine, settings)
    return _Pass(engine, settings, now).run()


def replay(
    engine: Engine,
    settings: Settings,
    since: datetime,
    until: datetime,
    progress: Callable[[datetime], None] | None = None,
) -> SweepReport:
    """Fire everything from `since` to `until` in order, each step at its own instant, knowing only what had happened."""
    if until < since:
        raise UsageError("--from lies after --until: swap them")
    report = sweep_once(engine, settings, since)
    now = since
    while True:
        with reading(engine) as connection:
            coming = next_instant(connection, now)
        if coming is None or coming > until:
            break
        now = coming
        report.add(_Pass(engine, settings, now).run())
        if progress:
            progress(now)
    report.add(_Pass(engine, settings, until).run())
    return report


def look_ahead(
    engine: Engine,
    settings: Settings,
    *,
    holder: str,
    seconds: float,
    now: Callable[[], datetime],
    wait: Callable[[float], None],
    on_pass: Callable[[SweepReport, float], None] | None = None,
) -> SweepReport:
    """Keep firing for so many seconds: wait for each coming instant and for new events; leave when a newer run came.

    `now` gives the instant (whole seconds or finer), `wait` sleeps; `on_pass(report, free)` hears of each pass and how
    many seconds are free until the next instant.
    """
    lease.take(engine, LEASE, holder, now())
    end = now() + timedelta(seconds=seconds)
    total = SweepReport()
    check_calendar(engine, settings)
    while True:
        report = _Pass(engine, settings, now().replace(microsecond=0)).run()
        total.add(report)
        with reading(engine) as connection:
            coming = next_instant(connection, now().replace(microsecond=0))
            leaving = not lease.holds(connection, LEASE, holder)
        left = (end - now()).total_seconds()
        free = min(left, (coming - now()).total_seconds()) if coming else left
        if on_pass:
            on_pass(report, max(free, 0.0))
        if leaving or left <= 0:
            return total
        until_next = (coming - now()).total_seconds() if coming else POLL_SECONDS
        wait(max(0.0, min(until_next, POLL_SECONDS, left)))


def next_instant(connection: Connection, after: datetime) -> datetime | None:
    """The next instant after `after` at which something has to be done, as far as is known now."""
    candidates = [
        connection.scalar(select(func.min(column, type_=column.type)).where(*conditions))
        for column, conditions in (
            (deadlines.c.next_at, (deadlines.c.next_at.is_not(None), deadlines.c.next_at > after)),
            (events.c.at, (events.c.applied_at.is_(None), events.c.at > after)),
            (cases.c.opened_at, (cases.c.evaluated_at.is_(None), cases.c.opened_at > after)),
        )
    ]
    return min((instant for instant in candidates if instant is not None), default=None)


def check_calendar(engine: Engine, settings: Settings) -> bool:
    """When the calendar may answer otherwise than before (a year was published), have every open clock computed anew."""
    fingerprint = calendar_of(settings).fingerprint
    with reading(engine) as connection:
        known = connection.scalar(select(facts.c.value).where(facts.c.name == "calendar"))
    if known == fingerprint:
        return False
    with writing(engine) as connection:
        values = {"value": fingerprint}
        statement = upsert(connection, facts).values(name="calendar", **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
        if known is not None:
            running = select(deadlines.c.case_id).where(deadlines.c.next_at.is_not(None))
            connection.execute(cases.update().where(cases.c.id.in_(running)).values(evaluated_at=None))
    return known is not None


class _Pass:
    """One pass at one instant, in as many transactions as there are batches."""

    def __init__(self, engine: Engine, settings: Settings, now: datetime) -> None:
        self.engine = engine
        self.settings = settings
        self.now = now
        self.calendar = calendar_of(settings)

    def run(self) -> SweepReport:
        """Take in and fire until neither finds anything; taking in and firing take turns, so that neither waits long."""
        report = SweepReport()
        while self._step(report):
            pass
        if report.fired:
            self._settle_summaries()
        return report

    def _step(self, report: SweepReport) -> bool:
        with reading(self.engine) as connection:
            waiting, due = self._waiting(connection), self._due(connection)
        if waiting:
            with writing(self.engine) as connection:
                applied = apply_batch(connection, self.settings, self.calendar, self.now)
            report.cases += applied.cases
            report.applied += applied.events
            waiting = applied.cases > 0
        claimed = 0
        if due or waiting:
            with writing(self.engine) as connection:
                batch = fire_batch(connection, self.settings, _once(connection, self.settings), self.now)
            claimed = batch.claimed
            report.fired += batch.fired
        return waiting or claimed > 0

    def _waiting(self, connection: Connection) -> bool:
        new = select(events.c.id).where(events.c.applied_at.is_(None), events.c.at <= self.now).limit(1)
        unseen = select(cases.c.id).where(cases.c.evaluated_at.is_(None), cases.c.opened_at <= self.now).limit(1)
        return connection.scalar(new) is not None or connection.scalar(unseen) is not None

    def _due(self, connection: Connection) -> bool:
        query = select(deadlines.c.id).where(deadlines.c.next_at <= self.now).limit(1)
        return connection.scalar(query) is not None

    def _settle_summaries(self) -> None:
        """A summary that ended up with a single step is an ordinary escalation mail."""
        single = (
            select(message_items.c.message_id)
            .join(messages, messages.c.id == message_items.c.message_id)
            .where(messages.c.kind == "summary", messages.c.state == "queued", messages.c.created_at == self.now)
            .group_by(message_items.c.message_id)
            .having(func.count() == 1)
        )
        with writing(self.engine) as connection:
            turn_into_escalations(connection, self.settings, connection.scalars(single).all())


def _once(connection: Connection, settings: Settings) -> Callable[[], Directory]:
    """The directory, read only when something fires."""
    return lambda: Directory(connection, settings.operations_email)
