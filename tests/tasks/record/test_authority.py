"""Who may not decide, decides nothing, through any door; the record says who said it, by which door, how certainly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from flows.letters import WRITERS
from models.errors import DubanError, RefusedError
from models.store.database import reading, writing
from models.store.schema import events, messages, people, refusals
from tasks.delivery.deliver import deliver
from tasks.intake.answers import answer
from tasks.intake.by_hand import append_by_hand
from tasks.record.cases import history, row_of
from tasks.record.provenance import Channel, Provenance
from tests.support.hand import AT_HAND
from tests.support.smtp import ScriptedServer
from tests.support.story import Story, address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

PACK = """regulation: house-rules
kind: complaint
title: {zh: 内部规定, en: House rules}
description: {zh: 客服经理结案，部门经理批准赔偿。, en: "The service manager closes, the manager agrees to payments."}
levels: {dissatisfied: {zh: 不满意, en: dissatisfied}, major: {zh: 重大投诉, en: major}}
roles:
  handler: {person: handler, above: department_manager}
  department_manager: {of_department: true, above: service_manager}
  service_manager: {above: general_manager}
  general_manager: {above: operations}
events:
  payment_asked: {zh: 申请赔偿, en: payment asked for}
  payment_agreed: {zh: 同意赔偿, en: payment agreed}
  payment_refused: {zh: 不同意赔偿, en: payment refused}
  released: {zh: 放行, en: released}
approvals:
  - id: payment
    cite: {article: 第七条}
    title: {zh: 批准赔偿, en: Agree to the payment}
    request: payment_asked
    by: [department_manager]
    approve: payment_agreed
    refuse: payment_refused
authorities:
  - id: closing
    cite: {article: 第九条}
    title: {zh: 客服经理结案, en: The service manager closes}
    events: [closed]
    by: [service_manager]
  - id: release
    cite: {article: 第十条}
    title: {zh: 重大投诉由总经理放行, en: The general manager releases major complaints}
    events: [released]
    by: [general_manager]
    when: {level: major}
rules:
  - id: answer
    cite: {article: 第三条}
    title: {zh: 答复客户, en: Answer}
    start: registered
    stop: result_returned
    within: PT72H
    responsible: handler
    escalate:
      - {after: PT0S, to: handler}
"""
OPENED = "2026-11-02 09:00"


@pytest.fixture
def house(engine: Engine, deployment: Deployment) -> Story:
    """An organisation under rules that name who decides; two people called 张伟; somebody for operations."""
    story = Story(engine, deployment)
    story.regulation("house-rules", PACK)
    story.house()
    story.person("运维", "operations", department="总部")
    story.person("张伟", department="销售部")
    with writing(engine) as connection:
        twin = {"name": "张伟", "email": "zhang2@example.com", "department": "配件部", "language": "zh"}
        connection.execute(people.insert().values(**twin))
    return story


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A real SMTP server."""
    with ScriptedServer() as listening:
        yield listening


@pytest.fixture
def number(house: Story) -> str:
    """A major complaint of the workshop."""
    return house.complaint(OPENED, regulation="house-rules")


def names(house: Story, number: str) -> list[str]:
    """The events on record that count, in order."""
    with reading(house.engine) as connection:
        return [event.name for event in history(connection, row_of(connection, number).id)]


WRONG = ["经办", "馆员", "张伟", "nobody", "经理@example.com", "", "运维"]
DECISIONS = [
    ("closed", {}, "第九条"),
    ("released", {}, "第十条"),
    ("payment_agreed", {}, "第七条"),
    ("payment_refused", {}, "第七条"),
    ("postponement_approved", {"until": "2026-11-09"}, "DUBAN_POSTPONEMENT_APPROVER"),
    ("postponement_refused", {}, "DUBAN_POSTPONEMENT_APPROVER"),
]
RIGHT = {
    "closed": "客服",
    "released": "总经理",
    "payment_agreed": "经理",
    "payment_refused": "经理",
    "postponement_approved": "总经理",
    "postponement_refused": "总经理",
}


def asked(house: Story, number: str) -> None:
    """The handler asks for everything that can be asked for."""
    house.event(number, "payment_asked", "2026-11-02 10:00", by="经办")
    house.event(number, "postponement_requested", "2026-11-02 10:00", by="经办", until="2026-11-09")


def wrong_for(name: str) -> list[str]:
    """People who may not, and words that mean nobody or several."""
    return [by for by in WRONG if by != RIGHT[name]]


@pytest.mark.parametrize(("name", "fields", "article"), DECISIONS)
def test_the_wrong_person_decides_nothing_at_the_command_line(
    house: Story, number: str, name: str, fields: dict[str, str], article: str
) -> None:
    """Each decision by each wrong person: one line with the article, and nothing on record; then the right one."""
    asked(house, number)
    before = names(house, number)
    for by in wrong_for(name):
        with pytest.raises(RefusedError, match=article) as refusal:
            house.event(number, name, "2026-11-02 11:00", by=by or None, **fields)
        assert "\n" not in str(refusal.value)
        assert before == names(house, number)
    house.event(number, name, "2026-11-02 11:00", by=RIGHT[name], **fields)
    assert [*before, name] == names(house, number)


@pytest.mark.parametrize(("name", "fields", "article"), DECISIONS)
def test_a_file_decides_nothing_by_the_wrong_person(
    house: Story, number: str, name: str, fields: dict[str, str], article: str
) -> None:
    """The row is refused with the article; operations hear of it once, however often the file comes in."""
    asked(house, number)
    before = names(house, number)
    until = fields.get("until", "")
    rows = "".join(f"{number},{name},2026-11-02 11:00,{by},{until}\n" for by in wrong_for(name) if by)
    for _ in range(2):
        report = house.imported("events", f"case,event,at,by,until\n{rows}", "2026-11-02 12:00")
        assert (0, rows.count("\n")) == (report.accepted, report.rejected)
    assert article in (report.rejected_file or pytest.fail("no file")).read_text("utf-8-sig")
    assert before == names(house, number)
    house.sweep("2026-11-02 12:01")
    house.sweep("2026-11-02 12:10")
    told = [subject for kind, subject in subjects(house) if kind == "refusal"]
    assert [f"【督办·异常】{rows.count(chr(10))} 项决定不作数：{number}"] == told

    right = f"case,event,at,by,until\n{number},{name},2026-11-02 11:00,{RIGHT[name]},{until}\n"
    assert 1 == house.imported("events", right, "2026-11-02 13:00").accepted
    assert [*before, name] == names(house, number)


def subjects(house: Story) -> list[tuple[str, str]]:
    """Kind and subject of every mail in the outbox."""
    with reading(house.engine) as connection:
        query = select(messages.c.kind, messages.c.subject).order_by(messages.c.created_at)
        return [(row.kind, row.subject) for row in connection.execute(query)]


@pytest.mark.parametrize(("name", "fields", "article"), DECISIONS)
def test_a_row_of_another_program_decides_nothing_by_the_wrong_person(
    house: Story, number: str, name: str, fields: dict[str, str], article: str
) -> None:
    """It stays on record with the reason, counts for nothing, and whatever it says of its channel is overwritten."""
    asked(house, number)
    house.sweep("2026-11-02 10:30")
    before = names(house, number)
    for place, by in enumerate(wrong_for(name)):
        inserted(house, number, name, f"2026-11-02 11:{place:02}", by, fields)
    house.sweep("2026-11-02 12:00")

    assert before == names(house, number)
    with reading(house.engine) as connection:
        rows = connection.execute(select(events).where(events.c.name == name)).all()
    assert all(article in row.unauthorised for row in rows)
    assert {("insert", False, None)} == {(row.channel, row.verified, row.account) for row in rows}
    assert 1 == len([kind for kind, _ in subjects(house) if kind == "refusal"])

    inserted(house, number, name, "2026-11-02 12:30", RIGHT[name], fields)
    house.sweep("2026-11-02 13:00")
    assert [*before, name] == names(house, number)


def inserted(house: Story, number: str, name: str, at: str, by: str, fields: dict[str, str]) -> None:
    """Another program writes a row that pretends to be a verified answer."""
    with writing(house.engine) as connection:
        row: dict[str, Any] = {
            "case_id": row_of(connection, number).id,
            "name": name,
            "at": house.at(at),
            "by": by or None,
        }
        pretended = {"channel": "reply", "account": "gm@example.com", "verified": True}
        connection.execute(events.insert().values(**row, fields=fields, **pretended))


def test_what_is_inserted_grants_nothing_before_a_sweep_either(house: Story, number: str) -> None:
    """A forged answer is judged when the next event of the case is recorded: the request waits on."""
    asked(house, number)
    inserted(house, number, "payment_agreed", "2026-11-02 11:00", "经办", {})
    house.event(number, "payment_agreed", "2026-11-02 11:30", by="经理")
    assert 1 == names(house, number).count("payment_agreed")


def test_nobody_grants_what_they_asked_for(house: Story, number: str) -> None:
    """Where the only manager asks, the next level answers; a refusal of one's own is a withdrawal and goes in."""
    house.event(number, "payment_asked", "2026-11-02 10:00", by="经理")
    with pytest.raises(RefusedError, match=r"不能批准自己的申请.*客服.*第七条"):
        house.event(number, "payment_agreed", "2026-11-02 11:00", by="经理")
    house.event(number, "payment_agreed", "2026-11-02 11:00", by="客服")

    other = house.complaint("2026-11-02 09:30", regulation="house-rules", customer="李四")
    house.event(other, "payment_asked", "2026-11-02 10:00", by="经理")
    house.event(other, "payment_refused", "2026-11-02 11:00", by="经理")


def test_what_nobody_asked_for_is_not_granted(house: Story, number: str) -> None:
    """The general manager too waits for a request."""
    for name, by in (("payment_agreed", "经理"), ("postponement_approved", "总经理")):
        with pytest.raises(RefusedError, match="没有待审批的申请"):
            house.event(number, name, "2026-11-02 11:00", by=by, until="2026-11-09")


def test_an_authority_holds_where_the_text_says_so(house: Story) -> None:
    """An ordinary complaint is released by anybody; the deputy closes while the service manager is away."""
    number = house.complaint(OPENED, regulation="house-rules", level="dissatisfied")
    house.event(number, "released", "2026-11-02 10:00", by="回访")
    house.away("客服", "2026-11-01 00:00", "2026-11-05 00:00")
    with pytest.raises(RefusedError, match="第九条"):
        house.event(number, "closed", "2026-11-02 11:00", by="回访")
    house.event(number, "closed", "2026-11-02 11:00", by="客服代理")


def test_who_is_meant_is_one_person(house: Story, number: str) -> None:
    """A namesake is told apart by address, a stranger hears who may be meant; a post means its holder."""
    with pytest.raises(RefusedError, match=r"有 2 人.*zhang2@example\.com"):
        house.event(number, "first_contact", "2026-11-02 09:05", by="张伟")
    with pytest.raises(RefusedError, match="通讯录里没有 经办人甲"):
        house.event(number, "first_contact", "2026-11-02 09:05", by="经办人甲")
    house.event(number, "first_contact", "2026-11-02 09:05", by="zhang2@example.com")
    house.event(number, "follow_up", "2026-11-02 09:50", by=" 经 办 ")
    house.event(number, "released", "2026-11-02 10:00", by="总经理")
    with reading(house.engine) as connection:
        kept = dict(connection.execute(select(events.c.name, events.c.by)).tuples().all())
    assert ("zhang2@example.com", "经办", "总经理") == (kept["first_contact"], kept["follow_up"], kept["released"])


def test_history_may_name_people_who_left(house: Story, number: str) -> None:
    """By setting, what decides nothing is kept as it is written; a decision needs somebody known all the same."""
    own = house.deployment.changed(unknown_people="note")
    past = Story(house.engine, own)
    past.event(number, "first_contact", "2026-11-02 09:05", by="王大爷")
    with pytest.raises(RefusedError, match="第九条"):
        past.event(number, "closed", "2026-11-02 11:00", by="王大爷")


def test_an_event_of_another_kind_is_refused(house: Story, number: str) -> None:
    """Nobody returns a complaint or calls back a loan, by hand or by file."""
    loan = house.loan(OPENED)
    for case, name in ((number, "returned"), (number, "renewed"), (loan, "first_contact"), (loan, "revisited")):
        with pytest.raises(RefusedError, match="knows no event"):
            house.event(case, name, "2026-11-02 10:00")
        report = house.imported("events", f"case,event,at\n{case},{name},2026-11-02 10:00\n", "2026-11-02 12:00")
        assert (0, 1) == (report.accepted, report.rejected)


def test_where_only_verified_answers_decide_a_claim_does_not(house: Story, number: str) -> None:
    """The right name at the command line, in a form, a file or a row is not enough; an answer by mail is."""
    asked(house, number)
    strict = house.deployment.changed(approvals="verified")
    at, told = house.at("2026-11-02 11:00"), {"approve": True, "by": "总经理", "which": "postponement"}
    for channel in (Channel.CLI, Channel.FORM, Channel.RESUME):
        with writing(house.engine) as connection, pytest.raises(RefusedError, match="DUBAN_APPROVALS=verified"):
            answer(connection, strict, number, **told, now=at, provenance=Provenance(channel))
    row = f"case,event,at,by,until\n{number},postponement_approved,2026-11-02 11:00,总经理,2026-11-09\n"
    assert 1 == Story(house.engine, strict).imported("events", row, "2026-11-02 12:00").rejected
    inserted(house, number, "postponement_approved", "2026-11-02 11:00", "总经理", {"until": "2026-11-09"})
    Story(house.engine, strict).sweep("2026-11-02 12:00")
    assert "postponement_approved" not in names(house, number)

    by_mail = Provenance(Channel.REPLY, address("总经理"), "<1@example.com>", verified=True)
    with writing(house.engine) as connection:
        answer(connection, strict, number, **told, now=house.at("2026-11-02 12:30"), provenance=by_mail)
    assert "postponement_approved" == names(house, number)[-1]


def test_without_a_directory_nobody_decides(engine: Engine, deployment: Deployment) -> None:
    """What happened can be recorded; who may close is unknown while there are no people."""
    story = Story(engine, deployment)
    story.regulation("house-rules", PACK)
    number = story.complaint(OPENED, regulation="house-rules")
    story.event(number, "first_contact", "2026-11-02 09:05", by="张三")
    with pytest.raises(RefusedError, match=r"import.*directory.*第九条"):
        story.event(number, "closed", "2026-11-02 11:00", by="客服")


def test_closing_names_what_was_left_undone(house: Story) -> None:
    """The answer names the clocks that still ran, whoever is responsible is told once, and every clock ends."""
    number = house.complaint(OPENED)
    house.sweep("2026-11-02 09:00")
    at = house.at("2026-11-02 09:05")
    told: dict[str, Any] = {"by": "客服", "fields": {}, "now": at, "provenance": AT_HAND}
    with writing(house.engine) as connection:
        done = append_by_hand(connection, house.deployment, number, "closed", at=at, **told)
    assert ["first-contact", "follow-up"] == [one.rule for one in done.still_open]
    assert house.at("2026-11-02 09:10") == done.still_open[0].due_at

    house.sweep("2026-11-02 09:06")
    house.sweep("2026-11-02 18:00")
    told_of = [subject for kind, subject in subjects(house) if kind == "closing"]
    assert [f"【督办】案件 {number} 已结案，尚有 1 项未完成"] * 2 == told_of  # the manager and the revisit specialist
    assert "void" == house.deadline(number, "first-contact").state


def test_closing_late_is_history(house: Story) -> None:
    """What was closed more than a day before it was entered is on record; nobody is told of it now."""
    number = house.complaint(OPENED)
    house.event(number, "closed", "2026-11-02 09:05", learned="2026-11-09 09:00", by="客服")
    house.sweep("2026-11-09 09:01")
    assert not [kind for kind, _ in subjects(house) if kind == "closing"]


def test_a_refusal_is_told_with_its_place(house: Story, number: str) -> None:
    """Who imported which file and row stands in what operations read."""
    row = f"case,event,at,by\n{number},closed,2026-11-02 11:00,经办\n"
    house.imported("events", row, "2026-11-02 12:00")
    with reading(house.engine) as connection:
        one = connection.execute(select(refusals)).one()
    assert ("import", "经办", "closed") == (one.channel, one.by, one.event)
    assert "events.csv:2" == one.place


def test_a_mistyped_case_is_no_traceback(house: Story) -> None:
    """What there is no case for is one line."""
    with pytest.raises(DubanError, match="no case"):
        house.event("9999999", "closed", "2026-11-02 11:00", by="客服")


async def test_a_mail_says_who_decided_and_how_certainly(house: Story, number: str, server: ScriptedServer) -> None:
    """What was claimed at the command line is told as claimed, in the reader's language."""
    asked(house, number)
    house.event(number, "payment_agreed", "2026-11-02 11:00", by="经理")
    house.replay("2026-11-02 09:00", "2026-11-05 09:00")
    own = house.deployment.changed(smtp_host="127.0.0.1", smtp_port=server.port)
    await deliver(house.engine, own, WRITERS, now=lambda: house.at("2026-11-05 09:00"))
    [mail] = [one for one in server.accepted if "答复客户" in str(one.mail["Subject"])]
    assert "同意赔偿，经理（命令行，自报），2026-11-02 11:00" in mail.text()
