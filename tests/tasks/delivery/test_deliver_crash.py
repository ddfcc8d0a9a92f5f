"""What a killed delivery leaves behind, deliveries side by side, and the sending process of a storm."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flows.letters import WRITERS
from models.store.database import writing
from models.store.schema import cases, messages
from tasks.delivery import deliver as delivering
from tasks.delivery.deliver import deliver, deliver_ahead
from tasks.delivery.one_pass import AHEAD
from tasks.delivery.processes import this_process
from tasks.organisation import lease
from tests.support.posting import DUE, Clock, Office
from tests.support.smtp import DROP, HANG, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from tasks.delivery.report import DeliveryReport
    from tasks.organisation.deployment import Deployment


DELIVERER = """
import asyncio, sys
from datetime import datetime, timezone
from flows.letters import WRITERS
from models.store.database import open_engine
from models.settings import Settings
from tasks.delivery.deliver import deliver
from tasks.organisation.deployment import Deployment
url, port = sys.argv[1:]
given = dict(database_url=url, smtp_host="127.0.0.1", smtp_port=port, smtp_timeout=60)
deployment = Deployment(Settings.model_validate(given))
at = datetime(2026, 11, 2, 1, 15, tzinfo=timezone.utc)
asyncio.run(deliver(open_engine(url), deployment, WRITERS, now=lambda: at))
"""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that accepts everything until told otherwise."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def office(engine: Engine, deployment: Deployment) -> Office:
    """An empty office."""
    return Office(engine, deployment)


def towards(office: Office, server: ScriptedServer, **changes: Any) -> Deployment:
    """The office's settings, with that server."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "mail_from": office.mail_from} | changes
    return office.deployment.changed(**given)


def killed_in_data(office: Office, server: ScriptedServer, url: str) -> None:
    """Run a delivery in a process of its own, and kill it between DATA and 250."""
    server.on_data.append(HANG)
    process = subprocess.Popen([sys.executable, "-c", DELIVERER, url, str(server.port)])  # noqa: S603 -- our own script
    assert server.in_data.wait(30)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert "sending" in office.states()


@pytest.mark.parametrize("before", [0, 2])
async def test_killed_between_data_and_250_is_sent_again_marked(
    office: Office, server: ScriptedServer, database_url: str, before: int
) -> None:
    """After kill -9 nothing is lost: what may have left is sent again with the mark, the rest without."""
    for n in range(6):
        office.post(f"261100{n}", f"p{n}@example.com")
    server.on_data.extend(["250 OK"] * before)
    await asyncio.to_thread(killed_in_data, office, server, database_url)

    report = await deliver(office.engine, towards(office, server), WRITERS, now=Clock())

    assert ["sent"] * 6 == office.states()
    assert report.in_doubt >= 1
    assert report.in_doubt <= AHEAD + 1
    mails = {n: server.to(f"p{n}@example.com") for n in range(6)}
    assert all(mails.values())
    assert "yes" == mails[before][-1].mail["X-Duban-Possible-Repeat"]
    for copies in mails.values():
        unmarked = [one for one in copies if not one.mail["X-Duban-Possible-Repeat"]]
        assert len(unmarked) <= 1
    row = office.row(office.posted[before])
    assert row.possible_repeat
    assert "in doubt" in row.reason


async def test_killed_and_held(office: Office, server: ScriptedServer, database_url: str) -> None:
    """With DUBAN_IN_DOUBT=hold what the killed delivery left in doubt stays visible and is not sent."""
    key = office.post("2611001")
    await asyncio.to_thread(killed_in_data, office, server, database_url)

    report = await deliver(office.engine, towards(office, server, in_doubt="hold"), WRITERS, now=Clock())

    assert (0, 1) == (report.sent, report.in_doubt)
    assert "in_doubt" == office.row(key).state
    assert "投递进程中断" in office.row(key).reason


async def test_a_living_delivery_is_left_alone(office: Office, server: ScriptedServer) -> None:
    """What another delivery is sending right now is not taken for a leftover, until it has been silent for long."""
    key = office.post("2611001")
    own = {"state": "sending", "claimed_by": this_process(), "claimed_at": DUE, "attempts": 1}
    with writing(office.engine) as connection:
        connection.execute(messages.update().values(own))
    clock = Clock(DUE + timedelta(seconds=60))

    assert 0 == (await deliver(office.engine, towards(office, server), WRITERS, now=clock)).in_doubt
    assert "sending" == office.row(key).state

    clock.at = DUE + timedelta(seconds=200)
    assert 1 == (await deliver(office.engine, towards(office, server), WRITERS, now=clock)).in_doubt
    assert ("sent", True) == (office.row(key).state, office.row(key).possible_repeat)


async def test_a_leftover_of_another_host_waits_until_it_is_old(office: Office, server: ScriptedServer) -> None:
    """Of a process elsewhere only its silence can be judged."""
    office.post("2611001")
    own = {"state": "sending", "claimed_by": "elsewhere:1:1", "claimed_at": DUE, "attempts": 1}
    with writing(office.engine) as connection:
        connection.execute(messages.update().values(own))

    report = await deliver(office.engine, towards(office, server), WRITERS, now=Clock(DUE + timedelta(seconds=100)))

    assert (0, 0) == (report.sent, report.in_doubt)


async def test_two_deliveries_at_once_send_each_message_once(office: Office, server: ScriptedServer) -> None:
    """Deliveries share the outbox without sending anything twice."""
    for n in range(30):
        office.post(f"26110{n:02}", f"p{n}@example.com")
    deployment = towards(office, server)

    reports = await asyncio.gather(*(deliver(office.engine, deployment, WRITERS, now=Clock()) for _ in range(3)))

    left = await deliver(office.engine, deployment, WRITERS, now=Clock())
    assert 30 == sum(report.sent for report in reports) + left.sent
    assert 30 == len({one.recipient for one in server.accepted}) == len(server.accepted)


async def test_a_stopped_delivery_gives_back_what_it_had_not_begun(office: Office, server: ScriptedServer) -> None:
    """Ctrl-C leaves the mail in DATA in doubt and the others queued, as if they had never been taken."""
    keys = [office.post(f"261100{n}") for n in range(4)]
    server.on_data.append(HANG)
    delivery = asyncio.create_task(
        deliver(office.engine, towards(office, server, in_doubt="hold"), WRITERS, now=Clock())
    )
    await asyncio.to_thread(server.in_data.wait, 10)

    delivery.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivery

    assert ["in_doubt", "queued", "queued", "queued"] == office.states()
    assert [1, 0, 0, 0] == [office.row(key).attempts for key in keys]


async def test_a_storm_leaves_through_a_process_of_its_own(
    office: Office, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sending process does what the delivery itself does: sends, reports refusals, and notices broken lines."""
    monkeypatch.setattr(delivering, "STORM", 1)
    monkeypatch.setattr(delivering, "LocalSender", None)
    for n in range(20):
        office.post(f"26110{n:02}", f"p{n}@example.com")
    server.on_rcpt["p3@example.com"].append("550 5.1.1 no such user")
    server.on_rcpt["p4@example.com"].append("451 later")
    server.on_data.extend(["250 OK", "250 OK", DROP])

    report = await deliver(office.engine, towards(office, server, in_doubt="hold"), WRITERS, now=Clock())

    assert (17, 1, 1, 1) == (report.sent, report.dead, report.deferred, report.in_doubt)
    assert "no such user" in office.row(office.posted[3]).reason
    assert "in_doubt" == office.row(office.posted[2]).state
    assert 17 == len(server.accepted)


async def test_a_storm_stops_when_the_server_refuses_us(
    office: Office, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble that concerns all ends the sending process too, and everything waits with the reason."""
    monkeypatch.setattr(delivering, "STORM", 1)
    for n in range(20):
        office.post(f"26110{n:02}")
    server.on_mail.extend(["250 OK", "250 OK", "550 5.7.1 quota used up"])

    report = await deliver(office.engine, towards(office, server), WRITERS, now=Clock())

    assert 2 == report.sent
    assert "quota used up" in (report.problem or "")
    assert ["sent"] * 2 + ["queued"] * 18 == office.states()
    assert 0 == office.row(office.posted[5]).attempts
    gone = await deliver(office.engine, towards(office, server, smtp_port=1), WRITERS, now=Clock())
    assert gone.unreachable


async def test_a_killed_sending_process_leaves_one_message_in_doubt(
    office: Office, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the sending process is killed only the message in DATA is in doubt."""
    monkeypatch.setattr(delivering, "STORM", 1)
    started: list[int] = []
    sender = delivering.ProcessSender

    class Watched(sender):  # type: ignore[misc, valid-type]
        async def open(self) -> None:
            await super().open()
            assert self._process is not None
            started.append(self._process.pid)

    monkeypatch.setattr(delivering, "ProcessSender", Watched)
    for n in range(3):
        office.post(f"261100{n}")
    server.on_data.append(HANG)
    delivery = asyncio.create_task(
        deliver(office.engine, towards(office, server, in_doubt="hold"), WRITERS, now=Clock())
    )
    await asyncio.to_thread(server.in_data.wait, 10)
    os.kill(started[0], signal.SIGKILL)
    report = await delivery

    assert (0, 1) == (report.sent, report.in_doubt)
    assert ["in_doubt", "queued", "queued"] == office.states()


async def test_looking_ahead_sends_what_comes(office: Office, server: ScriptedServer) -> None:
    """While it looks ahead a delivery sends within a moment what is decided meanwhile, and leaves to a newer one."""
    reports: list[DeliveryReport] = []
    came = threading.Event()
    loop = asyncio.get_running_loop()

    def on_batch(report: DeliveryReport) -> None:
        reports.append(report)
        came.set()

    ahead = asyncio.create_task(
        deliver_ahead(
            office.engine, towards(office, server), WRITERS, now=Clock(), seconds=60, holder="first", on_batch=on_batch
        )
    )
    await asyncio.to_thread(office.post, "2611001")
    begun = loop.time()
    await asyncio.to_thread(came.wait, 10)
    assert [1] == [report.sent for report in reports]
    assert loop.time() - begun < 5

    await asyncio.to_thread(lease.take, office.engine, delivering.LEASE, "second", DUE)
    await asyncio.wait_for(ahead, 10)


async def test_trouble_while_looking_ahead_is_told_and_tried_again(office: Office, server: ScriptedServer) -> None:
    """A server that is away ends nothing: the next try sends."""
    clock = Clock()
    case = office.case("2611001")
    office.message(office.escalation(case))
    reports: list[DeliveryReport] = []
    server.on_mail.append("550 not now")

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    def on_batch(report: DeliveryReport) -> None:
        reports.append(report)
        if report.sent:
            lease.take(office.engine, delivering.LEASE, "other", DUE)

    await deliver_ahead(
        office.engine,
        towards(office, server),
        WRITERS,
        now=clock,
        seconds=30,
        holder="me",
        on_batch=on_batch,
        sleep=sleep,
    )

    assert ["not now" in (report.problem or "") for report in reports] == [True, False]
    assert ["sent"] == office.states()
    office.change(cases, case, status="closed")
