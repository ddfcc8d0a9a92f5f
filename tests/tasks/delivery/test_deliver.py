"""Delivery against a real SMTP server that does as it is told."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.errors import DeliveryError
from models.store.database import reading
from models.store.schema import cases, corrections, deadlines
from tasks.delivery.deliver import deliver
from tasks.delivery.report import DeliveryReport
from tasks.mail.post import Post, decision_id, post
from tasks.organisation.directory import Recipient
from tests.support.posting import DUE, START, Clock, Office
from tests.support.smtp import DROP, HANG, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


THREE = {"retry_attempts": 3, "retry_delay": 60}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that accepts everything until told otherwise."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def office(engine: Engine, deployment: Deployment) -> Office:
    """An empty office."""
    return Office(engine, deployment)


@pytest.fixture
def clock() -> Clock:
    """Stands at the due instant."""
    return Clock()


async def send(office: Office, server: ScriptedServer, clock: Clock, **changes: Any) -> DeliveryReport:
    """Deliver once to that server."""
    limit = changes.pop("limit", None)
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "mail_from": office.mail_from} | changes
    deployment = office.deployment.changed(**given)
    return await deliver(office.engine, deployment, WRITERS, now=clock, sleep=clock.sleep, limit=limit)


async def test_what_waits_is_sent_oldest_first(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """Every queued message leaves once, oldest first, over one connection, and is marked sent."""
    keys = [
        office.message(office.escalation(office.case(f"261100{n}"), at=DUE - timedelta(seconds=n))) for n in range(7)
    ]

    report = await send(office, server, clock)

    assert (7, 0) == (report.sent, report.deferred)
    assert ["sent"] * 7 == office.states()
    assert [office.row(key).message_id for key in reversed(keys)] == [one.mail["Message-ID"] for one in server.got]
    assert DUE == office.row(keys[0]).sent_at
    assert 1 == server.connections
    assert DeliveryReport() == await send(office, server, clock)


async def test_limit_ends_a_delivery_early(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """No more than `limit` messages are tried."""
    for n in range(9):
        office.post(f"261100{n}")

    assert 6 == (await send(office, server, clock, limit=6)).sent
    assert 3 == office.states().count("queued")


async def test_4xx_is_tried_again_later_and_then_given_up(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """A refusal for now waits, twice as long each time, and is dead after the last attempt."""
    key = office.post("2611001")
    server.on_rcpt["zhao@example.com"] = deque(["451 4.3.0 try later", "452 4.2.2 mailbox full", "450 again"])

    report = await send(office, server, clock, **THREE)
    assert (1, 0) == (report.deferred, report.dead)
    row = office.row(key)
    assert ("queued", 1, DUE + timedelta(seconds=60)) == (row.state, row.attempts, row.send_after)
    assert "451 4.3.0 try later" in row.reason

    assert not (await send(office, server, clock, **THREE)).did_something
    clock.at = row.send_after
    await send(office, server, clock, **THREE)
    row = office.row(key)
    assert (2, clock.at + timedelta(seconds=120)) == (row.attempts, row.send_after)

    clock.at = row.send_after
    report = await send(office, server, clock, **THREE)
    assert (0, 1) == (report.deferred, report.dead)
    assert "dead" == office.row(key).state
    assert "450 again" in office.row(key).reason


async def test_a_later_attempt_succeeds(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """After a 4xx the mail leaves at the next attempt, unmarked, because nothing left before."""
    office.post("2611001")
    server.on_data.append("451 4.7.1 greylisted")

    await send(office, server, clock)
    clock.at += timedelta(minutes=1)
    await send(office, server, clock)

    assert ["sent"] == office.states()
    assert server.accepted[0].mail["X-Duban-Possible-Repeat"] is None


async def test_5xx_is_dead_with_the_servers_words(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """A refusal for good is dead, says why, and does not stop the others."""
    dead = office.post("2611001", "gone@example.com")
    office.post("2611002")
    server.on_rcpt["gone@example.com"].append("550 5.1.1 <gone@example.com> no such user")

    report = await send(office, server, clock)

    assert (1, 1) == (report.sent, report.dead)
    assert ["dead", "sent"] == office.states()
    assert "550 5.1.1 <gone@example.com> no such user" == office.row(dead).reason
    assert "g***@example.com" == report.deaths[0].recipient


@pytest.mark.parametrize("answer", ["550 5.7.1 sender not allowed", "451 4.7.0 slow down"])
async def test_a_refused_sender_concerns_all(office: Office, server: ScriptedServer, clock: Clock, answer: str) -> None:
    """When our own address is refused nothing is dead: all wait, and the reason is told."""
    keys = [office.post(f"261100{n}") for n in range(3)]
    server.on_mail.append(answer)

    report = await send(office, server, clock)

    assert (0, 0) == (report.sent, report.dead)
    assert report.problem is not None
    assert answer in report.problem
    assert ["queued"] * 3 == office.states()
    assert [0, 0, 0] == [office.row(key).attempts for key in keys]
    assert 3 == (await send(office, server, clock)).sent


async def test_a_server_that_is_full_keeps_all_waiting(office: Office, clock: Clock) -> None:
    """A 5xx in the greeting keeps the messages, with the reason beside them."""
    key = office.post("2611001")
    with ScriptedServer(on_connect="554 no service here") as closed:
        report = await send(office, closed, clock)

    assert report.problem is not None
    assert "554" in report.problem
    assert ("queued", 0) == (office.row(key).state, office.row(key).attempts)
    assert "554" in office.row(key).reason


async def test_unreachable_server_is_not_the_messages_fault(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """Where nobody listens nothing counts as an attempt, and the next delivery sends."""
    key = office.post("2611001")
    report = await send(office, server, clock, smtp_port=1)
    assert (1, True) == (report.deferred, report.problem is not None)
    assert ("queued", 0) == (office.row(key).state, office.row(key).attempts)

    assert 1 == (await send(office, server, clock)).sent


async def test_no_server_set_and_no_mailbox_says_what_to_do(office: Office, clock: Clock) -> None:
    """Without a mail server and without the local mailbox the error names both ways out."""
    office.post("2611001")
    deployment = office.deployment.changed(mailbox_smtp_port=1)
    with pytest.raises(DeliveryError, match=r"DUBAN_SMTP_HOST.*duban up"):
        await deliver(office.engine, deployment, WRITERS, now=clock)


@pytest.mark.parametrize("fault", [DROP, HANG])
async def test_broken_after_data_is_sent_again_as_a_possible_repeat(
    office: Office, server: ScriptedServer, clock: Clock, fault: str
) -> None:
    """Nobody knows whether the mail left: it is sent again, marked in header, subject and text; others are not."""
    key = office.post("2611001")
    office.post("2611002", "qian@example.com")
    server.on_data.append(fault)

    report = await send(office, server, clock, smtp_timeout=0.5)

    assert (1, 1) == (report.sent, report.in_doubt)
    row = office.row(key)
    assert ("queued", True, 1) == (row.state, row.possible_repeat, row.attempts)

    clock.at = row.send_after
    await send(office, server, clock)
    assert ["sent", "sent"] == office.states()
    (again,) = server.to("zhao@example.com")
    assert "yes" == again.mail["X-Duban-Possible-Repeat"]
    assert again.mail["Subject"].startswith("【可能重复】")
    assert "可能重复" in again.text()
    assert row.message_id == again.mail["Message-ID"]
    assert server.to("qian@example.com")[0].mail["X-Duban-Possible-Repeat"] is None


async def test_in_doubt_is_held_when_the_setting_says_so(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """With DUBAN_IN_DOUBT=hold a message in doubt stays, and is seen, until somebody decides."""
    key = office.post("2611001")
    server.on_data.append(DROP)

    assert 1 == (await send(office, server, clock, in_doubt="hold")).in_doubt
    clock.at += timedelta(hours=2)
    assert 0 == (await send(office, server, clock, in_doubt="hold")).sent
    assert "in_doubt" == office.row(key).state
    assert 1 == (await send(office, server, clock, in_doubt="resend")).sent


async def test_a_connection_lost_between_messages_is_opened_again(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """421 breaks the connection, not the delivery."""
    office.post("2611001", "a@example.com")
    office.post("2611002", "b@example.com")
    server.on_rcpt["a@example.com"].append("421 4.3.2 closing")

    report = await send(office, server, clock)

    assert (1, 1) == (report.sent, report.deferred)
    assert 2 == server.connections


async def test_a_case_closed_meanwhile_is_told_to_nobody(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """What was settled between the decision and the sending is dropped, and the record says why."""
    closed, met, paused, moved = (office.case(f"261100{n}") for n in range(4))
    keys = [office.message(office.escalation(key)) for key in (closed, met, paused, moved)]
    office.change(cases, closed, status="closed", closed_at=DUE)
    office.change(deadlines, met, state="late", met_at=DUE + timedelta(seconds=30))
    office.change(deadlines, paused, state="paused")
    office.change(deadlines, moved, state="open", due_at=DUE + timedelta(days=1))

    report = await send(office, server, clock)

    assert (0, 4) == (report.sent, report.dropped)
    reasons = [office.row(key).reason for key in keys]
    assert "案件已关闭 / case closed 2026-11-02 09:15" == reasons[0]
    assert "已办理 / met 2026-11-02 09:15:30" == reasons[1]
    assert "paused" in reasons[2]
    assert "期限已改为 2026-11-03 09:15" in reasons[3]
    assert [] == server.got


async def test_a_clock_that_began_with_the_closing_still_tells(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """A rule that starts at the closing goes on although the case is closed."""
    key = office.case("2611001", status="closed", closed_at=START)
    office.message(office.escalation(key))

    assert 1 == (await send(office, server, clock)).sent


async def test_a_case_closed_while_an_earlier_mail_hangs_is_not_told(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """A message that was taken but had to wait is looked at again before it leaves."""
    office.post("2611001", "slow@example.com")
    key = office.case("2611002")
    second = office.message(office.escalation(key, at=DUE))
    server.on_data.append(HANG)

    delivery = asyncio.create_task(send(office, server, clock, smtp_timeout=2.5))
    await asyncio.to_thread(server.in_data.wait, 10)
    await asyncio.to_thread(office.change, cases, key, status="withdrawn", closed_at=DUE)
    report = await delivery

    assert (0, 1, 1) == (report.sent, report.in_doubt, report.dropped)
    assert ("dropped", "案件已撤销 / case withdrawn 2026-11-02 09:15") == (
        office.row(second).state,
        office.row(second).reason,
    )


async def test_summary_loses_what_is_settled(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """A summary tells only of what is still open, and is dropped when nothing is."""
    first, second = office.case("2611001"), office.case("2611002")
    key = office.message(office.escalation(first), office.escalation(second), kind="summary")
    third = office.case("2611003")
    empty = office.message(office.escalation(third, "qian@example.com"), kind="summary")
    for case in (second, third):
        office.change(cases, case, status="closed", closed_at=DUE)

    report = await send(office, server, clock)

    assert (1, 1) == (report.sent, report.dropped)
    text = server.got[0].text()
    assert "2611001" in text
    assert "2611002" not in text
    assert "1 项已处理" in office.row(key).reason
    assert "dropped" == office.row(empty).state


async def test_summary_waits_for_the_end_of_a_catch_up(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """While late steps are still to be decided a summary is held, so that there is one and not many."""
    office.message(office.escalation(office.case("2611001")), kind="summary")
    behind = office.case("2611002", next_at=DUE - timedelta(hours=5))

    report = await send(office, server, clock)
    assert (0, 1) == (report.sent, report.held)

    office.change(deadlines, behind, next_at=DUE + timedelta(minutes=5))
    assert 1 == (await send(office, server, clock)).sent


async def test_rate_limit_is_kept_and_reported(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """No more than so many mails leave in any minute; the waiting is in the report."""
    for n in range(10):
        office.post(f"261100{n}")

    report = await send(office, server, clock, mail_rate_per_minute=4)

    assert 10 == report.sent
    assert 120 < report.throttled_seconds < 130
    times = sorted(office.row(key).sent_at for key in office.posted)
    assert all(later - earlier >= timedelta(minutes=1) for earlier, later in zip(times, times[4:], strict=False))


async def test_correction_is_told_once_in_the_next_mail(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """Who was told of a lateness that was none learns it in their next mail, whatever it is about, and only once."""
    wrong = office.case("2610077", state="met", met_at=DUE - timedelta(minutes=2))
    told = office.escalation(wrong, at=DUE)
    with office.engine.begin() as connection:
        connection.execute(corrections.insert().values(escalation_id=told, email="zhao@example.com", noted_at=DUE))
    office.post("2611001", "other@example.com")
    first = office.post("2611002")
    office.post("2611003")

    await send(office, server, clock)

    mails = server.to("zhao@example.com")
    noted = [one for one in mails if "2610077" in one.text()]
    assert 1 == len(noted)
    assert "2610077" in noted[0].html()
    assert "2610077" not in server.to("other@example.com")[0].text()
    with reading(office.engine) as connection:
        carrier = connection.scalar(select(corrections.c.told_in))
    assert noted[0].mail["Message-ID"] == office.row(carrier).message_id
    assert carrier in office.posted
    assert first in office.posted


async def test_a_kind_that_nobody_writes_waits_with_the_reason(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """Without a writer a message is neither sent empty nor lost, and the others leave."""
    with office.engine.begin() as connection:
        recipient = Recipient("孙红", "", "sun@example.com", None, "zh", None)
        post(connection, office.deployment, [Post("telegram", "t", recipient, "电报", START, about={})])
    office.post("2611001")

    report = await send(office, server, clock)

    assert (1, 1) == (report.sent, report.deferred)
    row = office.row(decision_id("t"))
    assert ("queued", 1) == (row.state, row.attempts)
    assert "nobody writes messages of the kind 'telegram'" in row.reason
