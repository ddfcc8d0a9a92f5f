"""From the instant of a deadline to the server that took the mail, with a sweep and a delivery that look ahead."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from flows.letters import WRITERS
from models.store.database import reading, writing
from models.store.schema import cases, escalations, message_items, messages, people, person_roles
from tasks.delivery.deliver import deliver_ahead
from tasks.engine.sweep import look_ahead

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiosmtpd.smtp import Envelope, Session
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


pytestmark = pytest.mark.bench

SECONDS, EACH = 20, 10
"""Ten deadlines fall due in each of twenty seconds."""
LEAD = 5
PACK = """
regulation: calls
version: 1
kind: call
title: {zh: 回电, en: Calls}
description: {zh: 十分钟内回电。, en: Called back within 10 minutes.}
roles: {service_manager: {zh: 客服部经理, en: service manager, above: operations}}
rules:
  - id: call
    cite: {article: "1"}
    title: {zh: 回电, en: Call}
    start: registered
    stop: closed
    within: PT10M
    responsible: service_manager
    escalate:
      - {after: PT0S, to: service_manager}
"""


class Sink:
    """Notes when each mail was accepted."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- its name
        """Take a mail."""
        headers = bytes(envelope.content or b"").split(b"\r\n\r\n", 1)[0].decode("ascii")
        message_id = headers.split("Message-ID:", 1)[1].split(">", 1)[0].strip() + ">"
        self.accepted[message_id] = time.time()
        return "250 OK"


def open_cases(engine: Engine, deployment: Deployment, first: datetime) -> None:
    """Cases that fall due from `first` on."""
    pack = deployment.settings.home / "regulations" / "calls.yaml"
    pack.parent.mkdir(parents=True)
    pack.write_text(PACK, encoding="utf-8")
    rows = [
        {
            "number": f"C{number}",
            "kind": "call",
            "regulation": "calls",
            "opened_at": first - timedelta(minutes=10) + timedelta(seconds=number // EACH),
        }
        for number in range(SECONDS * EACH)
    ]
    with writing(engine) as connection:
        connection.execute(people.insert().values(id=1, name="客服", email="service@example.com"))
        connection.execute(person_roles.insert().values(person_id=1, role="service_manager"))
        connection.execute(cases.insert(), rows)


async def play(engine: Engine, deployment: Deployment, sink: Sink) -> None:
    """Both jobs run ahead, as the two deployments do, until everything is due and sent."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(sink), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    here = deployment.changed(smtp_host=host, smtp_port=port)
    open_cases(engine, here, datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=LEAD))
    whole = LEAD + SECONDS + 3

    def now() -> datetime:
        return datetime.now(UTC)

    sweeping = asyncio.to_thread(look_ahead, engine, here, holder="b", seconds=whole, now=now, wait=time.sleep)
    sending = deliver_ahead(engine, here, WRITERS, holder="b", seconds=whole, now=now, on_batch=lambda _report: None)
    await asyncio.gather(sweeping, sending)
    server.close()
    await server.wait_closed()


def test_from_the_deadline_to_the_mail_server(
    engine: Engine, deployment: Deployment, record_figure: Callable[[str, float, str], None]
) -> None:
    """Half of the mails are accepted within half a second of their instant, 99 of 100 within two."""
    sink = Sink()
    asyncio.run(play(engine, deployment, sink))
    with reading(engine) as connection:
        query = (
            select(messages.c.message_id, escalations.c.scheduled_at)
            .join(message_items, message_items.c.message_id == messages.c.id)
            .join(escalations, escalations.c.id == message_items.c.escalation_id)
        )
        instants = {row.message_id: row.scheduled_at.timestamp() for row in connection.execute(query)}

    assert SECONDS * EACH == len(instants)
    delays = [sink.accepted[message_id] - at for message_id, at in instants.items()]
    last = quantiles(delays, n=100)[98]
    record_figure(f"deadline to mail server, median, {engine.dialect.name}", median(delays), "s")
    record_figure(f"deadline to mail server, 99th percentile, {engine.dialect.name}", last, "s")
    assert min(delays) >= 0
    assert median(delays) < 0.5
    assert last < 2
