"""The form slips as stories: who gets which, about what, once, and what is on it when it leaves."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.calendar.periods import parse_period
from models.store.database import reading, writing
from models.store.schema import cases, escalations, messages, penalties
from tasks.delivery.deliver import deliver
from tasks.slips import decide, planned, requests
from tasks.views.explain import story as told
from tasks.views.listing import rows
from tests.support.smtp import Received, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.support.story import Story

MADE = "2026-11-09 09:00"
"""8 November is a Sunday."""


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


def slips(story: Story, month: str = "2026-10", at: str = MADE, **changed: Any) -> set[tuple[str, str]]:
    """The slips of that month are decided: form and name of each that is new."""
    deployment = story.deployment.changed(**changed)
    period = parse_period("monthly", month, deployment.zone)
    return {(str(one.form), one.name) for one in decide.decide(story.engine, deployment, period, story.at(at))}


async def sent(story: Story, server: ScriptedServer, at: str = MADE) -> dict[tuple[str, str], Received]:
    """The slips that arrive: form and name -> mail."""
    with writing(story.engine) as connection:
        connection.execute(messages.update().where(messages.c.kind != "slip").values(state="sent"))
    deployment = story.deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)
    now: datetime = story.at(at)
    await deliver(story.engine, deployment, WRITERS, now=lambda: now)
    found = {}
    for mail in server.accepted:
        form = str(mail.mail["X-Duban-Key"]).split("/")[1]
        found[form, str(mail.mail["To"].addresses[0].display_name)] = mail
    return found


def kept(story: Story) -> dict[str, tuple[str, str | None]]:
    """The slips of the outbox: name -> state and reason."""
    with reading(story.engine) as connection:
        found = connection.execute(select(messages).where(messages.c.kind == "slip"))
        return {row.name: (row.state, row.reason) for row in found}


def overdue(story: Story, at: str = "2026-10-20 09:00", **fields: str) -> str:
    """A complaint that nobody touched since."""
    number = story.complaint(at, **fields)
    story.replay(at, "2026-11-09 08:59")
    return number


def closed_late(story: Story) -> str:
    """A complaint of October whose first contact came 50 minutes late, and which was closed the next day."""
    number = story.complaint("2026-10-20 09:00")
    story.event(number, "first_contact", "2026-10-20 10:00")
    story.event(number, "follow_up", "2026-10-20 09:50")
    story.event(number, "closed", "2026-10-21 09:00")
    story.replay("2026-10-20 09:00", "2026-11-09 08:59")
    return number


# -- 催办单 ----------------------------------------------------------------------------------------------------


async def test_an_open_and_overdue_case_is_urged(house: Story, server: ScriptedServer) -> None:
    """The responsible and the department's manager get one form with all their cases."""
    first, second = overdue(house), overdue(house, "2026-10-21 09:00", customer="李四")
    assert {("urge", "经理"), ("urge", "回访"), ("notice", "经理"), ("notice", "总经理")} == slips(house)
    mail = (await sent(house, server))["urge", "经理"]
    assert "【催办单】2026-10 · 2 件逾期未办结" == str(mail.mail["Subject"])
    for form in (mail.text(), mail.html()):
        for words in (
            first,
            second,
            "首次联系客户",
            "第五条(三)",
            "2026-10-20 09:10",
            "已超期 19 天",
            "催办单",
            "50 元",
        ):
            assert words in form, words
    assert "签字" in mail.text()
    assert "@page" in mail.html()


def test_a_case_is_urged_once_a_month(house: Story) -> None:
    """A second run for the month decides nothing; the next month urges again what is still open."""
    overdue(house)
    assert slips(house)
    assert set() == slips(house, at="2026-11-10 09:00")
    assert {("urge", "经理"), ("urge", "回访")} == slips(house, "2026-11", "2026-12-08 09:00")


def test_what_comes_later_is_on_a_form_of_its_own(house: Story) -> None:
    """A case that is found after the month's run is urged alone, and the others are not urged again."""
    overdue(house)
    slips(house)
    late = overdue(house, "2026-10-25 09:00", customer="李四")
    period = parse_period("monthly", "2026-10", house.deployment.zone)
    made = decide.decide(house.engine, house.deployment, period, house.at("2026-11-10 09:00"))
    assert {(late,)} == {one.cases for one in made if one.form == "urge"}


def test_two_runs_at_once_decide_once(house: Story) -> None:
    """Whoever is second finds everything decided."""
    overdue(house)
    found: list[set[tuple[str, str]]] = []
    threads = [threading.Thread(target=lambda: found.append(slips(house))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0, 4] == sorted(len(one) for one in found)
    with reading(house.engine) as connection:
        steps = connection.execute(select(escalations.c.rule).where(escalations.c.step == "slip")).all()
        urged = connection.execute(select(messages.c.id).where(messages.c.kind == "slip")).all()
    assert ["first-contact", "follow-up"] == sorted(row.rule for row in steps)
    assert 4 == len(urged)


def test_a_slip_is_on_record_with_the_case(house: Story) -> None:
    """Listed as an escalation with its recipients, and part of the case's story with its mails."""
    number = overdue(house)
    slips(house)
    with reading(house.engine) as connection:
        given = {"now": house.at(MADE), "case": number}
        steps = [row for row in rows(connection, house.deployment, "escalations", **given) if row["step"] == "slip"]
        mails = [row for row in rows(connection, house.deployment, "messages", **given) if row["kind"] == "slip"]
        clocks = told(connection, house.deployment, number, now=house.at(MADE)).clocks
    assert {"first-contact", "follow-up"} == {row["rule"] for row in steps}
    assert all("催办单 2026-10" in row["reason"] for row in steps)
    assert {"经理", "回访"} == {row["name"] for row in mails}
    fired = [step for clock in clocks for step in clock.fired if step.step == "slip"]
    assert all(step.messages for step in fired)


async def test_what_is_settled_before_it_leaves_is_not_urged(house: Story, server: ScriptedServer) -> None:
    """Closed meanwhile, taken in by a sweep or not: no form, and the record says why; another case still is."""
    number = overdue(house)
    other = overdue(house, "2026-10-21 09:00", customer="李四")
    slips(house)
    house.event(number, "closed", "2026-11-09 09:01")
    mail = (await sent(house, server, "2026-11-09 09:05"))["urge", "经理"]
    assert number not in mail.text()
    assert other in mail.text()
    assert "下列 2 项" in mail.text()


async def test_a_form_without_cases_is_dropped(house: Story, server: ScriptedServer) -> None:
    """Everything on it is settled."""
    number = overdue(house)
    slips(house)
    house.event(number, "closed", "2026-11-09 09:01")
    found = await sent(house, server, "2026-11-09 09:05")
    assert "urge" not in {form for form, _ in found}
    assert ("dropped", "事项均已办结 / everything on it is settled") == kept(house)["回访"]


async def test_a_deputy_gets_the_form_of_the_absent(house: Story, server: ScriptedServer) -> None:
    """And reads in whose stead."""
    overdue(house)
    house.away("经理", "2026-11-01 00:00", "2026-11-30 23:59")
    assert ("urge", "代理") in slips(house)
    assert "代 经理" in (await sent(house, server))["urge", "代理"].text()


# -- 洽办单 ----------------------------------------------------------------------------------------------------


async def test_a_case_closed_late_is_inquired_about(house: Story, server: ScriptedServer) -> None:
    """The manager of the late station reads which it was and by how much, with room for reason and measures."""
    number = closed_late(house)
    assert {("inquiry", "经理"), ("notice", "经理"), ("notice", "总经理")} == slips(house)
    mail = (await sent(house, server))["inquiry", "经理"]
    for form in (mail.text(), mail.html()):
        for words in (
            number,
            "首次联系客户",
            "晚 50 分钟",
            "期限 2026-10-20 09:10",
            "2026-10-20 10:00",
            "原因",
            "改进措施",
        ):
            assert words in form, words
    assert "跟踪电话" not in mail.text()


def test_the_manager_of_a_station_is_the_next_one_above(house: Story) -> None:
    """A revisit specialist's late call is asked of the service manager."""
    number = house.complaint("2026-10-20 09:00")
    house.event(number, "first_contact", "2026-10-20 09:05")
    house.event(number, "closed", "2026-10-21 09:00")
    house.replay("2026-10-20 09:00", "2026-11-09 08:59")
    assert {("inquiry", "客服")} == slips(house)


def test_an_inquiry_belongs_to_the_month_of_closing(house: Story) -> None:
    """Not to another month, and only once."""
    closed_late(house)
    assert not {form for form, _ in slips(house, "2026-09")} & {"inquiry"}
    assert ("inquiry", "经理") in slips(house)
    assert set() == slips(house)
    assert not {form for form, _ in slips(house, "2026-11", "2026-12-08 09:00")} & {"inquiry"}


def test_a_withdrawn_case_and_one_in_time_need_no_inquiry(house: Story) -> None:
    """Only what was closed and was late."""
    withdrawn = house.complaint("2026-10-20 09:00")
    house.event(withdrawn, "withdrawn", "2026-10-21 09:00")
    fine = house.complaint("2026-10-20 10:00", customer="李四")
    house.event(fine, "first_contact", "2026-10-20 10:05")
    house.event(fine, "follow_up", "2026-10-20 10:50")
    house.event(fine, "closed", "2026-10-21 09:00")
    house.replay("2026-10-20 09:00", "2026-11-09 08:59")
    assert set() == {one for one in slips(house) if one[0] == "inquiry"}


# -- 投诉延期处理申请 ------------------------------------------------------------------------------------------


async def test_a_request_is_put_before_whoever_approves(house: Story, server: ScriptedServer) -> None:
    """Case, reason, date and the clocks it would stop; once, and nothing once it is answered."""
    number = house.complaint("2026-11-09 09:00", phone="13812345678")
    house.event(number, "postponement_requested", "2026-11-09 09:05", until="2026-11-20", note="等配件，13812345678")
    house.sweep("2026-11-09 09:20")
    made = requests.decide(house.engine, house.deployment, house.at("2026-11-09 09:20"))
    assert ["总经理"] == [one.name for one in made]
    assert [] == requests.decide(house.engine, house.deployment, house.at("2026-11-09 09:50"))
    mail = (await sent(house, server, "2026-11-09 09:21"))["postponement", "总经理"]
    for form in (mail.text(), mail.html()):
        for words in (
            number,
            "投诉延期处理申请",
            "2026-11-20",
            "等配件，138****5678",
            "首次联系客户",
            "已超期 11 分钟",
        ):
            assert words in form, words
        assert "13812345678" not in form


async def test_an_answered_request_is_not_sent(house: Story, server: ScriptedServer) -> None:
    """The record says why."""
    number = house.complaint("2026-11-09 09:00")
    house.event(number, "postponement_requested", "2026-11-09 09:05", until="2026-11-20")
    requests.decide(house.engine, house.deployment, house.at("2026-11-09 09:06"))
    house.event(number, "postponement_refused", "2026-11-09 09:07", by="总经理")
    assert {} == await sent(house, server, "2026-11-09 09:08")
    assert ("dropped", "申请已答复 / the request has been answered") == kept(house)["总经理"]
    assert [] == requests.decide(house.engine, house.deployment, house.at("2026-11-09 10:00"))


# -- 奖罚通知单 ------------------------------------------------------------------------------------------------


async def test_a_notice_lists_the_penalties_of_the_month(house: Story, server: ScriptedServer) -> None:
    """The department its own with total, whoever approves those of all; of another month nothing."""
    number = overdue(house)
    overdue(house, "2026-10-21 09:00", department="采购部", level="crisis")
    overdue(house, "2026-11-02 09:00", customer="李四")
    slips(house)
    found = await sent(house, server)
    own, every = found["notice", "经理"], found["notice", "总经理"]
    for words in (number, "第五条(三)", "50 元", "到期 2026-10-20 09:10", "本月合计：50 元，0 分"):
        assert words in own.text(), words
    assert "采购部" not in own.text()
    for words in ("受罚：维修部", "受罚：采购部", "本月合计：80 元", "请核准"):
        assert words in every.text(), words
    assert "核准（总经理）" in own.html()


async def test_what_was_withdrawn_later_is_given_back(house: Story, server: ScriptedServer) -> None:
    """A penalty of October that falls in November stands on November's notice with its note."""
    number = overdue(house)
    slips(house)
    house.event(number, "first_contact", "2026-10-20 09:05", learned="2026-11-10 10:00")
    house.sweep("2026-11-10 10:00")
    assert ("notice", "经理") in slips(house, "2026-11", "2026-12-08 09:00")
    mails = await sent(house, server, "2026-12-08 09:00")
    text = mails["notice", "经理"].text()
    assert "退回以前月份：50 元" in text
    assert "-50 元" in text
    assert "本月合计：0 元" in text


async def test_a_notice_whose_penalties_all_fell_is_dropped(house: Story, server: ScriptedServer) -> None:
    """Withdrawn between decision and sending."""
    overdue(house)
    slips(house)
    with writing(house.engine) as connection:
        connection.execute(penalties.update().values(withdrawn_at=house.at("2026-11-09 09:01")))
    found = await sent(house, server, "2026-11-09 09:05")
    assert "notice" not in {form for form, _ in found}


async def test_what_is_over_the_cap_is_carried_over(house: Story, server: ScriptedServer) -> None:
    """With a cap of 80 yuan a month: 150 new, 80 charged, 70 carried into November, which has its notice for them."""
    for hour in (9, 10, 11):
        overdue(house, f"2026-10-20 {hour:02d}:00", customer=str(hour))
    capped = {"penalty_cap_month": 80.0}
    slips(house, **capped)
    house.deployment = house.deployment.changed(**capped)
    text = (await sent(house, server))["notice", "经理"].text()
    assert "本月合计：150 元" in text
    assert "上月结转 0 元，本月执行 80 元，结转下月 70 元" in text
    assert ("notice", "经理") in slips(house, "2026-11", "2026-12-08 09:00")
    server.accepted.clear()
    text = (await sent(house, server, "2026-12-08 09:00"))["notice", "经理"].text()
    assert "上月结转 70 元，本月执行 70 元，结转下月 0 元" in text


def test_a_person_is_told_with_their_manager(house: Story) -> None:
    """Charged to a person: the person, and the manager of the person's department."""
    number = overdue(house)
    with writing(house.engine) as connection:
        key = connection.scalar(select(cases.c.id).where(cases.c.number == number))
        connection.execute(penalties.update().values(who="回访"))
        assert key
    assert {("notice", "回访"), ("notice", "总经理")} == {one for one in slips(house) if one[0] == "notice"}


# -- the schedule ----------------------------------------------------------------------------------------------


def test_the_day_is_moved_to_a_working_day(house: Story) -> None:
    """The 8th of November is a Sunday: the slips of October are made on Monday, once."""
    overdue(house)
    deployment = house.deployment
    assert [] == planned.make(house.engine, deployment, house.at("2026-11-09 08:59"))
    made = planned.make(house.engine, deployment, house.at("2026-11-09 09:00"))
    assert {"urge", "notice"} == {str(one.form) for one in made}
    assert [] == planned.make(house.engine, deployment, house.at("2026-11-09 09:30"))


def test_missed_months_are_made_up_for(house: Story) -> None:
    """After downtime each missed month has its slips; a fresh deployment begins with the newest."""
    overdue(house)
    planned.make(house.engine, house.deployment, house.at(MADE))
    due = planned.due(house.engine, house.deployment, house.at("2027-02-22 09:00"))
    assert ["2026-11", "2026-12", "2027-01"] == [month.label for month in due]


def test_slips_can_be_switched_off(house: Story) -> None:
    """Requests for postponement still come before their approver."""
    overdue(house)
    deployment = house.deployment.changed(slips="off")
    assert [] == planned.make(house.engine, deployment, house.at(MADE))


async def test_html_from_outside_does_nothing(story: Story, server: ScriptedServer) -> None:
    """Names, departments and reasons are escaped on every form."""
    evil = "<script>alert(1)</script>"
    story.person("经理", "department_manager", department=evil)
    story.person("总<b>", "general_manager", department="总部")
    number = story.complaint("2026-10-20 09:00", customer=evil, handler=evil, department=evil, category=evil)
    story.event(number, "postponement_requested", "2026-10-20 09:05", until=evil, note=evil)
    story.replay("2026-10-20 09:00", "2026-11-09 08:59")
    slips(story)
    requests.decide(story.engine, story.deployment, story.at(MADE))
    found = await sent(story, server)
    assert {"urge", "postponement", "notice"} == {form for form, _ in found}
    for mail in found.values():
        assert "<script" not in mail.html()
        assert "总<b>" not in mail.html()


async def test_english_people_read_english(story: Story, server: ScriptedServer) -> None:
    """Every form in the reader's language."""
    story.person("Ann", "department_manager", "general_manager", language="en")
    number = story.complaint("2026-10-20 09:00")
    story.complaint("2026-10-20 08:00", customer="李四")
    story.event(number, "postponement_requested", "2026-10-20 09:05", until="2026-12-01", note="parts")
    done = story.complaint("2026-10-22 09:00")
    story.event(done, "first_contact", "2026-10-22 10:00")
    story.event(done, "closed", "2026-10-23 10:00")
    story.replay("2026-10-20 08:00", "2026-11-09 08:59")
    slips(story)
    requests.decide(story.engine, story.deployment, story.at(MADE))
    found = await sent(story, server)
    assert {"urge", "inquiry", "postponement", "notice"} == {form for form, _ in found}
    for mail in found.values():
        text = mail.text() + mail.html()
        assert not any(word in text for word in ("您", "请", "逾期", "部门"))
