"""The morning digest as stories: who gets one, what it says, and when it is not sent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.store.database import reading, writing
from models.store.schema import cases, messages, statements
from tasks.delivery.deliver import deliver
from tasks.digest import readers
from tests.support.smtp import Received, ScriptedServer
from tests.support.story import Story, address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


MORNING = "2026-11-03 08:30"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A real SMTP server."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def house(story: Story) -> Story:
    """One person for each role, two with deputies."""
    story.house()
    return story


def queued(story: Story, at: str = MORNING, **changed: Any) -> readers.Queued:
    """The digests of that morning are put into the outbox."""
    deployment = story.deployment.changed(**changed)
    return readers.queue(story.engine, deployment, story.at(at))


async def sent(
    story: Story, server: ScriptedServer, at: str = MORNING, *, queue: bool = True, **changed: Any
) -> dict[str, Received]:
    """The digests that arrive when that morning's are queued and delivered: name -> mail."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, **changed}
    deployment = story.deployment.changed(**given)
    _silence(story)
    if queue:
        readers.queue(story.engine, deployment, story.at(at))
    now: datetime = story.at(at)
    await deliver(story.engine, deployment, WRITERS, now=lambda: now)
    return {str(mail.mail["To"].addresses[0].display_name): mail for mail in server.accepted}


def _silence(story: Story) -> None:
    """What else lies in the outbox has gone out already."""
    with writing(story.engine) as connection:
        connection.execute(messages.update().where(messages.c.kind != "digest").values(state="sent"))


def kept(story: Story) -> dict[str, tuple[str, str | None]]:
    """The digests of the outbox: name -> state and reason."""
    with reading(story.engine) as connection:
        found = connection.execute(select(messages).where(messages.c.kind == "digest"))
        return {row.name: (row.state, row.reason) for row in found}


def section(mail: Received, heading: str) -> str:
    """The text of one section."""
    text = mail.text()
    _, found, rest = text.partition(f"-- {heading}")
    return found + rest.partition("\n-- ")[0] if found else ""


# -- what it says ----------------------------------------------------------------------------------------------


async def test_what_is_late_comes_before_what_falls_due(house: Story, server: ScriptedServer) -> None:
    """The manager reads what to do, for which case, by which article, since when, by whom, and where to look."""
    late = house.complaint("2026-11-02 17:00", customer="张三", phone="13812345678")
    loan = house.loan("2026-10-04 10:00", item="图集", borrower="经办")
    house.replay("2026-10-04 09:00", "2026-11-03 08:20")

    mail = (await sent(house, server))["经理"]

    overdue, today = section(mail, "已超期"), section(mail, "今天到期")
    for words in (late, "首次联系客户", "第五条(三)", "期限 2026-11-02 17:10", "已超期 15 小时", "经办 经办", "张三"):
        assert words in overdue, words
    assert f"http://127.0.0.1:4200/artifacts/key/case-{late}" in mail.text()
    assert f'href="http://127.0.0.1:4200/artifacts/key/case-{late}"' in mail.html()
    assert loan in today
    assert "请督促借阅人" in today
    assert mail.text().index("已超期，") < mail.text().index("今天到期（")
    assert "138" not in mail.text() + mail.html().replace("#", "")


async def test_the_longest_overdue_is_first(house: Story, server: ScriptedServer) -> None:
    """Within a section the order is what to do first."""
    second = house.complaint("2026-11-02 11:00", customer="李四")
    first = house.complaint("2026-11-02 09:00")
    house.replay("2026-11-02 09:00", "2026-11-03 08:20")
    overdue = section((await sent(house, server))["经理"], "已超期")
    assert overdue.index(first) < overdue.index(second)


async def test_a_friday_tells_what_falls_due_until_monday(house: Story, server: ScriptedServer) -> None:
    """Tomorrow means the next working day, with the free days before it."""
    saturday = house.loan("2026-10-22 10:00", item="甲")
    monday = house.loan("2026-10-24 10:00", item="乙")
    tuesday = house.loan("2026-10-25 10:00", item="丙")
    house.replay("2026-10-22 09:00", "2026-11-20 08:20")
    text = section((await sent(house, server, "2026-11-20 08:30"))["经理"], "到下一工作日（2026-11-23）")
    assert saturday in text
    assert monday in text
    assert tuesday not in text


async def test_other_managers_read_what_their_role_answers_for(house: Story, server: ScriptedServer) -> None:
    """The general manager reads what was escalated to them; the service manager what nobody below fills."""
    house.complaint("2026-11-02 09:00")
    house.replay("2026-11-02 09:00", "2026-11-03 08:20")

    found = await sent(house, server)

    assert "首次联系客户" in section(found["总经理"], "已超期")
    assert "档案主管" not in found  # nothing of theirs


async def test_an_unfilled_role_belongs_to_the_next_level_up(story: Story, server: ScriptedServer) -> None:
    """Without a revisit specialist, a follow-up is the service manager's before anything is escalated."""
    story.person("客服", "service_manager", department="客服部")
    number = story.complaint("2026-11-03 08:00")
    story.sweep("2026-11-03 08:05")
    found = await sent(story, server)
    assert number in section(found["客服"], "今天到期")
    assert "跟踪电话" in section(found["客服"], "今天到期")


async def test_what_was_escalated_since_the_last_digest_is_told_and_the_settled_counted(
    house: Story, server: ScriptedServer
) -> None:
    """An escalation of yesterday is named with its instant; one that is settled is only counted."""
    number = house.complaint("2026-11-02 09:00")
    done = house.complaint("2026-11-02 10:00", customer="李四")
    house.replay("2026-11-02 09:00", "2026-11-02 11:30")
    house.event(done, "first_contact", "2026-11-02 12:00")
    house.event(done, "follow_up", "2026-11-02 12:00")
    house.replay("2026-11-02 11:30", "2026-11-03 08:20")

    text = section((await sent(house, server))["总经理"], "上次晨报以来升级到您")

    assert number in text
    assert "2026-11-02 09:40 升级催办 2" in text
    assert done not in text
    assert "升级后已办理" in text


async def test_an_escalation_before_the_last_digest_is_no_news(house: Story, server: ScriptedServer) -> None:
    """On Monday the news reach back to Friday's digest, and not further."""
    house.complaint("2026-11-05 09:00")
    house.complaint("2026-11-06 09:00", customer="李四")
    house.replay("2026-11-05 09:00", "2026-11-09 08:20")
    mail = (await sent(house, server, "2026-11-09 08:30"))["总经理"]
    text = section(mail, "上次晨报以来升级到您")
    assert "2026-11-06 09:40" in text
    assert "2026-11-05" not in text.replace("期限 2026-11-05", "")


async def test_a_request_without_an_answer_waits_for_the_general_manager(house: Story, server: ScriptedServer) -> None:
    """Who may answer reads the request first, with its reason and date; when it is answered it is gone."""
    number = house.complaint("2026-11-02 09:00")
    house.event(number, "postponement_requested", "2026-11-02 10:00", until="2026-11-09", note="等配件 13812345678")
    house.replay("2026-11-02 09:00", "2026-11-03 08:20")

    mail = (await sent(house, server))["总经理"]
    text = section(mail, "等您决定")
    for words in (
        *(number, "延期申请：请批准或驳回", "理由：等配件 138****5678", "申请延至 2026-11-09"),
        *("已等 22 小时", "duban record", "postponement_approved --field until=2026-11-09"),
    ):
        assert words in text, words
    assert mail.text().index("等您决定（") < mail.text().index("已超期，")
    assert "13812345678" not in mail.text()

    house.event(number, "postponement_refused", "2026-11-03 09:00", by="总经理")
    mail = (await sent(house, server, "2026-11-04 08:30"))["总经理"]
    assert "" == section(mail, "等您决定")


async def test_a_statement_in_review_waits_for_the_general_manager(house: Story, server: ScriptedServer) -> None:
    """The statement is named with the command that answers it."""
    with writing(house.engine) as connection:
        key = connection.execute(
            cases.insert().values(number="FX-2026-10", kind="statement", opened_at=house.at("2026-11-02 09:00"))
        ).inserted_primary_key[0]
        values = {"cadence": "monthly", "period": "2026-10", "revision": 1, "state": "in_review", "parts": {}}
        instants = dict.fromkeys(("since", "until", "data_at", "created_at"), house.at("2026-11-02 09:00"))
        connection.execute(
            statements.insert().values(id=uuid4(), case_id=key, data_hash="x", cases=b"", **values, **instants)
        )
    found = await sent(house, server)
    assert ["总经理"] == list(found)
    assert "FX-2026-10" in section(found["总经理"], "等您决定")
    assert "duban review FX-2026-10 approve" in found["总经理"].text()


async def test_lines_beyond_the_limit_are_counted(house: Story, server: ScriptedServer) -> None:
    """A section lists so many lines and says how many more there are."""
    for minute in range(5):
        house.complaint(f"2026-11-02 09:0{minute}", customer=f"客户{minute}")
    house.replay("2026-11-02 09:00", "2026-11-03 08:20")
    text = section((await sent(house, server, digest_lines=3))["经理"], "已超期")
    assert "已超期，最久的在前（10）" in text  # first contact and follow-up of five cases
    assert "另有 7 项未列出" in text
    assert 3 == text.count("期限 ")


async def test_english_people_read_english(story: Story, server: ScriptedServer) -> None:
    """Template and titles come in the reader's language."""
    story.person("Ann", "department_manager", language="en")
    story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 09:00", "2026-11-03 08:20")
    mail = (await sent(story, server))["Ann"]
    assert "Overdue, the longest first (2)" in mail.text()
    assert "First contact with the customer" in mail.text()
    assert "您" not in mail.text() + mail.html()


async def test_a_secret_item_is_named_only_to_the_cleared(house: Story, server: ScriptedServer) -> None:
    """The department manager sees that something is late, the archive's manager also what."""
    house.loan("2026-10-01 10:00", item="绝密图纸", secrecy="top_secret")
    house.replay("2026-10-01 09:00", "2026-11-10 08:20")
    found = await sent(house, server, "2026-11-10 08:30")
    assert "绝密图纸" not in found["经理"].text() + found["经理"].html()
    assert "(涉密资料)" in found["经理"].text()
    assert "绝密图纸" in found["档案主管"].text()


async def test_html_and_line_breaks_from_outside_do_nothing(story: Story, server: ScriptedServer) -> None:
    """Whatever a customer or an importer wrote is escaped."""
    evil = "<script>alert(1)</script>\r\nBcc: x@example.com"
    story.person("经理", "department_manager", department="<b>部</b>")
    number = story.complaint("2026-11-02 09:00", customer=evil, handler=evil, department="<b>部</b>", category=evil)
    story.replay("2026-11-02 09:00", "2026-11-03 08:20")
    mail = (await sent(story, server))["经理"]
    assert "<script" not in mail.html()
    assert "<b>" not in mail.html()
    assert "&lt;script&gt;" in mail.html()
    assert mail.mail["Bcc"] is None
    assert number in mail.text()


# -- who gets one, and when ------------------------------------------------------------------------------------


async def test_a_deputy_reads_it_in_the_stead_of_the_absent(house: Story, server: ScriptedServer) -> None:
    """The manager who is away gets none, the deputy one that says in whose stead."""
    house.away("经理", "2026-11-01 00:00", "2026-11-05 23:59")
    number = house.complaint("2026-11-02 09:00")
    house.replay("2026-11-02 09:00", "2026-11-03 08:20")
    found = await sent(house, server)
    assert "经理" not in found
    assert "代 经理（不在岗）" in found["代理"].text()
    assert number in section(found["代理"], "已超期")
    assert "首次联系客户" in section(found["代理"], "上次晨报以来升级到您")


async def test_a_manager_who_is_a_deputy_too_gets_one_mail_with_both(story: Story, server: ScriptedServer) -> None:
    """Their own part comes first, then what they stand in for."""
    story.person("甲", "department_manager", department="甲部", deputy="乙")
    story.person("乙", "department_manager", department="乙部")
    story.away("甲", "2026-11-01 00:00", "2026-11-05 23:59")
    theirs = story.complaint("2026-11-02 09:00", department="甲部")
    own = story.complaint("2026-11-02 10:00", department="乙部")
    story.replay("2026-11-02 09:00", "2026-11-03 08:20")
    found = await sent(story, server)
    text = found["乙"].text()
    assert ["乙"] == list(found)
    assert text.index("您本人的事项") < text.index(own) < text.index("代 甲（不在岗）") < text.rindex(theirs)


async def test_an_empty_day_brings_no_mail(house: Story, server: ScriptedServer) -> None:
    """Nothing to tell: no mail, and the record says why."""
    assert {} == await sent(house, server)
    assert {"dropped"} == {state for state, _ in kept(house).values()}
    assert all(reason and "没有事项" in reason for _, reason in kept(house).values())


async def test_an_empty_day_brings_one_where_it_is_wanted(house: Story, server: ScriptedServer) -> None:
    """With DUBAN_DIGEST_EMPTY=send the mail says that there is nothing."""
    found = await sent(house, server, digest_empty="send")
    assert "今天没有需要您处理的事项" in found["经理"].text()
    assert "今天没有需要您处理的事项" in found["经理"].html()


def test_a_day_off_has_no_digest(house: Story) -> None:
    """Neither a Sunday nor a holiday; a Saturday that is worked has one."""
    assert queued(house, "2026-11-08 08:30").free
    assert queued(house, "2026-10-01 08:30").free
    assert [] == house.mails()
    assert not queued(house, "2026-10-10 08:30").free
    assert house.mails()


def test_the_digest_has_its_hour(house: Story) -> None:
    """Before it there is none; after downtime it is made later the same day."""
    deployment = house.deployment
    assert not readers.is_time(deployment, house.at("2026-11-03 08:29"))
    assert readers.is_time(deployment, house.at("2026-11-03 08:30"))
    assert readers.is_time(deployment, house.at("2026-11-03 15:00"))
    assert not readers.is_time(deployment, house.at("2026-11-08 15:00"))


def test_two_runs_at_once_queue_each_digest_once(house: Story) -> None:
    """On each database: the second waits or finds everything there."""
    threads = [threading.Thread(target=queued, args=(house,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted([("digest", name) for name in ("经理", "客服", "总经理", "档案主管")]) == sorted(house.mails())


def test_two_runs_queue_each_digest_once(house: Story) -> None:
    """Whoever runs twice: the same day and person is the same message."""
    first, second = queued(house), queued(house, "2026-11-03 09:00")
    assert {"经理", "客服", "总经理", "档案主管"} == {reader.person.name for reader in first.fresh}
    assert () == second.fresh
    assert len(first.fresh) == len(second.known) == len(house.mails())
    assert queued(house, "2026-11-04 08:30").fresh


async def test_what_is_settled_before_it_leaves_is_not_told(house: Story, server: ScriptedServer) -> None:
    """An event that no sweep has taken in yet counts: the digest is gathered when it is sent."""
    number = house.complaint("2026-11-02 09:00")
    house.replay("2026-11-02 09:00", "2026-11-03 08:20")
    queued(house)
    house.event(number, "closed", "2026-11-03 08:31")
    assert {} == await sent(house, server, "2026-11-03 08:35", queue=False)
    assert {"dropped"} == {state for state, _ in kept(house).values()}


async def test_a_digest_of_yesterday_is_dropped(house: Story, server: ScriptedServer) -> None:
    """It would tell nobody what to do today."""
    house.complaint("2026-11-02 09:00")
    house.replay("2026-11-02 09:00", "2026-11-03 08:20")
    queued(house)
    assert {} == await sent(house, server, "2026-11-04 07:00", queue=False)
    assert all("2026-11-03 已过" in str(reason) for _, reason in kept(house).values())


def test_the_absent_without_deputy_are_named(house: Story) -> None:
    """Nobody reads for them: whoever runs it is told so."""
    house.away("总经理", "2026-11-01 00:00", "2026-11-05 23:59")
    assert ["总经理"] == [person.name for person in queued(house).unreached]


def test_the_address_of_the_deputy_is_kept_with_the_message(house: Story) -> None:
    """`about` names the day and the absent."""
    house.away("经理", "2026-11-01 00:00", "2026-11-05 23:59")
    queued(house)
    with reading(house.engine) as connection:
        about = connection.scalar(select(messages.c.about).where(messages.c.name == "代理"))
    assert {"day": "2026-11-03", "for": [address("经理")]} == about


async def test_who_asked_is_not_asked(house: Story, server: ScriptedServer) -> None:
    """The setting names who answers where the text is silent; a request of their own goes to the next level."""
    own = Story(house.engine, house.deployment.changed(postponement_approver="department_manager"))
    first = own.complaint("2026-11-02 09:00")
    second = own.complaint("2026-11-02 09:30", customer="李四")
    own.event(first, "postponement_requested", "2026-11-02 10:00", by="经办", until="2026-11-09")
    own.event(second, "postponement_requested", "2026-11-02 10:00", by="经理", until="2026-11-09")
    own.replay("2026-11-02 09:00", "2026-11-03 08:20")

    mails = await sent(own, server)
    assert first in section(mails["经理"], "等您决定")
    assert second not in section(mails["经理"], "等您决定")
    assert second in section(mails["客服"], "等您决定")
