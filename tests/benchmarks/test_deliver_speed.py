"""How fast the outbox leaves, against a bare aiosmtplib loop that sends the same bytes over one connection."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import aiosmtplib
import pytest

import tasks.delivery.one_pass as passing
from flows.letters import WRITERS
from models.store.database import writing
from models.store.schema import cases, deadlines, escalations, message_items, messages
from tasks.delivery.deliver import deliver
from tasks.mail.subjects import message_id, subject
from tests.support.posting import DUE, START, Clock, Office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine

    from tasks.mail.building import Envelope
    from tasks.organisation.deployment import Deployment

pytestmark = pytest.mark.bench

MAILS = 2000
ROUNDS = 3
SINK = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink()), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
asyncio.run(main())
"""


@contextmanager
def sink() -> Iterator[int]:
    """The port of a server in a process of its own that takes every mail and forgets it."""
    process = subprocess.Popen(  # noqa: S603 -- our own script
        [sys.executable, "-c", SINK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def fill(office: Office, count: int) -> None:
    """So many queued messages, each about a case of its own."""
    rule = office.regulation.rules[0]
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (cases, deadlines, escalations, messages, message_items)
    }
    for at in range(1, count + 1):
        told, mail, number, email = uuid.uuid4(), uuid.uuid4(), f"26{at:05}", f"p{at % 60}@example.com"
        fields = {
            "customer": "李小明",
            "phone": "13812345678",
            "channel": "phone",
            "content": "三次维修仍有异响。" * 12,
        }
        rows[cases].append(
            {"id": at, "number": number, "kind": "complaint", "regulation_id": office.regulation_id, "level": "major"}
            | {"department": "城东店", "handler": "王强", "party": "李小明", "opened_at": START, "fields": fields}
        )
        clock = {"case_id": at, "rule": rule.id, "round": 1}
        rows[deadlines].append(
            {**clock, "starts_at": START, "due_at": DUE, "state": "breached"}
            | {"plan": [["2026-11-02T01:25:00Z", "escalate-1"]]}
        )
        recipient = {"name": "赵经理", "role": "department_manager", "email": email, "instead_of": None}
        rows[escalations].append(
            {**clock, "id": told, "step": "due", "due_at": DUE, "scheduled_at": DUE, "fired_at": DUE}
            | {"recipients": [recipient], "reason": "due"}
        )
        facts = {"number": number, "title": rule.title.zh, "step": "due", "level": "", "due": "", "late": False}
        rows[messages].append(
            {"id": mail, "key": number, "message_id": message_id(number, office.mail_from), "kind": "escalation"}
            | {"name": "赵经理", "email": email, "subject": subject("escalation", "zh", facts), "created_at": DUE}
        )
        rows[message_items].append({"message_id": mail, "escalation_id": told, "case_id": at})
    with writing(office.engine) as connection:
        for table, given in rows.items():
            connection.execute(table.insert(), given)


async def bare_loop(port: int, envelopes: list[Envelope]) -> None:
    """The peer: aiosmtplib alone, with everything written beforehand."""
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port)
    await client.connect()
    for one in envelopes:
        await client.sendmail(one.sender, [one.recipient], one.content)
    await client.quit()


def test_deliver_against_a_bare_loop(
    engine: Engine,
    deployment: Deployment,
    record_figure: Callable[[str, float, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looking again, writing and recording cost at most a tenth of what one connection carries (two idle cores)."""
    office = Office(engine, deployment)
    fill(office, MAILS)
    envelopes: list[Envelope] = []
    real = passing.build

    def build(*given: Any) -> Envelope:
        envelopes.append(real(*given))
        return envelopes[-1]

    bare, ours = [], []
    with sink() as port:
        here = deployment.changed(smtp_host="127.0.0.1", smtp_port=port, mail_from=office.mail_from)
        monkeypatch.setattr(passing, "build", build)
        assert MAILS == asyncio.run(deliver(engine, here, WRITERS, now=Clock(DUE + timedelta(minutes=1)))).sent
        monkeypatch.setattr(passing, "build", real)
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            asyncio.run(bare_loop(port, envelopes))
            bare.append(MAILS / (time.perf_counter() - begun))
            with writing(engine) as connection:
                connection.execute(messages.update().values(state="queued", sent_at=None, attempts=0))
            begun = time.perf_counter()
            assert MAILS == asyncio.run(deliver(engine, here, WRITERS, now=Clock())).sent
            ours.append(MAILS / (time.perf_counter() - begun))

    database = engine.dialect.name
    record_figure(f"bare aiosmtplib loop ({database})", median(bare), "mails/s")
    record_figure(f"deliver ({database})", median(ours), "mails/s")
    record_figure(f"deliver against the bare loop ({database})", median(ours) / median(bare), "of it")
