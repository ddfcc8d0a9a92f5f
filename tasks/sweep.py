"""The sweep: take in what happened, fire what is due; once, for every instant of a span, or looking ahead.

One pass costs what is due, never what is open: with nothing to do it is a few index probes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

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
    """Fire everything from `since` to `until` in order: each step at its instant, knowing only what had happened."""
    if until < since:
        raise UsageError("--from lies after --until: swap them")
    report = sweep_once(engine, settings, since)
    now = since
    while True:
        with reading(engine) as connection:
            following = next_instant(connection, now)
        if following is None or following > until:
            break
        now = following
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
            following = next_instant(connection, now().replace(microsecond=0))
            leaving = not lease.holds(connection, LEASE, holder)
        left = (end - now()).total_seconds()
        until_next = (following - now()).total_seconds() if following else left
        if on_pass:
            on_pass(report, max(min(until_next, left), 0.0))
        if leaving or left <= 0:
            return total
        wait(max(0.0, min(until_next, POLL_SECONDS, left)))


class Coming(NamedTuple):
    """The first instants at which something waits: an event to take in, a case never looked at, a step to fire."""

    event: datetime | None
    case: datetime | None
    step: datetime | None

    @property
    def first(self) -> datetime | None:
        """The earliest of them."""
        return min((instant for instant in self if instant is not None), default=None)


def coming(connection: Connection, after: datetime | None = None) -> Coming:
    """What waits, or what comes after an instant: the ends of three partial indexes, in one question.

    A minimum and not `WHERE next_at <= now LIMIT 1`: with old statistics PostgreSQL reads the whole table for that.
    """
    sources = (
        (events.c.at, events.c.applied_at.is_(None)),
        (cases.c.opened_at, cases.c.evaluated_at.is_(None)),
        (deadlines.c.next_at, deadlines.c.next_at.is_not(None)),
    )
    minima = [
        select(func.min(column, type_=column.type))
        .where(waits, *([column > after] if after is not None else []))
        .scalar_subquery()
        for column, waits in sources
    ]
    return Coming(*connection.execute(select(*minima)).one())


def next_instant(connection: Connection, after: datetime) -> datetime | None:
    """The next instant after `after` at which something has to be done, as far as is known now."""
    return coming(connection, after).first


def check_calendar(engine: Engine, settings: Settings) -> bool:
    """When the calendar may answer otherwise (a year was published), have every running clock computed anew."""
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
        """One batch of each; whether there was anything to do."""
        with reading(self.engine) as connection:
            event, case, step = coming(connection)
        taken = claimed = 0
        if (event and event <= self.now) or (case and case <= self.now):
            with writing(self.engine) as connection:
                applied = apply_batch(connection, self.settings, self.calendar, self.now)
            taken = applied.cases
            report.cases += taken
            report.applied += applied.events
        if taken or (step and step <= self.now):
            with writing(self.engine) as connection:
                batch = fire_batch(connection, self.settings, _once(connection, self.settings), self.now)
            claimed = batch.claimed
            report.fired += batch.fired
        return taken + claimed > 0

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
