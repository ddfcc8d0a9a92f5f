"""Stories about what texts say besides a limit: who pays, which limit a fine hangs on, attempts, who recorded it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.errors import RefusedError
from models.store.database import writing
from tasks.record.recording import append_event, open_case
from tests.support.hand import AT_HAND
from tests.support.story import Story

if TYPE_CHECKING:
    from tasks.organisation.deployment import Deployment

PACK = """
regulation: texts
kind: complaint
title: {zh: 试用, en: Of texts}
description: {zh: 试用的制度。, en: A regulation to try things with.}
closing: [closed, withdrawn]
roles:
  finder: {zh: 发现人, en: finder, recorded: [registered, handed_over], above: service_manager}
  handler: {zh: 经办人, en: handler, person: handler, recorded: registered, above: service_manager}
  service_manager: {zh: 客服经理, en: service manager, above: operations}
events:
  sold: {zh: 售出, en: sold}
fields:
  money: {zh: 金额, en: money, is: amount}
gates:
  - {id: purse, cite: {article: 第一条}, title: {zh: 不超过三千元, en: Three thousand at most}, guards: registered,
     counts: open_cases, of: customer, quantity: money, at_most: 3000, when: {channel: letter}, flag: service_manager}
counters:
  - id: customers
    cite: {article: 第二条}
    title: {zh: 三家以上, en: Three customers}
    counts: registered
    of: product
    distinct: customer
    ladder: [{from: 3, to: service_manager}]
  - id: dear
    cite: {article: 第三条}
    title: {zh: 当月被投诉, en: Complaints of the month}
    counts: registered
    of: handler
    window: month
    highest: true
    ladder:
      - {at: 2, to: handler, penalty: {amount: 100, charged_to: handler}}
      - {at: 3, to: handler, penalty: {amount: 200, charged_to: handler}}
  - id: demerit
    cite: {article: 第四条}
    title: {zh: 书面警告后记过, en: A demerit after the written warning}
    counts: sold
    of: handler
    ladder: [{from: 2, requires: [agreement], to: service_manager}]
rules:
  - id: contact
    cite: {article: 第五条}
    title: {zh: 联系, en: Contact}
    start: registered
    stop: first_contact
    within: [{of: PT10M}, {of: PT30M, name: level}]
    responsible: finder
    penalty: {amount: 20, limit: level, charged_to: [finder, department]}
  - id: revisit
    cite: {article: 第六条}
    title: {zh: 回访, en: Revisit}
    start: result_returned
    stop: revisited
    within: P3D
    responsible: handler
    give_up: {after_attempts: 3, at_most: 5, at_once: {outcome: wrong_number}}
"""


@pytest.fixture
def told(engine: Any, deployment: Deployment) -> Story:
    """A house with this regulation."""
    story = Story(engine, deployment)
    story.house()
    story.regulation("texts", PACK)
    return story


def opened(story: Story, at: str, by: str | None = None, **fields: str) -> str:
    """A complaint that somebody records."""
    moment = story.at(at)
    given = {"customer": "张三", "content": f"异响 {at}", "department": "维修部", "handler": "经办", **fields}
    with writing(story.engine) as connection:
        return open_case(
            connection,
            story.deployment,
            kind="complaint",
            opened_at=moment,
            fields=given,
            regulation="texts",
            by=by,
            now=moment,
            provenance=AT_HAND,
        )


def said(story: Story, number: str, name: str, at: str, by: str) -> None:
    """Somebody records an event."""
    moment = story.at(at)
    event: dict[str, Any] = {"number": number, "name": name, "at": moment, "by": by, "fields": {}}
    with writing(story.engine) as connection:
        append_event(connection, story.deployment, **event, now=moment, provenance=AT_HAND)


def standing(story: Story, *numbers: str) -> list[tuple[str, float]]:
    """What stands against these cases."""
    every = (one for number in numbers for one in story.penalties(number))
    return sorted((rule, amount) for rule, amount, withdrawn in every if not withdrawn)


def test_a_fine_hangs_on_one_limit_of_two(told: Story) -> None:
    """Late after ten minutes, fined after thirty; each payer pays."""
    soon = opened(told, "2026-11-02 09:00")
    late = opened(told, "2026-11-02 09:00", content="另一件")
    told.event(soon, "first_contact", "2026-11-02 09:20")
    told.event(late, "first_contact", "2026-11-02 09:31")
    told.sweep("2026-11-02 10:00")

    assert ("late", "2026-11-02 09:10:00") == told.deadline(soon, "contact")[:2]
    assert [] == standing(told, soon)
    assert [("contact", 20), ("contact", 20)] == [one for one in standing(told, late) if one[0] == "contact"]


@pytest.mark.parametrize("often", [["2026-11-02 09:10", "2026-11-02 09:30", "2026-11-02 12:00"], ["2026-11-02 12:00"]])
def test_the_fine_comes_with_its_own_limit_whenever_sweeps_ran(told: Story, often: list[str]) -> None:
    """Nobody contacts the customer: nothing at ten minutes, the fine at thirty."""
    case = opened(told, "2026-11-02 09:00")
    for instant in often:
        told.sweep(instant)

    assert [("contact", 20), ("contact", 20)] == standing(told, case)


def test_whoever_recorded_the_event_is_the_person(told: Story) -> None:
    """The recorder is told first, then whoever handed it over; without a name the next level up."""
    case = opened(told, "2026-11-02 09:00", by="回访")
    nameless = opened(told, "2026-11-02 09:00", content="另一件")
    told.replay("2026-11-02 09:00", "2026-11-02 09:10")

    assert {"finder/回访"} == told.told(case, "contact", "due")
    assert {"service_manager/客服 for finder"} == told.told(nameless, "contact", "due")
    later = opened(told, "2026-11-02 10:00", by="回访", content="第三件")
    said(told, later, "handed_over", "2026-11-02 10:05", "经办")
    told.replay("2026-11-02 10:00", "2026-11-02 10:10")
    assert {"finder/经办"} == told.told(later, "contact", "due")


def test_who_is_named_goes_before_who_recorded_it(told: Story) -> None:
    """The file names the handler; where it does not, whoever recorded the complaint is the one."""
    named = opened(told, "2026-11-02 09:00", by="回访")
    unnamed = opened(told, "2026-11-02 09:00", by="回访", content="另一件", handler="")
    for case in (named, unnamed):
        told.event(case, "result_returned", "2026-11-02 10:00")
    told.replay("2026-11-02 09:00", "2026-11-06 12:00")

    assert {"handler/经办"} == told.told(named, "revisit", "due")
    assert {"handler/回访"} == told.told(unnamed, "revisit", "due")


def test_a_case_is_not_closed_before_the_attempts_are_made(told: Story) -> None:
    """Three attempts, or the contact itself; a wrong number is enough. Withdrawn it may be at any time."""
    case = opened(told, "2026-11-02 09:00")
    told.event(case, "result_returned", "2026-11-02 10:00")
    for hour in ("11", "12"):
        told.event(case, "unreachable", f"2026-11-02 {hour}:00")
    with pytest.raises(RefusedError, match=r"满 3 次.*第六条.*revisit"):
        told.event(case, "closed", "2026-11-02 12:30")
    told.event(case, "unreachable", "2026-11-02 13:00")
    assert told.event(case, "closed", "2026-11-02 13:30")

    other = opened(told, "2026-11-02 09:00", content="另一件")
    told.event(other, "result_returned", "2026-11-02 10:00")
    told.event(other, "unreachable", "2026-11-02 11:00", outcome="wrong_number")
    assert told.event(other, "closed", "2026-11-02 11:30")
    third = opened(told, "2026-11-02 09:00", content="第三件")
    told.event(third, "result_returned", "2026-11-02 10:00")
    assert told.event(third, "withdrawn", "2026-11-02 11:00")


def test_a_closing_that_another_program_inserts_is_flagged(told: Story) -> None:
    """It is a fact, and whoever has to try again learns of it."""
    case = opened(told, "2026-11-02 09:00")
    told.event(case, "result_returned", "2026-11-02 10:00")
    told.fact(case, "closed", "2026-11-02 11:00")
    told.sweep("2026-11-02 11:01")

    assert {"handler/经办"} == told.told(case, "revisit-attempts", "opens")


def test_three_customers_are_not_one_customer_three_times(told: Story) -> None:
    """The third customer brings it about, and the fourth again; the same one a third time does not."""
    same = [opened(told, f"2026-11-02 09:0{minute}", product="甲") for minute in range(3)]
    told.sweep("2026-11-02 09:30")
    assert [] == [number for number in same if told.steps(number, "customers")]
    others = [opened(told, f"2026-11-02 10:0{n}", product="甲", customer=f"客户{n}") for n in range(3)]
    again = opened(told, "2026-11-02 11:00", product="甲")
    told.sweep("2026-11-02 12:00")

    assert others[1:] == [number for number in (*others, again) if told.steps(number, "customers")]


def test_the_month_takes_only_the_highest_rung(told: Story) -> None:
    """The second costs 100; the third costs 200 and takes the 100 back."""
    first, second = (opened(told, f"2026-11-0{day} 09:00") for day in (2, 3))
    told.sweep("2026-11-03 12:00")
    assert [("dear-1", 100)] == [one for one in standing(told, first, second) if one[0].startswith("dear")]
    third = opened(told, "2026-11-04 09:00")
    told.sweep("2026-11-04 12:00")
    told.sweep("2026-11-04 12:01")

    assert [("dear-2", 200)] == [one for one in standing(told, first, second, third) if one[0].startswith("dear")]


def test_a_rung_asks_whether_the_step_before_it_was_taken(told: Story) -> None:
    """No demerit while nobody was warned; after the warning each further one."""
    numbers = [opened(told, f"2026-11-0{day} 09:00") for day in (2, 3, 4, 5)]
    for day, number in zip((2, 3, 4, 5), numbers, strict=True):
        if day == 4:
            told.event(numbers[0], "agreement", "2026-11-04 08:00")
        told.event(number, "sold", f"2026-11-0{day} 10:00")
        told.sweep(f"2026-11-0{day} 11:00")

    assert numbers[2:] == [number for number in numbers if told.steps(number, "demerit")]


def test_an_amount_that_is_missing_is_not_under_the_limit(told: Story) -> None:
    """Two thousand pass, another two thousand do not, and neither does a case that gives none."""
    opened(told, "2026-11-02 09:00", channel="letter", money="2000")
    for money in ({"money": "2000"}, {}):
        with pytest.raises(RefusedError, match="第一条"):
            opened(told, "2026-11-02 10:00", channel="letter", **money)
    assert opened(told, "2026-11-02 11:00", channel="letter", money="1000")
