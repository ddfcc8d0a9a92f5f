"""Messages put right by hand, what piled up, and what is told beside mail: on a real server and a real webhook."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.store.database import reading, writing
from models.store.schema import cases, messages, people
from tasks.delivery.by_hand import Chosen, count, hold, keep_back, release, requeue
from tasks.delivery.deliver import deliver
from tests.support.hook import Hook
from tests.support.posting import DUE, Clock, Office
from tests.support.smtp import DROP, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from tasks.delivery.report import DeliveryReport
    from tasks.organisation.deployment import Deployment

ZHAO = "zhao@example.com"
DEAD, HELD, QUEUED = Chosen(("dead",)), Chosen(("held",)), Chosen(("queued",))


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
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "mail_from": office.mail_from} | changes
    own = office.deployment.changed(**given)
    return await deliver(office.engine, own, WRITERS, now=clock, sleep=clock.sleep)


def by_hand(office: Office, what: Any, *given: Any) -> int:
    """Do it in a transaction."""
    with writing(office.engine) as connection:
        found: int = what(connection, *given)
        return found


def summaries(office: Office) -> list[Any]:
    """The summaries there are."""
    with reading(office.engine) as connection:
        return list(connection.execute(select(messages).where(messages.c.kind == "summary")))


# -- requeue, hold, release --------------------------------------------------------------------------------------


async def test_what_is_dead_is_sent_again(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """After the address was put right a dead mail leaves, unmarked, with a fresh schedule."""
    key = office.post("2611001")
    server.on_rcpt[ZHAO].append("550 5.1.1 no such user")
    await send(office, server, clock)
    assert ["dead"] == office.states()

    with reading(office.engine) as connection:
        assert [1, 0, 1] == [
            count(connection, Chosen(("dead",), **given))
            for given in ({"reason": "NO SUCH"}, {"reason": "quota"}, {"addresses": ("Zhao@Example.com",)})
        ]
    assert 1 == by_hand(office, requeue, DEAD)
    assert ("queued", 0) == (office.row(key).state, office.row(key).attempts)
    assert "550 5.1.1 no such user; 人工重新排队 / queued again by hand" == office.row(key).reason
    await send(office, server, clock)

    assert ["sent"] == office.states()
    assert server.accepted[0].mail["X-Duban-Possible-Repeat"] is None


async def test_what_was_in_doubt_is_marked_when_it_is_sent_again(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """Whether it was held in doubt, or died of it, or was kept back since: it may have arrived."""
    for n in range(3):
        office.post(f"261100{n}", f"p{n}@example.com")
    server.on_data.extend([DROP, DROP, DROP])
    await send(office, server, clock, in_doubt="hold")
    with writing(office.engine) as connection:
        hold(connection, Chosen(("in_doubt",), ("p1@example.com",)), DUE)
    clock.at += timedelta(hours=1)
    await send(office, server, clock, in_doubt="resend", retry_attempts=1)
    assert ["dead", "held", "dead"] == office.states()

    assert 2 == by_hand(office, requeue, DEAD)
    assert 1 == by_hand(office, release, Chosen(("held",), ("p1@example.com",)))
    await send(office, server, clock)

    assert ["sent"] * 3 == office.states()
    assert {"yes"} == {one.mail["X-Duban-Possible-Repeat"] for one in server.accepted}


async def test_a_held_person_gets_nothing_until_released(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """What waits is held, and what comes; others get theirs; released, all of it leaves."""
    office.post("2611001")
    office.post("2611002", "qian@example.com")
    assert 1 == by_hand(office, hold, Chosen(("queued",), ("ZHAO@example.com",)), DUE)
    office.post("2611003")

    assert 1 == (await send(office, server, clock)).sent
    assert ["held", "sent", "held"] == office.states()
    assert 0 == keep_back(office.engine)

    assert 2 == by_hand(office, release, Chosen(("held",), (ZHAO,)))
    office.post("2611004")
    await send(office, server, clock)
    assert ["sent"] * 4 == office.states()
    assert 3 == len(server.to(ZHAO))


async def test_releasing_by_age_leaves_a_held_person_held(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """A hold of a person ends by name, or with everybody's."""
    office.post("2611001")
    by_hand(office, hold, Chosen(("queued",), (ZHAO,)), DUE)
    assert 0 == by_hand(office, release, Chosen(("held",), before=DUE))
    assert 1 == by_hand(office, release, HELD)
    office.post("2611002")
    await send(office, server, clock)
    assert ["sent", "sent"] == office.states()


async def test_a_requeued_summary_takes_nothing_new_in(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """Beside a newer summary that is still open an old one goes out as it was decided."""
    old = office.message(office.escalation(office.case("2611001")), kind="summary", state="dead", attempts=3)
    office.message(office.escalation(office.case("2611002")), kind="summary")
    assert 1 == by_hand(office, requeue, DEAD)
    assert 1 == office.row(old).attempts
    await send(office, server, clock)
    assert ["sent", "sent"] == office.states()


async def test_what_is_settled_meanwhile_is_not_sent_again(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """By hand or not, a mail about a closed case is dropped."""
    key = office.case("2611001")
    office.message(office.escalation(key), state="dead")
    office.change(cases, key, status="closed", closed_at=DUE)
    by_hand(office, requeue, DEAD)
    await send(office, server, clock)
    assert (["dropped"], []) == (office.states(), server.got)


# -- the manner of a real mail server ----------------------------------------------------------------------------


async def test_a_spam_filter_kills_no_mail(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """554 after DATA: each waits an hour and more, and leaves when the filter has calmed down."""
    for n in range(3):
        office.post(f"261100{n}", f"p{n}@example.com")
    server.on_data.extend(["554 5.7.1 spam"] * 3)
    report = await send(office, server, clock)
    assert (0, 0, 3) == (report.sent, report.dead, report.deferred)
    assert {DUE + timedelta(hours=1)} == {office.row(key).send_after for key in office.posted}
    clock.at += timedelta(hours=1)
    assert 3 == (await send(office, server, clock)).sent


async def test_one_mail_asks_whether_a_domain_is_back(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """When a domain's system is out, what else waits for it waits as long, without an attempt; other domains do not."""
    for n in range(60):
        office.post(f"2611{n:03}", f"p{n}@Down.example")
    other = office.post("2611099", "p@up.example")
    for n in range(60):
        server.on_rcpt[f"p{n}@Down.example"].append("451 4.4.1 no answer from host")
    first = await send(office, server, clock)
    attempts = [office.row(key).attempts for key in office.posted[:60]]
    assert (1, "sent") == (first.sent, office.row(other).state)
    assert 0 in attempts
    assert {DUE + timedelta(seconds=60)} == {office.row(key).send_after for key in office.posted[:60]}
    clock.at += timedelta(seconds=60)
    server.on_rcpt.clear()
    assert 60 == (await send(office, server, clock)).sent


@pytest.mark.parametrize("storm", [1, 200])
async def test_a_sender_refused_for_good_is_no_queue_of_attempts(
    office: Office, server: ScriptedServer, clock: Clock, storm: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """550 at MAIL FROM ends the pass at once and says that it is for good; no mail is used up."""
    monkeypatch.setattr("tasks.delivery.deliver.STORM", storm)
    keys = [office.post(f"261100{n}") for n in range(4)]
    server.on_mail.append("550 5.7.1 sender not allowed")
    report = await send(office, server, clock)
    assert (True, 0) == (report.refused, report.dead)
    assert [0] * 4 == [office.row(key).attempts for key in keys]
    server.on_mail.append("451 4.7.0 slow down")
    assert not (await send(office, server, clock)).refused


async def test_a_wrong_password_is_refused_for_good(office: Office, clock: Clock) -> None:
    """535 at the login: nothing leaves until somebody corrects the setting."""
    office.post("2611001")
    with ScriptedServer(login=("duban", "right")) as guarded:
        given = {"smtp_username": "duban", "smtp_password": "wrong", "smtp_allow_plain": True}
        report = await send(office, guarded, clock, **given)
    assert (True, True) == (report.refused, "refuses the login" in (report.problem or ""))
    assert ("queued", 0) == (office.row(office.posted[0]).state, office.row(office.posted[0]).attempts)


# -- what piled up -----------------------------------------------------------------------------------------------


async def test_after_an_outage_a_person_gets_one_summary(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """What piled up for longer than the catch-up setting goes as one; what was decided just now goes by itself."""
    for n in range(5):
        office.post(f"261100{n}")
    alone = office.post("2611005", "qian@example.com")
    await send(office, server, clock, smtp_port=1)
    clock.at += timedelta(hours=2)
    await send(office, server, clock, smtp_port=1)
    fresh = office.message(office.escalation(office.case("2611006"), at=clock.at))

    report = await send(office, server, clock)

    assert (3, 5) == (report.sent, report.dropped)
    assert ["dropped"] * 5 == office.states()[:5]
    assert "并入一封汇总通知" in office.row(office.posted[0]).reason
    assert ["sent", "sent"] == [office.row(key).state for key in (alone, fresh)]
    (pile,) = [one for one in server.to(ZHAO) if "2611000" in one.text()]
    assert all(f"261100{n}" in pile.text() for n in range(5))
    assert "2611006" not in pile.text()
    assert 1 == len(summaries(office))


async def test_what_only_waited_for_a_delivery_keeps_its_own_mail(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """Without trouble with the mail server each step is told by itself, whenever it is delivered."""
    for n in range(3):
        office.post(f"261100{n}")
    clock.at += timedelta(days=2)
    assert 3 == (await send(office, server, clock)).sent
    assert [] == summaries(office)


async def test_a_pile_joins_the_summary_that_is_open(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """After downtime and an outage at once there is still one summary."""
    for n in range(3):
        office.post(f"261100{n}")
    office.message(office.escalation(office.case("2611009")), kind="summary")
    await send(office, server, clock, smtp_port=1)
    clock.at += timedelta(hours=2)
    assert (1, 3) == ((report := await send(office, server, clock)).sent, report.dropped)
    assert all(f"261100{n}" in server.accepted[0].text() for n in (0, 1, 2, 9))


async def test_a_full_mailbox_gets_one_summary_when_it_is_emptied(
    office: Office, server: ScriptedServer, clock: Clock
) -> None:
    """452 for days: what piled up is one mail, which goes on with the attempts of the others."""
    for n in range(4):
        office.post(f"261100{n}")
    server.on_rcpt[ZHAO] = deque(["452 4.2.2 mailbox full"] * 16)
    for minutes in (0, 1, 3, 7):
        clock.at = DUE + timedelta(minutes=minutes)
        await send(office, server, clock)
    assert [4] * 4 == [office.row(key).attempts for key in office.posted]
    clock.at = DUE + timedelta(hours=3)
    await send(office, server, clock)
    assert 1 == len(server.to(ZHAO))
    (pile,) = summaries(office)
    assert ("sent", 5) == (pile.state, pile.attempts)


# -- beside mail -------------------------------------------------------------------------------------------------


def reached_by(office: Office, email: str, urls: str) -> int:
    """Somebody of the directory with addresses beside mail; their id."""
    with writing(office.engine) as connection:
        row = people.insert().values(email=email, name="赵经理", notify=urls)
        key: int = connection.execute(row).inserted_primary_key[0]
        return key


async def test_an_escalation_is_told_beside_mail_too(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """Once, whether mail leaves or not, in the words of the mail and without the customer."""
    with Hook() as hook:
        person = reached_by(office, ZHAO, hook.url)
        key = office.message(office.escalation(office.case("2611001")), person_id=person)
        office.post("2611002", "qian@example.com")
        await send(office, server, clock, smtp_port=1)
        assert 1 == len(hook.got)
        await send(office, server, clock)
        assert 1 == len(hook.got)
    assert ["sent", "sent"] == office.states()
    assert DUE == office.row(key).notified_at
    assert office.row(key).subject == hook.titles[0]
    assert "2611001" in hook.got[0]["message"]
    assert "李小明" not in str(hook.got)
    assert "138" not in str(hook.got)


async def test_a_failing_address_holds_no_mail(
    office: Office, server: ScriptedServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The mail leaves; the log says what kind of address failed, and not which."""
    with Hook(status=500) as broken:
        person = reached_by(office, ZHAO, f"{broken.url}\njson://127.0.0.1:1/hunter2")
        office.message(office.escalation(office.case("2611001")), person_id=person)
        assert 1 == (await send(office, server, clock)).sent
    assert "json 1" in caplog.text
    assert "hunter2" not in caplog.text


async def test_what_is_settled_is_not_told_beside_mail(office: Office, server: ScriptedServer, clock: Clock) -> None:
    """As by mail."""
    with Hook() as hook:
        person, key = reached_by(office, ZHAO, hook.url), office.case("2611001")
        office.message(office.escalation(key), person_id=person)
        office.change(cases, key, status="closed", closed_at=DUE)
        await send(office, server, clock)
    assert (["dropped"], []) == (office.states(), hook.got)
