"""Stories about what is forbidden, counted and approved: gates, counters, approvals, cases of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models.errors import RefusedError, UsageError
from models.store.database import reading, writing
from models.store.schema import cases, deadlines, derived_events, events, penalties
from tasks.intake.answers import answer
from tasks.intake.by_hand import open_by_hand
from tasks.record.recording import append_event
from tasks.views.explain import story as explained
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from tests.support.story import Story

PACK = (Path(__file__).parents[1] / "models" / "packs" / "house-rules.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _house(story: Story) -> None:
    story.house()
    story.regulation("house-rules", PACK)


def opened(story: Story, event: str, at: str, **fields: str) -> str:
    """A case opened by hand under these rules."""
    given = {"regulation": "house-rules", "department": "维修部", **fields}
    moment = story.at(at)
    with writing(story.engine) as connection:
        return open_by_hand(
            connection, story.deployment, event, at=moment, by=None, fields=given, now=moment, provenance=AT_HAND
        ).number


def said(story: Story, number: str, name: str, at: str, by: str | None, **fields: str) -> bool:
    """Somebody records an event."""
    moment = story.at(at)
    with writing(story.engine) as connection:
        given = {"number": number, "name": name, "at": moment, "by": by, "fields": fields}
        return append_event(connection, story.deployment, **given, now=moment, provenance=AT_HAND)


def noted(story: Story, number: str) -> list[tuple[str, object]]:
    """What counters noted on a case, with the count."""
    table = derived_events.c
    query = (
        select(table.name, table.fields, table.retracted_at)
        .join(cases, cases.c.id == table.case_id)
        .where(cases.c.number == number)
        .order_by(table.id)
    )
    with reading(story.engine) as connection:
        rows = [row for row in connection.execute(query) if "counter" in row.fields]
    return [("retracted" if row.retracted_at else row.name, row.fields["count"]) for row in rows]


def test_an_event_waits_for_another(story: Story) -> None:
    """What has to happen before is named in the refusal; afterwards it passes."""
    case = opened(story, "registered", "2026-11-02 09:00")
    with pytest.raises(RefusedError, match=r"第一条.*pledge-first"):
        story.event(case, "started_work", "2026-11-02 10:00")
    story.event(case, "pledged", "2026-11-02 11:00")

    assert story.event(case, "started_work", "2026-11-02 11:00")
    with pytest.raises(RefusedError, match="第一条"):
        story.event(case, "started_work", "2026-11-02 10:59:59", learned="2026-11-03 09:00")


def test_a_fact_that_a_gate_forbids_is_flagged(story: Story) -> None:
    """Another program inserted it: whoever the gate names is told."""
    case = opened(story, "registered", "2026-11-02 09:00")
    story.fact(case, "started_work", "2026-11-02 10:00")
    story.sweep("2026-11-02 10:01")

    assert {"general_manager/总经理"} == story.told(case, "pledge-first", "opens")


def test_one_kind_of_case_waits_for_another(story: Story) -> None:
    """Nobody leaves with open loans: `leaving` opens a case of kind staff, the loans are counted over all cases."""
    loan = opened(story, "borrowed", "2026-11-02 09:00", item="图册", borrower="经办")
    leaving = opened(story, "leaving", "2026-11-03 09:00", borrower="经办")
    with pytest.raises(RefusedError, match="第二条"):
        story.event(leaving, "cleared", "2026-11-03 10:00")
    story.event(loan, "returned", "2026-11-03 11:00")

    assert story.event(leaving, "cleared", "2026-11-03 11:00")


def test_a_department_is_suspended_while_one_of_its_loans_is_late(story: Story) -> None:
    """Two days late block everybody of the department; another department goes on."""
    opened(story, "borrowed", "2026-11-02 09:00", item="图册", borrower="经办")

    opened(story, "borrowed", "2026-11-13 23:00", item="图纸", borrower="经理")
    with pytest.raises(RefusedError, match="第三条"):
        opened(story, "borrowed", "2026-11-14 08:00", item="底图", borrower="经理")
    assert opened(story, "borrowed", "2026-11-14 08:00", item="底图", borrower="客服", department="客服部")


def test_a_window_refuses_what_is_early_and_records_what_is_late(story: Story) -> None:
    """Renewed in the last three days; later it is a fact like any other, and somebody is told of it."""
    loan = opened(story, "borrowed", "2026-11-02 09:00", item="图册", borrower="经办")
    with pytest.raises(RefusedError, match="第四条"):
        story.event(loan, "renewed", "2026-11-08 23:59")
    assert story.event(loan, "renewed", "2026-11-09 00:00")
    with pytest.raises(RefusedError, match="第五条"):
        story.event(loan, "shared", "2026-11-12 23:59")
    assert story.event(loan, "shared", "2026-11-13 00:00")
    story.sweep("2026-11-13 00:01")
    assert {} == story.steps(loan, "renew-window")
    assert story.event(loan, "renewed", "2026-11-13 00:02")
    story.sweep("2026-11-13 00:03")
    assert {"general_manager/总经理"} == story.told(loan, "renew-window", "opens")


def test_a_condition_may_ask_for_what_the_request_says(story: Story) -> None:
    """Ten days and more need the general manager, whoever says so; fewer are nobody's decision."""
    long, short = (opened(story, "registered", f"2026-11-02 09:0{n}") for n in range(2))
    for number, days in ((long, "10"), (short, "9")):
        said(story, number, "asked_longer", "2026-11-02 10:00", "经办", days=days)
    with pytest.raises(RefusedError, match="第十三条"):
        said(story, long, "longer_granted", "2026-11-02 11:00", "经办")

    assert said(story, long, "longer_granted", "2026-11-02 11:00", "总经理")
    assert said(story, short, "longer_granted", "2026-11-02 11:00", "经办")


def test_a_gate_asks_a_counter(story: Story) -> None:
    """The third visit in a month by phone is refused; a figure that nobody has set forbids nothing."""
    for day in ("02", "20"):
        opened(story, "registered", f"2026-11-{day} 09:00", customer="张三", channel="phone")
    with pytest.raises(RefusedError, match="第六条"):
        opened(story, "registered", "2026-12-01 09:00", customer="张三", channel="phone")
    assert opened(story, "registered", "2026-12-02 09:00", customer="张三", channel="phone")


def test_a_rung_is_told_and_charged_once(story: Story) -> None:
    """The second complaint of the month costs 100, the third raises its case; the fourth does nothing."""
    numbers = [
        opened(story, "registered", f"2026-11-0{day} 09:00", handler="经办", customer=f"客户{day}")
        for day in range(2, 6)
    ]
    story.sweep("2026-11-06 09:00")
    story.sweep("2026-11-06 09:01")

    assert [[], [("counted", 2)], [("raised", 3)], []] == [noted(story, number) for number in numbers]
    assert {"service_manager/客服"} == story.told(numbers[1], "complaints-1", "opens")
    assert [("complaints-1", 100.0, False)] == story.penalties(numbers[1])
    assert {"general_manager/总经理"} == story.told(numbers[2], "complaints-2", "opens")
    with reading(story.engine) as connection:
        levels = select(cases.c.level).order_by(cases.c.opened_at)
        assert ["minor", "minor", "grave", "minor"] == list(connection.scalars(levels))


def test_a_month_begins_anew(story: Story) -> None:
    """What happened on the last day of the month does not count on the first of the next."""
    opened(story, "registered", "2026-11-30 23:59", handler="经办")
    second = opened(story, "registered", "2026-12-01 00:00", handler="经办", customer="李四")
    story.sweep("2026-12-02 09:00")

    assert [] == noted(story, second)


def test_a_complaint_that_becomes_known_late_moves_the_rung(story: Story) -> None:
    """The count is that of the record: the fine stands where the second one was, and is withdrawn where it was not."""
    opened(story, "registered", "2026-11-02 09:00", handler="经办")
    second = opened(story, "registered", "2026-11-10 09:00", handler="经办", customer="李四")
    story.sweep("2026-11-10 09:01")
    assert [("complaints-1", 100.0, False)] == story.penalties(second)
    between = opened(story, "registered", "2026-11-05 09:00", handler="经办", customer="王五")
    story.sweep("2026-11-11 09:00")

    assert [("complaints-1", 100.0, True)] == story.penalties(second)
    assert [("complaints-1", 100.0, False)] == story.penalties(between)
    assert [("counted", 2)] == noted(story, between)
    assert {"raised", "retracted"} == {name for name, _ in noted(story, second)}
    assert ["opens"] == list(story.steps(second, "complaints-1"))


def test_a_replay_and_a_late_sweep_note_the_same(story: Story) -> None:
    """Whether a sweep ran at every instant or once at the end."""
    for day in range(2, 6):
        opened(story, "registered", f"2026-11-0{day} 09:00", handler="经办", customer=f"客户{day}")
    story.replay("2026-11-01 00:00", "2026-11-07 00:00")
    with reading(story.engine) as connection:
        told = select(derived_events.c.name, derived_events.c.at).order_by(derived_events.c.at)
        assert [("counted", story.at("2026-11-03 09:00")), ("raised", story.at("2026-11-04 09:00"))] == [
            tuple(row) for row in connection.execute(told)
        ]
        assert 1 == len(connection.execute(select(penalties)).all())


def test_who_may_approve_hangs_on_the_amount(story: Story) -> None:
    """A small sum is the service manager's, a large one the general manager's; somebody else is refused by article."""
    case = opened(story, "registered", "2026-11-02 09:00")
    with pytest.raises(RefusedError, match=r"尚未批准.*第十条.*compensation"):
        story.event(case, "paid", "2026-11-02 10:00")
    story.event(case, "asked_money", "2026-11-02 11:00", amount="500")
    with pytest.raises(RefusedError, match=r"经办 无权审批.*客服.*第十条"):
        said(story, case, "granted", "2026-11-02 12:00", "经办")
    with pytest.raises(RefusedError, match="--by"):
        said(story, case, "granted", "2026-11-02 12:00", None)
    assert said(story, case, "granted", "2026-11-02 12:00", "客服")
    assert story.event(case, "paid", "2026-11-02 13:00")
    story.event(case, "asked_money", "2026-11-03 09:00", amount="5000")
    with pytest.raises(RefusedError, match="总经理 may"):
        said(story, case, "granted", "2026-11-03 10:00", "客服")
    with pytest.raises(RefusedError, match="尚未批准"):
        story.event(case, "paid", "2026-11-03 11:00")
    assert said(story, case, "denied", "2026-11-03 12:00", "总经理")
    with pytest.raises(RefusedError, match="尚未批准"):
        story.event(case, "paid", "2026-11-03 13:00")
    with pytest.raises(RefusedError, match="nothing waits"):
        said(story, case, "granted", "2026-11-03 14:00", "总经理")


def test_a_decision_has_a_clock(story: Story) -> None:
    """The approver is asked at once, and somebody hears when it is late."""
    case = opened(story, "registered", "2026-11-02 09:00")
    story.event(case, "asked_money", "2026-11-02 11:00", amount="500")
    story.replay("2026-11-02 09:00", "2026-11-06 00:00")
    rule = "compensation-service-manager"

    assert {"opens": "2026-11-02 11:00:00", "due": "2026-11-04 09:00:00"} == story.steps(case, rule)
    assert {"service_manager/客服"} == story.told(case, rule, "opens")
    assert {"general_manager/总经理"} == story.told(case, rule, "due")
    assert "breached" == story.deadline(case, rule).state
    said(story, case, "granted", "2026-11-06 09:00", "客服")
    story.sweep("2026-11-06 09:00")
    assert "late" == story.deadline(case, rule).state


def test_a_deputy_decides_while_the_holder_is_away(story: Story) -> None:
    """And nobody but the holder when the holder is there."""
    case = opened(story, "registered", "2026-11-02 09:00")
    story.event(case, "asked_money", "2026-11-02 11:00", amount="500")
    with pytest.raises(RefusedError, match="客服代理 无权审批"):
        said(story, case, "granted", "2026-11-02 12:00", "客服代理")
    story.away("客服", "2026-11-03 00:00", "2026-11-04 00:00")
    assert said(story, case, "granted", "2026-11-03 12:00", "客服代理")


def test_signatures_come_in_turn(story: Story) -> None:
    """The general manager is asked when the service manager has signed; one signature alone opens nothing."""
    case = opened(story, "registered", "2026-11-02 09:00")
    story.event(case, "asked_sign", "2026-11-02 10:00")
    with pytest.raises(RefusedError, match="总经理 无权审批"):
        said(story, case, "signed", "2026-11-02 11:00", "总经理")
    said(story, case, "signed", "2026-11-02 12:00", "客服")
    with pytest.raises(RefusedError, match="尚未批准"):
        story.event(case, "archived", "2026-11-02 12:30")
    story.sweep("2026-11-02 12:30")
    assert {"opens": "2026-11-02 12:00:00"} == story.steps(case, "signatures-general-manager")
    said(story, case, "signed", "2026-11-02 13:00", "总经理")

    assert story.event(case, "archived", "2026-11-02 13:30")
    story.sweep("2026-11-02 13:30")
    with reading(story.engine) as connection:
        states = select(deadlines.c.rule, deadlines.c.state).where(deadlines.c.rule.like("signatures-%"))
        assert {("signatures-service-manager", "met"), ("signatures-general-manager", "met")} == {
            tuple(row) for row in connection.execute(states)
        }


def test_what_happened_without_approval_is_flagged(story: Story) -> None:
    """An imported payment that nobody approved: the approvers are told."""
    case = opened(story, "registered", "2026-11-02 09:00")
    story.fact(case, "paid", "2026-11-02 10:00")
    story.sweep("2026-11-02 10:01")

    assert {"service_manager/客服", "general_manager/总经理"} == story.told(case, "compensation-guard", "opens")


def test_cases_of_two_kinds_that_say_the_same_are_two(story: Story) -> None:
    """Somebody leaves and borrows at one instant; the same again is known."""
    first = opened(story, "leaving", "2026-11-02 09:00", borrower="经办")
    again = opened(story, "leaving", "2026-11-02 09:00", borrower="经办")
    other = opened(story, "leaving", "2026-11-02 09:00", borrower="经理")

    assert first == again
    assert first != other
    with reading(story.engine) as connection:
        assert {"staff"} == set(connection.scalars(select(cases.c.kind)))


def test_an_answer_finds_its_question(story: Story) -> None:
    """`duban approve` answers what somebody may decide; of several it has to be told which."""
    case = opened(story, "registered", "2026-11-02 09:00")

    def answered(by: str | None, *, which: str | None = None, approve: bool = True) -> tuple[str, str]:
        now = story.at("2026-11-02 12:00")
        with writing(story.engine) as connection:
            done = answer(
                connection,
                story.deployment,
                case,
                approve=approve,
                by=by,
                which=which,
                remark="好",
                now=now,
                provenance=AT_HAND,
            )
        return done.question, done.event

    with pytest.raises(RefusedError, match="nothing waits"):
        answered("总经理")
    story.event(case, "asked_money", "2026-11-02 10:00", amount="500")
    story.event(case, "asked_sign", "2026-11-02 10:30")
    with pytest.raises(UsageError, match="say which, compensation, signatures"):
        answered("客服")
    assert ("compensation", "granted") == answered("客服", which="compensation")
    with pytest.raises(RefusedError, match=r"总经理 无权审批.*第十一条"):
        answered("总经理")
    assert ("signatures", "rejected") == answered("客服", approve=False)
    story.event(case, "postponement_requested", "2026-11-02 11:00", until="2026-12-01")
    assert ("postponement", "postponement_approved") == answered("总经理")
    with reading(story.engine) as connection:
        granted = select(events.c.fields).where(events.c.name == "postponement_approved")
        assert {"until": "2026-12-01", "note": "好"} == connection.scalar(granted)


def test_explain_names_the_request(story: Story) -> None:
    """The clock of an approver started with what asked for the decision."""
    case = opened(story, "registered", "2026-11-02 09:00")
    story.event(case, "asked_sign", "2026-11-02 10:00")
    story.sweep("2026-11-02 10:00")
    with reading(story.engine) as connection:
        told = explained(connection, story.deployment, case, now=story.at("2026-11-02 10:00"))
    started = {clock.rule: clock.started for clock in told.clocks}
    asked = started["signatures-service-manager"]
    assert asked is not None
    assert ("asked_sign", "event") == (asked.event, asked.why)
