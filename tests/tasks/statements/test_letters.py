"""Messages that tell of no escalation: a writer that fails stops nobody, and heavy ones leave last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.store.database import reading
from models.store.schema import messages
from tasks.delivery.deliver import deliver
from tasks.delivery.outbox import Outbox
from tests.support.smtp import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow
    from tasks.organisation.deployment import Deployment
    from tests.tasks.statements.organisation import Reporting


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A real SMTP server."""
    with ScriptedServer() as running:
        yield running


async def test_a_writer_that_fails_stops_nobody(reporting: Reporting, server: ScriptedServer) -> None:
    """Its message waits for another attempt with the reason, also when its query broke; the others leave."""
    reporting.set(smtp_host="127.0.0.1", smtp_port=str(server.port), retry_attempts="2")
    reporting.made("monthly", "2026-10", "2026-11-09 09:00")
    now = reporting.story.at("2026-11-09 09:01")

    def broken(connection: Connection, _deployment: Deployment, _row: AnyRow, _now: datetime) -> str:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
        return "never"

    writers = {**WRITERS, "statement": WRITERS["statement"]._replace(write=broken)}

    def state() -> tuple[str, str]:
        with reading(reporting.engine) as connection:
            row = connection.execute(select(messages).where(messages.c.kind == "statement")).one()
            return row.state, row.reason

    first = await deliver(reporting.engine, reporting.deployment, writers, now=lambda: now)
    assert (1, 0) == (first.deferred, first.dead)
    assert first.sent > 0
    assert "queued" == state()[0]
    assert "cannot be written" in state()[1]

    second = await deliver(reporting.engine, reporting.deployment, writers, now=lambda: now + timedelta(hours=2))
    assert 1 == second.dead
    assert "dead" == state()[0]


def test_what_is_heavy_leaves_when_nothing_else_waits(reporting: Reporting) -> None:
    """An escalation that was decided after a statement goes before it, and statements go one by one."""
    reporting.made("monthly", "2026-10", "2026-10-13 09:00")
    reporting.made("weekly", "2026-W40", "2026-10-13 09:00")
    outbox = Outbox(reporting.engine, reporting.deployment, WRITERS)
    now = reporting.story.at("2026-10-14 11:00")

    claims = [outbox.exchange([], 25, 0, now) for _ in range(4)]

    kinds = [[letter.kind for letter in claim.letters] for claim in claims]
    assert "statement" not in kinds[0]
    assert kinds[0]
    assert [["statement"], ["statement"], []] == kinds[1:]


def test_a_letter_that_waited_is_checked_without_being_drawn(reporting: Reporting) -> None:
    """Answered between taking and sending: the review is dropped."""
    reporting.made("monthly", "2026-10", "2026-10-13 09:00")
    now = reporting.story.at("2026-11-09 09:01")
    outbox = Outbox(reporting.engine, reporting.deployment, WRITERS)
    taken = [letter for _ in range(3) for letter in outbox.exchange([], 25, 0, now).letters]
    review = [letter for letter in taken if letter.kind == "statement"]
    assert {letter.id for letter in review} == outbox.refresh(review, now)

    reporting.answered("FX-2026-10", "approve", "2026-11-09 09:02")

    assert set() == outbox.refresh(review, now)
