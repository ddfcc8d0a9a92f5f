"""Everything that is wrong at an instant: of mail, of the sweep, of cases, of the audit, of the machine.

What is seen is gathered first (`observe`), by indexes and a look at the machine; whether it is wrong is judged apart
(`judge`), without asking anybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from models.settings import InDoubt
from tasks.health.auditing import Audit, audit
from tasks.health.figures import OpenFigure, open_figures
from tasks.health.machine import Prefect, free_bytes, prefect
from tasks.health.mail import MailServer, Queue, dead_reasons, mail_server, queue_of
from tasks.health.problem import IDS, Problem, Severity
from tasks.health.watching import Sweeping, Troubles, sweeping, troubles
from tasks.health.words import in_both, size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.settings import Settings
    from tasks.organisation.deployment import Deployment

SILENT = timedelta(minutes=2)
"""A sweep that looks ahead is noted every 20 seconds: after so long it has stopped."""
SCHEDULES = 2
"""A sweep that is started anew each time has stopped after so many of its schedules; so far it may be behind."""
MAIL_WAITS = timedelta(minutes=15)
"""What could leave has left by then."""
MOVING = timedelta(minutes=5)
"""While a mail has left within so long, a long outbox is being worked through."""
DOUBT_LASTS = timedelta(minutes=5)
"""Where what is in doubt is sent again by itself, that has happened by then."""
AUDIT_BEGINS = timedelta(hours=1)
"""By then after the setting up the audit has run."""
AUDIT_SILENT = timedelta(minutes=45)
"""It runs every 15 minutes, and longer at night."""
ALARM, WARNING = Severity.ALARM, Severity.WARNING


class Observed(NamedTuple):
    """All that problems are told by."""

    sweeping: Sweeping = Sweeping()
    queue: Queue = Queue()
    dead_reasons: tuple[tuple[str, int], ...] = ()
    server: MailServer = MailServer()
    troubles: Troubles = Troubles()
    audit: Audit = Audit()
    unset: tuple[OpenFigure, ...] = ()
    channels: int = 0
    """Addresses beside mail at which alarms are told."""
    free: int | None = None
    """Bytes."""
    prefect: Prefect = Prefect()


def problems(connection: Connection, deployment: Deployment, now: datetime) -> list[Problem]:
    """What is wrong, the gravest first; empty when all is well."""
    return judge(observe(connection, deployment, now), deployment.settings, now)


def observe(connection: Connection, deployment: Deployment, now: datetime) -> Observed:
    """Gather what problems are told by."""
    queue = queue_of(connection, now)
    return Observed(
        sweeping=sweeping(connection),
        queue=queue,
        dead_reasons=tuple(dead_reasons(connection)) if queue.dead else (),
        server=mail_server(connection),
        troubles=troubles(connection),
        audit=audit(connection),
        unset=tuple(open_figures(connection, deployment)),
        channels=len(deployment.settings.alarm_list),
        free=free_bytes(connection, deployment.settings),
        prefect=prefect(deployment.settings),
    )


def judge(seen: Observed, settings: Settings, now: datetime) -> list[Problem]:
    """What of it is wrong, the gravest first."""
    found = [
        *_mail_server(seen, settings, now),
        *_sweep(seen.sweeping, settings, now),
        *_machine(seen, settings),
        *_cases(seen.troubles),
        *_messages(seen, settings, now),
        *_audit(seen, now),
    ]
    if seen.unset:
        example = "、".join(f"{one.regulation}.{one.setting}" for one in seen.unset[:3])
        found.append(_problem("unset", "unset", WARNING, count=len(seen.unset), example=example))
    return sorted(found, key=lambda one: IDS.index(one.id))


def _problem(
    id: str,  # noqa: A002 -- the word of the contract
    said: str,
    severity: Severity,
    since: datetime | None = None,
    count: int = 1,
    **values: Any,
) -> Problem:
    what, do = (in_both(f"health.problem.{said}.{part}", count=count, **values) for part in ("what", "do"))
    return Problem(id, what, since, count, do, severity)


def _mail_server(seen: Observed, settings: Settings, now: datetime) -> Iterator[Problem]:
    server, queue = seen.server, seen.queue
    if server.since is not None:
        said = "mail_server" if settings.smtp_host else "mailbox"
        yield _problem("mail-server", said, ALARM, server.since, queue.queued + queue.retrying, reason=server.reason)
        return
    moves = queue.moved_at is not None and now - queue.moved_at < MOVING
    if queue.ready is not None and now - queue.ready > MAIL_WAITS and not moves:
        count, length = queue.queued + queue.retrying, now - queue.ready
        yield _problem("mail-server", "mail_waits", ALARM, queue.ready, count, length=length)


def _sweep(sweep: Sweeping, settings: Settings, now: datetime) -> Iterator[Problem]:
    schedules = timedelta(seconds=SCHEDULES * max(settings.sweep_seconds, 60))
    if sweep.at is None:
        since = max(filter(None, (sweep.next_at, sweep.set_up_at)), default=None)
        if since is not None and now - since > SILENT:
            yield _problem("sweep", "sweep_never", ALARM, since)
        return
    silent = now - sweep.at
    if abs(silent) > (SILENT if sweep.ahead else schedules):
        yield _problem("sweep", "sweep_silent", ALARM, sweep.at, length=silent)
    elif sweep.next_at is not None and now - sweep.next_at > schedules:
        yield _problem("sweep", "sweep_behind", ALARM, sweep.next_at, length=now - sweep.next_at)


def _machine(seen: Observed, settings: Settings) -> Iterator[Problem]:
    if seen.prefect.url and not seen.prefect.answers:
        yield _problem("prefect", "prefect_silent", ALARM, url=seen.prefect.url)
    elif seen.prefect.up_has_gone:
        yield _problem("prefect", "prefect_gone", ALARM)
    if seen.free is not None and seen.free < settings.free_disk:
        free, limit, home = size(seen.free), size(settings.free_disk), settings.home.absolute()
        yield _problem("disk", "disk", ALARM, free=free, limit=limit, home=home)


def _cases(found: Troubles) -> Iterator[Problem]:
    for name in ("trouble", "unwatched"):
        blind = getattr(found, name)
        if blind.cases:
            yield _problem(name, name, ALARM, blind.since, blind.cases, example=blind.example)


def _messages(seen: Observed, settings: Settings, now: datetime) -> Iterator[Problem]:
    queue = seen.queue
    if queue.dead:
        reason = seen.dead_reasons[0][0] if seen.dead_reasons else ""
        yield _problem("dead", "dead", ALARM, queue.dead_since, queue.dead, reason=reason)
    lasts = queue.in_doubt_since is not None and now - queue.in_doubt_since > DOUBT_LASTS
    if queue.in_doubt and (lasts or settings.in_doubt is InDoubt.HOLD):
        yield _problem("in-doubt", "in_doubt", WARNING, queue.in_doubt_since, queue.in_doubt)
    if queue.held:
        yield _problem("held", "held", WARNING, queue.held_since, queue.held)


def _audit(seen: Observed, now: datetime) -> Iterator[Problem]:
    last, set_up_at = seen.audit, seen.sweeping.set_up_at
    if last.at is None:
        if set_up_at is not None and now - set_up_at > AUDIT_BEGINS:
            yield _problem("audit", "audit_never", ALARM, set_up_at)
    elif not last.agrees:
        yield _problem("audit", "audit_differs", ALARM, last.agreed_at, last.found or 1)
    elif now - last.at > AUDIT_SILENT:
        yield _problem("audit", "audit_silent", ALARM, last.at, length=now - last.at)
