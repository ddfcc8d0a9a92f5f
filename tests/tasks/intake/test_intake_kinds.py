"""Every kind of case comes in by file, in the words of its regulation; what nobody has agreed to does not."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models.errors import RefusedError
from models.store.database import reading, writing
from models.store.schema import cases, events
from tasks.intake.by_hand import append_by_hand, open_by_hand
from tasks.organisation.deployment import Deployment
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from sqlalchemy import Row

    from tests.support.story import Story

PACK = """\
regulation: house
kind: petition
title: {zh: 综合管理办法, en: Rules of the house}
description: {zh: 试行, en: A trial.}
opening: registered
openings: {loan_requested: loan, lent: loan, advance_asked: advance, assigned: staff}
closing: [closed, withdrawn, returned]
roles:
  clerk: {zh: 办事员, en: clerk, person: handler, above: chief}
  chief: {zh: 主管, en: chief, above: operations}
events:
  loan_requested: {zh: 申请借阅, en: loan asked for}
  loan_approved: {zh: 批准借阅, en: loan approved}
  loan_refused: {zh: 不批准借阅, en: loan refused}
  advance_asked: {zh: 申请借支, en: advance asked for}
  assigned: {zh: 到岗, en: assigned}
  table_sent: {zh: 报表已交, en: table sent}
fields:
  urgency: {zh: 紧急程度, en: urgency, values: {urgent: {zh: 急件, en: urgent}, ordinary: {zh: 平件, en: ordinary}}}
  amount: {zh: 借支金额, en: amount, is: amount}
  persons: {zh: 来访人数, en: visitors, is: count}
  answer_by: {zh: 要求答复日, en: answer by, is: date}
  witness: {zh: 陪同人, en: witness, is: person}
  open_talk: {zh: 是否公开, en: open talk, is: yes_no}
  secrecy: {zh: 密级, en: secrecy class}
approvals:
  - id: secret-loan
    cite: {article: 第六条}
    title: {zh: 绝密资料借阅审批, en: Approval of a top secret loan}
    when: {secrecy: top_secret}
    request: loan_requested
    by: chief
    approve: loan_approved
    refuse: loan_refused
    guards: lent
duties:
  - {id: monthly-table, cite: {article: 第九条}, title: {zh: 月度报表, en: Monthly table}, every: month, day: 5,
     lead: P4D, responsible: clerk, each: clerk, stop: table_sent}
rules:
  - id: answer
    cite: {article: 第二条}
    title: {zh: 答复, en: Answer}
    start: registered
    stop: closed
    within: P5D
    responsible: clerk
"""


@pytest.fixture
def house(story: Story) -> Story:
    """An organisation with that regulation, a chief and two clerks."""
    story.regulation("house", PACK)
    names = ("regulation_petition", "regulation_loan", "regulations_in_force")
    story.deployment = Deployment(story.deployment.settings.model_copy(update=dict.fromkeys(names, "house")))
    story.person("主管", "chief", department="办公室")
    story.person("甲", "clerk", department="办公室")
    story.person("乙", "clerk", department="办公室")
    return story


def of(story: Story, number: str) -> Row[Any]:
    """A case as it stands."""
    with reading(story.engine) as connection:
        return connection.execute(select(cases).where(cases.c.number == number)).one()


def happened(story: Story, number: str) -> list[tuple[str, str | None]]:
    """What is on record of a case: events with whoever recorded them."""
    query = select(events.c.name, events.c.by).join(cases, cases.c.id == events.c.case_id)
    with reading(story.engine) as connection:
        rows = connection.execute(query.where(cases.c.number == number).order_by(events.c.at, events.c.id))
        return [(row.name, row.by) for row in rows]


def reasons(story: Story, what: str) -> list[str]:
    """Why rows were refused."""
    with (story.deployment.settings.home / f"{what}.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row[-1] for row in list(csv.reader(file))[1:]]


def test_a_petition_in_the_words_of_the_text(house: Story) -> None:
    """Chinese names of fields are headers, titles of values are cells; the record holds ids and plain figures."""
    text = (
        "编号,类型,受理时间,登记人,紧急程度,借支金额,来访人数,要求答复日,陪同人,是否公开,备查\n"
        "X1,信访,2026-11-02 09:00,甲,急件,五千元,3人,2026年11月9日,乙,是,柜3\n"
    )

    assert (1, 0, 0) == house.imported("cases", text, "2026-11-02 10:00")[:3]
    assert (0, 1, 0) == house.imported("cases", text, "2026-11-02 11:00")[:3]
    case = of(house, "X1")
    assert ("petition", "house") == (case.kind, case.regulation)
    assert {
        "recorded_by": "甲", "urgency": "urgent", "amount": "5000", "persons": "3", "answer_by": "2026-11-09",
        "witness": "乙", "open_talk": "yes", "备查": "柜3",
    } == case.fields  # fmt: skip
    assert [("registered", "甲")] == happened(house, "X1")


@pytest.mark.parametrize(
    ("header", "cell", "told"),
    [
        ("紧急程度", "火急", "请填 urgent 急件, ordinary 平件"),
        ("借支金额", "五千三", "不是金额"),
        ("来访人数", "几个", "不是整数"),
        ("要求答复日", "2月30日", "不是有效日期"),
        ("陪同人", "丙", "不在通讯录中"),
        ("是否公开", "看情况", "看不出是或否"),
        ("适用制度", "无此制度", "没有制度"),
        ("事项", "报表已交", "不能按制度 house 立案"),
        ("类型", "人情", "没有默认制度"),
    ],
)
def test_a_row_that_cannot_be_says_what_to_write(house: Story, header: str, cell: str, told: str) -> None:
    """The reason stands in the rejected file, with the header as the file writes it."""
    kind = "" if header in ("类型", "适用制度") else "house"
    named = "" if header == "适用制度" else ",适用制度"
    text = f"编号,受理时间,客户,{header}{named}\nX1,2026-11-02 09:00,张三,{cell}" + (f",{kind}\n" if named else "\n")

    report = house.imported("cases", text, "2026-11-02 10:00")

    assert (0, 1) == (report.accepted, report.rejected)
    assert told in reasons(house, "cases")[0]


def test_events_open_cases_that_nobody_knows(house: Story) -> None:
    """A second opening by `import events`, and what follows on the same number in the same file."""
    text = (
        "编号,事项,时间,经办人,适用制度,姓名\n"
        "S1,到岗,2026-11-02 09:00,主管,house,李四\n"
        "S1,closed,2026-11-03 09:00,甲,house,\n"
        "S2,closed,2026-11-03 09:00,甲,house,\n"
    )

    assert (2, 0, 1) == house.imported("events", text, "2026-11-04 10:00")[:3]
    assert "没有编号为“S2”的案件" in reasons(house, "events")[0]
    assert ("staff", {"姓名": "李四"}) == (of(house, "S1").kind, of(house, "S1").fields)
    assert [("assigned", "主管"), ("closed", "甲")] == happened(house, "S1")
    assert (0, 2, 1) == house.imported("events", text, "2026-11-04 11:00")[:3]


def test_an_opening_finds_its_regulation_by_itself(house: Story) -> None:
    """The event that opens a case of one default regulation needs no other word."""
    cases_file = "编号,时间,事项,借支金额\nA1,2026-11-02,申请借支,800元\n"

    assert (1, 0, 0) == house.imported("cases", cases_file, "2026-11-04 10:00")[:3]
    assert ("advance", {"amount": "800"}) == (of(house, "A1").kind, of(house, "A1").fields)


def test_a_later_row_says_more_of_the_same_case(house: Story) -> None:
    """In the words of the case's own regulation; a row without an event only amends, it lends nothing."""
    house.imported("cases", REQUEST.replace("绝密", "公开"), "2026-11-02 10:00")
    house.imported("cases", "编号,时间,事项,适用制度\nS1,2026-11-02,到岗,house\n", "2026-11-02 10:00")
    more = '编号,时间,借支金额\nL1,2026-11-02 09:00,九元\nS1,2026-11-02,"1,000元"\n'

    assert (2, 0, 0) == house.imported("cases", more, "2026-11-03 10:00")[:3]
    assert ("9", "1000") == (of(house, "L1").fields["amount"], of(house, "S1").fields["amount"])
    assert ["loan_requested", "amended"] == [name for name, _ in happened(house, "L1")]
    assert ["assigned", "amended"] == [name for name, _ in happened(house, "S1")]


REQUEST = "编号,时间,事项,资料名称,借阅人,密级\nL1,2026-11-02 09:00,申请借阅,图纸,甲,绝密\n"
LOAN = "编号,资料名称,借阅人,借出时间,密级,批准人,until\nL1,图纸,甲,2026-11-03 15:00,{secrecy},主管,2027-01-01\n"


@pytest.mark.parametrize("secrecy", ["绝密", "", "公开"])
def test_a_file_grants_no_consent(house: Story, secrecy: str) -> None:
    """Nobody takes what an approval guards by a file that says so, on a requested case or without any request."""
    house.imported("cases", REQUEST, "2026-11-02 10:00")

    assert (0, 1) == house.imported("loans", LOAN.format(secrecy=secrecy), "2026-11-03 16:00")[::2]
    assert "第六条" in reasons(house, "loans")[0]
    bare = LOAN.format(secrecy="绝密").replace("L1", "L2")
    assert (0, 1) == house.imported("loans", bare, "2026-11-03 16:00")[::2]
    taken = "编号,事项,时间,经办人\nL1,lent,2026-11-03 15:00,甲\n"
    assert (0, 1) == house.imported("events", taken, "2026-11-03 16:00")[::2]
    approved = "编号,事项,时间,经办人\nL1,批准借阅,2026-11-03 14:00,甲\n"
    assert (0, 1) == house.imported("events", approved, "2026-11-03 16:00")[::2]
    assert "甲 无权审批" in reasons(house, "events")[0]
    assert [("loan_requested", None)] == happened(house, "L1")


def test_what_was_agreed_to_is_lent_on_the_same_number(house: Story) -> None:
    """The request opens the case, who may approves, and the row of the loans file is the lending of that case."""
    house.imported("cases", REQUEST, "2026-11-02 10:00")
    approved = "编号,事项,时间,经办人\nL1,批准借阅,2026-11-03 14:00,主管\n"

    assert (1, 0, 0) == house.imported("events", approved, "2026-11-03 16:00")[:3]
    assert (0, 1, 0) == house.imported("events", approved, "2026-11-03 16:30")[:3]
    lent = LOAN.format(secrecy="绝密").replace("借出时间", "登记人,借出时间").replace("甲,2026", "甲,乙,2026")
    assert (1, 0, 0) == house.imported("loans", lent, "2026-11-03 17:00")[:3]
    assert (0, 1, 0) == house.imported("loans", lent, "2026-11-03 18:00")[:3]
    assert [("loan_requested", None), ("loan_approved", "主管"), ("lent", "乙")] == [
        one for one in happened(house, "L1") if one[0] != "amended"
    ]


def test_nobody_takes_it_by_hand_either(house: Story) -> None:
    """`record` refuses the lending until the one who may has agreed, and then takes it."""
    at, fields = house.at("2026-11-02 09:00"), {"资料名称": "图纸", "借阅人": "甲", "密级": "绝密"}
    with writing(house.engine) as connection, pytest.raises(RefusedError, match="第六条"):
        open_by_hand(connection, house.deployment, "lent", at=at, by="甲", fields=fields, now=at, provenance=AT_HAND)
    with writing(house.engine) as connection:
        asked = open_by_hand(
            connection, house.deployment, "申请借阅", at=at, by="甲", fields=fields, now=at, provenance=AT_HAND
        )
        given = {"deployment": house.deployment, "number": asked.number, "at": at, "fields": {}, "now": at}
        with pytest.raises(RefusedError, match="第六条"):
            append_by_hand(connection, event="lent", by="甲", **given, provenance=AT_HAND)  # type: ignore[arg-type]
        append_by_hand(connection, event="批准借阅", by="主管", **given, provenance=AT_HAND)  # type: ignore[arg-type]
        append_by_hand(connection, event="lent", by="乙", **given, provenance=AT_HAND)  # type: ignore[arg-type]
    assert [("loan_requested", "甲"), ("loan_approved", "主管"), ("lent", "乙")] == happened(house, asked.number)


def test_a_persons_duty_by_its_name(house: Story) -> None:
    """The duty's title and the person say which case is meant; of two that are open the period, or nobody can tell."""
    house.sweep("2026-10-20 09:00")
    house.replay("2026-10-20 09:00", "2026-12-03 09:00")
    text = "编号,事项,时间,经办人,期间\n{what},报表已交,2026-12-03 08:00,{by},{period}\n"

    both = text.format(what="月度报表", by="甲", period="")
    assert (0, 1) == house.imported("events", both, "2026-12-03 10:00")[::2]
    assert "monthly-table-2026-11-甲, monthly-table-2026-12-甲" in reasons(house, "events")[0]
    stranger = text.format(what="monthly-table", by="主管", period="2026-11")
    assert (0, 1) == house.imported("events", stranger, "2026-12-03 10:00")[::2]
    assert "没有属于“主管”" in reasons(house, "events")[0]
    named = text.format(what="monthly-table", by="甲", period="2026-11")
    assert (1, 0, 0) == house.imported("events", named, "2026-12-03 10:00")[:3]
    house.sweep("2026-12-03 10:00")
    assert (0, 1, 0) == house.imported("events", named, "2026-12-03 11:00")[:3]
    assert ("closed", "open") == (house.status("monthly-table-2026-11-甲"), house.status("monthly-table-2026-12-甲"))
    assert (1, 0, 0) == house.imported("events", both, "2026-12-03 12:00")[:3]
    assert "open" == house.status("monthly-table-2026-11-乙")


def test_a_duty_by_hand(house: Story) -> None:
    """`record` understands the duty's title as well."""
    house.sweep("2026-10-20 09:00")
    house.replay("2026-10-20 09:00", "2026-11-02 09:00")
    at = house.at("2026-11-02 09:30")
    with writing(house.engine) as connection:
        done = append_by_hand(
            connection, house.deployment, "月度报表", "报表已交", at=at, by="乙", fields={}, now=at, provenance=AT_HAND
        )
    assert "monthly-table-2026-11-乙" == done.number
