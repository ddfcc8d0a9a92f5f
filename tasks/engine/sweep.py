"""The sweep: take in what happened, fire what is due; once, for every instant of a span, or looking ahead.

One pass costs what is due, never what is open: with nothing to do it is a few index probes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models.errors import StorageError, UsageError
from models.store.database import reading, upsert, writing
from models.store.schema import cases, deadlines, facts, message_items, messages
from tasks.engine import refused
from tasks.engine.apply import apply_batch
from tasks.engine.coming import coming, next_instant
from tasks.engine.duties import open_due, take_stock
from tasks.engine.fire import fire_batch, turn_into_escalations
from tasks.engine.last_pass import Noting
from tasks.organisation import clocks, lease

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from tasks.engine.coming import Coming
    from tasks.engine.fire import Fired
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory

LEASE = "sweep"
INSTANTS_A_TRANSACTION = 200
NAMED = 10_000
"""So many cases of a pass are named in its report."""
POLL_SECONDS = 0.5
"""How soon a sweep that looks ahead notices a new event."""


@dataclass
class SweepReport:
    """What a sweep did."""

    duties: int = 0
    cases: int = 0
    applied: int = 0
    troubles: int = 0
    unwatched: dict[str, str] = field(default_factory=dict)
    """Why cases that it looked at are not (wholly) watched, by their numbers."""
    fired: list[Fired] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    """The numbers of the cases of this pass, of a very large one the first; nobody adds up those of several."""

    def add(self, other: SweepReport) -> None:
        """Count another pass in."""
        self.duties += other.duties
        self.cases += other.cases
        self.applied += other.applied
        self.troubles += other.troubles
        self.unwatched |= other.unwatched
        self.fired += other.fired

    @property
    def idle(self) -> bool:
        """Whether nothing happened."""
        return not self.duties and not self.cases and not self.fired


def sweep_once(engine: Engine, deployment: Deployment, now: datetime) -> SweepReport:
    """One pass at `now`, without waiting: first what may have changed about the clocks, then everything due."""
    refresh(engine, deployment, now)
    return _pass(engine, deployment, now)


def replay(
    engine: Engine,
    deployment: Deployment,
    since: datetime,
    until: datetime,
    progress: Callable[[datetime], None] | None = None,
) -> SweepReport:
    """Fire everything from `since` to `until` in order: each step at its instant, knowing only what had happened."""
    if until < since:
        raise UsageError("--from lies after --until: swap them")
    report = sweep_once(engine, deployment, since)
    now, more = since, True
    while more:
        with writing(engine) as connection:
            batches = _Batches(connection, deployment)
            for _ in range(INSTANTS_A_TRANSACTION):
                waits = coming(connection)
                more = waits.first is not None and waits.first <= until
                if not more:
                    break
                now = max(now, waits.first or now)
                if not batches.run(waits, now, report):
                    raise StorageError("another sweep is at work on these cases: replay when it has ended")
            batches.settle()
        if progress:
            progress(now)
    return report


def look_ahead(
    engine: Engine,
    deployment: Deployment,
    *,
    holder: str,
    seconds: float,
    now: Callable[[], datetime],
    wait: Callable[[float], None],
    on_pass: Callable[[SweepReport, float], None] | None = None,
    elapsed: Callable[[], float] | None = None,
    on_jump: Callable[[float], None] | None = None,
) -> SweepReport:
    """Keep firing for so many seconds: wait for each coming instant and for new events; leave when a newer run came.

    `now` gives the instant (whole seconds or finer), `wait` sleeps; `on_pass(report, free)` hears of each pass and how
    many seconds are free until the next instant. `elapsed` counts seconds that no setting of the clock moves: by it
    the run ends, and `on_jump(seconds)` hears by how many the clock jumped. Without it `now` is believed.
    """
    passed = elapsed or (lambda: now().timestamp())
    lease.take(engine, LEASE, holder, now())
    end = passed() + seconds
    clock = clocks.Watch(passed(), now())
    total = SweepReport()
    noting = Noting(engine)
    refresh(engine, deployment, now().replace(microsecond=0))
    while True:
        if (jump := clock.jumped(passed(), now())) and on_jump:
            on_jump(jump)
        report = _pass(engine, deployment, now().replace(microsecond=0), on_batch=lambda: noting.passed(now()))
        total.add(report)
        noting.passed(now())
        with reading(engine) as connection:
            following = next_instant(connection, now().replace(microsecond=0))
            leaving = not lease.holds(connection, LEASE, holder)
        left = end - passed()
        until_next = (following - now()).total_seconds() if following else left
        if on_pass:
            on_pass(report, max(min(until_next, left), 0.0))
        if leaving or left <= 0:
            lease.give_back(engine, LEASE, holder)
            return total
        wait(max(0.0, min(until_next, POLL_SECONDS, left)))


def refresh(engine: Engine, deployment: Deployment, now: datetime) -> bool:
    """When the calendar may answer otherwise (a year was published), have every running clock computed anew.

    Also gives the cases that were set aside another try (what was wrong with them may be mended), looks which duties
    are in force, and tells operations of decisions in files that count for nothing.
    """
    take_stock(engine, deployment, now)
    with reading(engine) as connection:
        aside = connection.scalar(select(func.min(cases.c.id)).where(cases.c.trouble.is_not(None)))
        refusals = refused.untold(connection)
    if refusals:
        with writing(engine) as connection:
            refused.tell(connection, deployment, now)
    if aside is not None:
        with writing(engine) as connection:
            connection.execute(cases.update().where(cases.c.trouble.is_not(None)).values(evaluated_at=None))
    fingerprint = deployment.calendar.fingerprint
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


def _pass(
    engine: Engine, deployment: Deployment, now: datetime, on_batch: Callable[[], None] | None = None
) -> SweepReport:
    """Everything that waits at one instant, a transaction for each batch; `on_batch` hears of each that is done."""
    report = SweepReport()
    late = False
    while True:
        with reading(engine) as connection:
            waits = coming(connection)
        if waits.first is None or waits.first > now:
            break
        with writing(engine) as connection:
            batches = _Batches(connection, deployment)
            if not batches.run(waits, now, report):
                break  # another sweep holds what is left
            late = late or bool(batches.late_at)
        if on_batch:
            on_batch()
    if late:
        with writing(engine) as connection:
            settle_summaries(connection, deployment, now)
    return report


class _Batches:
    """Batches of one transaction: taking in and firing take turns, so that neither waits long for the other."""

    def __init__(self, connection: Connection, deployment: Deployment) -> None:
        self.connection = connection
        self.deployment = deployment
        self.late_at: set[datetime] = set()
        self._directory: Directory | None = None

    def run(self, waits: Coming, now: datetime, report: SweepReport) -> bool:
        """One batch of each of what waits at `now`; whether anything could be done."""
        opened = taken = fired = 0
        if waits.duty is not None and waits.duty <= now:
            opened = open_due(self.connection, self.deployment, now)
            report.duties += opened
        if any(instant is not None and instant <= now for instant in (waits.event, waits.case)):
            applied = apply_batch(self.connection, self.deployment, now)
            taken = applied.cases
            report.cases += applied.cases
            report.applied += applied.events
            report.troubles += applied.troubles
            report.unwatched |= applied.unwatched
            report.looked_at += applied.numbers[: max(0, NAMED - len(report.looked_at))]
        if waits.step is not None and waits.step <= now:
            batch = fire_batch(self.connection, self.deployment, self._read_directory, now)
            fired = batch.claimed
            report.fired += batch.fired
            if batch.late:
                self.late_at.add(now)
        return opened + taken + fired > 0

    def settle(self) -> None:
        """What is left to do for the instants at which late steps fired."""
        for instant in sorted(self.late_at):
            settle_summaries(self.connection, self.deployment, instant)

    def _read_directory(self) -> Directory:
        """The directory, read when something fires, and once a transaction."""
        if self._directory is None:
            self._directory = self.deployment.directory(self.connection)
        return self._directory


def settle_summaries(connection: Connection, deployment: Deployment, now: datetime) -> None:
    """A summary that ended up with a single step is an ordinary escalation mail."""
    single = (
        select(message_items.c.message_id)
        .join(messages, messages.c.id == message_items.c.message_id)
        .where(messages.c.kind == "summary", messages.c.state == "queued", messages.c.created_at == now)
        .group_by(message_items.c.message_id)
        .having(func.count() == 1)
    )
    turn_into_escalations(connection, deployment, connection.scalars(single).all())
