"""What deliveries learn of the mail server is on record: since when it takes nothing, why, and that it is back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flows.letters import WRITERS
from models.store.database import reading
from tasks.delivery import server as noting
from tasks.delivery.deliver import deliver
from tasks.health.mail import MailServer, mail_server
from tests.support.posting import DUE, Clock, Office
from tests.support.smtp import ScriptedServer

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


@pytest.fixture
def office(engine: Engine, deployment: Deployment) -> Office:
    """An empty office."""
    return Office(engine, deployment)


async def send(office: Office, port: int, now: datetime) -> None:
    """Deliver once to what listens at that port, or to nothing."""
    clock = Clock()
    given: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": port, "mail_from": office.mail_from}
    deployment = office.deployment.changed(**given)
    await deliver(office.engine, deployment, WRITERS, now=lambda: now, sleep=clock.sleep)


def known(office: Office) -> MailServer:
    """What is on record."""
    with reading(office.engine) as connection:
        return mail_server(connection)


async def test_a_server_that_is_away_is_noted_and_its_return_is_noticed(office: Office) -> None:
    """Since the first delivery that found it away; when it is back that is noticed although nothing waits."""
    office.message(office.escalation(office.case("2611001"), at=DUE))
    with ScriptedServer() as there:
        port = there.port
        await send(office, port, DUE)
        assert MailServer(ok_at=DUE) == known(office)
    office.message(office.escalation(office.case("2611002"), at=DUE))
    for minute in (1, 2):
        await send(office, port, DUE + timedelta(minutes=minute))
    away = known(office)
    assert (DUE, DUE + timedelta(minutes=1)) == (away.ok_at, away.since)
    assert away.reason

    noting.note(office.engine, None, DUE + timedelta(minutes=3))
    noting.note(office.engine, "421 too busy, says kim@example.com", DUE + timedelta(minutes=4))
    assert (DUE + timedelta(minutes=4), "421 too busy, says k***@example.com") == known(office)[1:]
    with ScriptedServer() as back:
        await send(office, back.port, DUE + timedelta(minutes=5))  # sends what waits
        noting.note(office.engine, "away", DUE + timedelta(minutes=6))
        await send(office, back.port, DUE + timedelta(minutes=7))  # nothing waits
        assert MailServer(ok_at=DUE + timedelta(minutes=7)) == known(office)


def test_a_server_that_goes_on_taking_mail_is_noted_now_and_then(office: Office) -> None:
    """Not a write for each delivery."""
    for seconds in (0, 5, 19, 20, 21):
        noting.note(office.engine, None, DUE + timedelta(seconds=seconds))

    assert MailServer(ok_at=DUE + timedelta(seconds=20)) == known(office)
