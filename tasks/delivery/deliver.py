"""Delivery: what is in the outbox leaves over SMTP, visibly.

1. Settle what a delivery that ended left in `sending`: in doubt, and by the setting sent again (marked) or held.
2. Take a few messages, oldest first, and look at each again: what has been settled meanwhile is dropped, the rest is
   written as it stands now, and marked `sending`, in one transaction.
3. Send them over one connection, while the last ones are recorded and the next ones taken beside it.
4. After 250 `sent`; 4xx later, with growing intervals, for days; 5xx `dead`, unless a filter said it; broken after DATA
   in doubt.

SMTP cannot do exactly once. What can happen twice is marked, what cannot be sent says why, and nothing disappears.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from sqlalchemy import and_

from models.errors import DeliveryError
from models.store.database import reading
from models.store.schema import messages
from tasks.delivery import server
from tasks.delivery.beside_mail import BesideMail
from tasks.delivery.by_hand import keep_back
from tasks.delivery.leftovers import settle
from tasks.delivery.one_pass import OnePass
from tasks.delivery.outbox import Outbox
from tasks.delivery.report import DeliveryReport
from tasks.delivery.sender import LocalSender, ProcessSender
from tasks.organisation.lease import give_back, holds, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine

    from tasks.delivery.one_pass import Clock, Sleep
    from tasks.mail.about import Writers
    from tasks.organisation.deployment import Deployment

STORM = 200
"""From so many messages on the sending gets a process of its own."""
POLL_SECONDS = 0.2
SETTLE_SECONDS = 10.0
LONGEST_PAUSE = 30.0
"""Seconds between two tries at a server that is away."""
REFUSED_PAUSE = 300.0
"""Seconds between two tries at one that refuses our login or our sender: each may count against the account."""
LEASE = "deliver"


async def deliver(
    engine: Engine,
    deployment: Deployment,
    writers: Writers,
    *,
    now: Clock,
    limit: int | None = None,
    sleep: Sleep = asyncio.sleep,
) -> DeliveryReport:
    """Work through the outbox once; each message is tried at most once, at most `limit` of them.

    `writers` write what tells of no escalation. `now` is asked for the instant whenever one is needed. DeliveryError
    when no server is set and none is here.
    """
    beside = BesideMail(engine, deployment)
    try:
        report = await _drain(Outbox(engine, deployment, writers), beside, now, sleep, limit)
    finally:
        await asyncio.to_thread(beside.close)
    if report.unreachable and not deployment.settings.smtp_host:
        host, port = deployment.settings.smtp_address
        raise DeliveryError(
            f"no mail server: nothing listens at {host}:{port}; set DUBAN_SMTP_HOST, or start `duban up`, "
            "which brings a local mailbox"
        )
    return report


async def deliver_ahead(
    engine: Engine,
    deployment: Deployment,
    writers: Writers,
    *,
    now: Clock,
    seconds: float,
    holder: str,
    on_batch: Callable[[DeliveryReport], None],
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Deliver what comes for so many seconds, within a fraction of a second; leave when a newer holder took over.

    `on_batch` gets the report of each delivery that did something. After trouble with the server it waits longer.
    """
    await asyncio.to_thread(take, engine, LEASE, holder, now())
    beside = BesideMail(engine, deployment)
    try:
        await _ahead(Outbox(engine, deployment, writers), beside, now, sleep, seconds, holder, on_batch)
    finally:
        await asyncio.to_thread(beside.close)


async def _ahead(
    outbox: Outbox,
    beside: BesideMail,
    now: Clock,
    sleep: Sleep,
    seconds: float,
    holder: str,
    on_batch: Callable[[DeliveryReport], None],
) -> None:
    engine, deployment, writers = outbox.engine, outbox.deployment, outbox.facts.writers
    end = time.monotonic() + seconds
    settle_at = 0.0
    pause = quiet = 0.0
    while True:
        if quiet <= 0 and (time.monotonic() >= settle_at or await asyncio.to_thread(outbox.is_waiting, now())):
            report = await _drain(Outbox(engine, deployment, writers), beside, now, sleep)
            settle_at = time.monotonic() + SETTLE_SECONDS
            if report.did_something or report.problem:
                on_batch(report)
            pause = min(max(pause * 2, 1.0), LONGEST_PAUSE) if report.problem else 0.0
            quiet = REFUSED_PAUSE if report.refused else pause
        left = end - time.monotonic()
        if left <= 0 or not await asyncio.to_thread(_still_ours, engine, holder):
            await asyncio.to_thread(give_back, engine, LEASE, holder)
            return
        nap = min(1.0 if quiet > 0 else POLL_SECONDS, left)
        await sleep(nap)
        quiet -= nap


async def _drain(
    outbox: Outbox, beside: BesideMail, now: Clock, sleep: Sleep, limit: int | None = None
) -> DeliveryReport:
    """Settle, then send; trouble with the server is in the report."""
    settings = outbox.deployment.settings
    report = DeliveryReport(in_doubt=await asyncio.to_thread(settle, outbox.engine, settings, now()))
    await asyncio.to_thread(keep_back, outbox.engine)
    report.held = await asyncio.to_thread(outbox.held, now())
    waits = await asyncio.to_thread(outbox.is_waiting, now())
    if waits or await asyncio.to_thread(server.is_away, outbox.engine):
        storm = await asyncio.to_thread(outbox.is_long, now(), STORM) and (limit is None or limit >= STORM)
        sender = ProcessSender(settings) if storm else LocalSender(settings)
        begun = now()
        await asyncio.to_thread(beside.take, outbox.ready(begun), begun)
        await OnePass(outbox, sender, report, now=now, sleep=sleep, limit=limit).all()
        sent_since = and_(messages.c.state == "sent", messages.c.sent_at >= begun)  # what came in meanwhile
        await asyncio.to_thread(beside.take, sent_since, now())
        await asyncio.to_thread(server.note, outbox.engine, report.problem, now())
    report.log()
    return report


def _still_ours(engine: Engine, holder: str) -> bool:
    with reading(engine) as connection:
        return holds(connection, LEASE, holder)
