"""Recurring duties: the sweep opens their cases at their instants, each once, and the calendar closes what is done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from models.store.database import reading, writing
from models.store.schema import cases, deadlines, duties, escalations, events
from tasks.engine.sweep import sweep_once

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.organisation.deployment import Deployment
    from tests.support.story import Story

PACK = """
regulation: {name}
version: 1
kind: duty
title: {{zh: 例行, en: Routine}}
description: {{zh: 例行工作, en: Routine}}
roles:
  chief: {{zh: 主管, en: chief, above: director}}
  clerk: {{zh: 科员, en: clerk, person: handler, above: chief}}
  head: {{zh: 科长, en: head, of_department: true, above: chief}}
  director: {{zh: 主任, en: director, above: operations}}
events:
  checked: {{zh: 已核, en: checked}}
duties:
{duties}
rules:
{rules}
"""
MONTHLY = "  - {id: table, cite: {article: 一}, title: {zh: 报表, en: Table}, every: month, day: 10, covers: last, responsible: chief}"  # noqa: E501
CHAIN = """  - id: check
    cite: {article: 二}
    title: {zh: 核对, en: Check}
    start: {event: duty_opened, where: {duty: table}}
    stop: checked
    within: {next: {every: month, working_day: 8}}
    responsible: director
"""


def routine(story: Story, given: str = MONTHLY, rules: str = "  []", name: str = "routine") -> Story:
    """A deployment in which this regulation is in force too."""
    story.regulation(name, PACK.format(name=name, duties=given, rules=rules))
    in_force = ",".join(dict.fromkeys([*story.deployment.settings.in_force, name]))
    story.deployment = story.deployment.changed(regulations_in_force=in_force)
    return story


def duty(**keys: str) -> str:
    """One duty as a line of the pack."""
    given = {"id": "table", "cite": "{article: 一}", "title": "{zh: 报表, en: Table}", "responsible": "chief", **keys}
    return "  - {" + ", ".join(f"{key}: {value}" for key, value in given.items()) + "}"


def local(story: Story, instant: datetime) -> str:
    """A local time, with seconds where there are any."""
    return story.local(instant).removesuffix(":00")


def steps(story: Story, number: str) -> dict[str, str]:
    """The steps of the duty's clock that fired."""
    return {step: at.removesuffix(":00") for step, at in story.steps(number, "table").items()}


def opened(story: Story) -> dict[str, str]:
    """The numbers of the duties' cases, and when each was opened."""
    query = select(cases.c.number, cases.c.opened_at).where(cases.c.kind == "duty").order_by(cases.c.id)
    with reading(story.engine) as connection:
        return {row.number: local(story, row.opened_at) for row in connection.execute(query)}


def case(story: Story, number: str) -> Any:
    """The row of a case."""
    with reading(story.engine) as connection:
        return connection.execute(select(cases).where(cases.c.number == number)).one()


def due(story: Story, number: str, rule: str = "table") -> tuple[str, str]:
    """When a clock of the case is due, and how it stands."""
    query = select(deadlines.c.due_at, deadlines.c.state).join(cases, cases.c.id == deadlines.c.case_id)
    with reading(story.engine) as connection:
        row = connection.execute(query.where(cases.c.number == number, deadlines.c.rule == rule)).one()
    return local(story, row.due_at), row.state


def test_a_duty_opens_with_its_period_and_is_chased(story: Story) -> None:
    """Opened on the 1st, told at the notice hour, due with the end of the 10th, escalated when nobody did it."""
    routine(story).person("主管甲", "chief")
    story.replay("2026-10-31 12:00", "2026-11-11 12:00")

    assert {"table-2026-10": "2026-11-01 00:00"} == opened(story)
    assert ("2026-11-10 23:59:59", "breached") == due(story, "table-2026-10")
    assert {"opens": "2026-11-01 09:00", "due": "2026-11-10 23:59:59"} == steps(story, "table-2026-10")
    assert {"chief/主管甲"} == story.told("table-2026-10", "table", "due")


def test_a_duty_that_is_done_closes_its_case(story: Story) -> None:
    """`done` meets the clock, and with the last clock the case is over; nobody is told any more."""
    routine(story).person("主管甲", "chief")
    story.replay("2026-10-31 12:00", "2026-11-05 12:00")
    story.event("table-2026-10", "done", "2026-11-05 13:00")
    story.replay("2026-11-05 13:00", "2026-11-12 12:00")

    row = case(story, "table-2026-10")
    assert ("closed", "2026-11-05 13:00") == (row.status, local(story, row.closed_at))
    assert ["opens"] == list(steps(story, "table-2026-10"))


def test_a_chain_inside_the_period_keeps_the_case_open(story: Story) -> None:
    """A rule that starts with the duty has a clock of its own, and the case closes when that one has ended."""
    routine(story, rules=CHAIN).person("主管甲", "chief")
    story.replay("2026-10-31 12:00", "2026-11-05 12:00")
    story.event("table-2026-10", "done", "2026-11-05 13:00")
    story.sweep("2026-11-05 14:00")
    assert "open" == case(story, "table-2026-10").status
    assert ("2026-11-11 18:00", "open") == due(story, "table-2026-10", "check")

    story.event("table-2026-10", "checked", "2026-11-06 10:00")
    story.sweep("2026-11-06 11:00")
    assert "closed" == case(story, "table-2026-10").status


def test_a_regulation_that_comes_into_force_asks_only_for_what_falls_due_from_then_on(story: Story) -> None:
    """On the 5th the table of the 10th is opened at once; that of last month is history."""
    routine(story)
    story.sweep("2026-11-05 10:00")

    assert {"table-2026-10": "2026-11-05 10:00"} == opened(story)
    story.sweep("2026-12-01 00:00")
    assert {"table-2026-10": "2026-11-05 10:00", "table-2026-11": "2026-12-01 00:00"} == opened(story)


def test_downtime_leaves_no_gap_and_changes_no_instant(story: Story) -> None:
    """A sweep after three months opens each month at its own instant, as a sweep at every moment would have."""
    routine(story)
    story.sweep("2026-08-31 12:00")
    story.sweep("2026-12-01 12:00")

    months = {f"table-2026-{month - 1:02d}": f"2026-{month:02d}-01 00:00" for month in (9, 10, 11, 12)}
    assert months == opened(story)
    story.sweep("2026-12-01 12:00")
    assert months == opened(story)


def test_two_sweeps_at_once_open_each_case_once(story: Story) -> None:
    """Whoever comes second finds nothing left, on either database."""
    routine(story, duty(every="day", holiday="keep"))
    story.sweep("2026-11-01 12:00")
    now = story.at("2026-11-20 12:00")
    errors: list[BaseException] = []

    def run() -> None:
        try:
            sweep_once(story.engine, story.deployment, now)
        except BaseException as error:  # noqa: BLE001 -- shown by the assertion below
            errors.append(error)

    runs = [threading.Thread(target=run) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()

    assert [] == errors
    assert 20 == len(opened(story))
    with reading(story.engine) as connection:
        told = select(func.count()).select_from(escalations).where(escalations.c.step == "opens")
        noted = select(func.count()).select_from(events).where(events.c.name == "duty_opened")
        assert (20, 20) == (connection.scalar(told), connection.scalar(noted))


def test_two_regulations_may_know_a_duty_by_one_name(story: Story) -> None:
    """Both are opened; the number of the second says whose it is."""
    routine(story)
    routine(story, name="second")
    story.sweep("2026-11-05 10:00")

    assert ["table-2026-10", "table-2026-10-second"] == sorted(opened(story))


def test_a_duty_of_each_person_is_a_case_for_each(story: Story) -> None:
    """Each is told of the own case only; somebody else with the role is not."""
    routine(story, duty(every="week", each="clerk", responsible="clerk"))
    story.person("甲", "clerk")
    story.person("乙", "clerk", department="客服部")
    story.replay("2026-11-15 23:59", "2026-11-16 12:00")

    assert {"table-2026-W46-乙", "table-2026-W47-甲", "table-2026-W47-乙"} <= opened(story).keys()
    assert {"clerk/甲"} == story.told("table-2026-W47-甲", "table", "opens")
    row = case(story, "table-2026-W47-乙")
    assert ("乙", "客服部") == (row.handler, row.department)


def test_a_duty_of_each_department_goes_to_its_head(story: Story) -> None:
    """The case carries the department, so that the roles of a department are those of this one."""
    routine(story, duty(every="week", each="department", responsible="head"))
    story.person("甲", "head")
    story.person("乙", "head", department="客服部")
    story.replay("2026-11-16 00:00", "2026-11-16 12:00")

    assert {"head/乙"} == story.told("table-2026-W47-客服部", "table", "opens")


def test_people_take_turns(story: Story) -> None:
    """One a period in the order of the list; an open list are all who hold the role, by name."""
    routine(story, duty(every="day", holiday="keep", rotation="[甲, 乙]"))
    story.person("甲", "chief")
    story.person("乙", "chief")
    story.person("丙", "chief")
    story.replay("2026-11-02 00:00", "2026-11-04 12:00")

    told = [story.told(number, "table", "opens") for number in opened(story)]
    assert [{"chief/甲"}, {"chief/乙"}, {"chief/甲"}] == told


def test_a_duty_without_a_person_goes_to_all_who_hold_the_role(story: Story) -> None:
    """A role that a case field or a department fills elsewhere means everybody here, for the case names nobody."""
    routine(story, duty(every="day", responsible="clerk", copies="head"))
    story.person("甲", "clerk")
    story.person("乙", "head", department="客服部")
    story.replay("2026-11-02 00:00", "2026-11-02 12:00")

    assert {"clerk/甲", "head/乙"} == story.told("table-2026-11-02", "table", "opens")


def test_a_duty_due_before_the_notice_hour_is_told_when_it_opens(story: Story) -> None:
    """A shift change at eight is not announced at nine."""
    routine(story, duty(every="day", at='["08:00", "17:00"]')).person("甲", "chief")
    story.replay("2026-11-02 00:00", "2026-11-02 12:00")

    assert ["table-2026-11-02T08:00", "table-2026-11-02T17:00"] == list(opened(story))
    assert "2026-11-02 00:00" == steps(story, "table-2026-11-02T08:00")["opens"]
    assert "2026-11-02 09:00" == steps(story, "table-2026-11-02T17:00")["opens"]


def test_a_lead_is_an_early_edge(story: Story) -> None:
    """Open from the 1st for the 10th of June; done in May does not count, for there is no case yet."""
    routine(story, duty(dates='["06-10", "12-10"]', lead="P9D"))
    story.replay("2026-05-01 00:00", "2026-06-02 00:00")

    assert {"table-2026-06-10": "2026-06-01 00:00"} == opened(story)


def test_a_lead_and_a_reminder_count_from_the_date_as_written(story: Story) -> None:
    """The 7th is a Saturday and moves to the 9th: opened on the 4th and told on the 6th all the same."""
    routine(story, duty(every="month", day="7", lead="P3D", remind="[-P1D]")).person("主管甲", "chief")
    story.replay("2026-11-01 00:00", "2026-11-10 00:00")

    assert {"table-2026-11": "2026-11-04 00:00"} == opened(story)
    assert ("2026-11-09 23:59:59", "breached") == due(story, "table-2026-11")
    assert "2026-11-06 09:00" == steps(story, "table-2026-11")["remind-1"]


def test_a_lead_opens_no_later_than_the_day_it_is_due(story: Story) -> None:
    """Moved back to Friday the 6th, what opens on its day opens on that Friday, not on the 7th."""
    routine(story, duty(every="month", day="7", holiday="previous", lead="P0D"))
    story.replay("2026-11-01 00:00", "2026-11-10 00:00")

    assert {"table-2026-11": "2026-11-06 00:00"} == opened(story)


@pytest.mark.parametrize(
    ("given", "period"),
    [
        ({"every": "month", "day": "10"}, "2026-11"),
        ({"every": "month", "day": "10", "lead": "P9D"}, "2026-11"),
        ({"every": "month", "day": "10", "lead": "P60D"}, "2026-11"),
        ({"every": "quarter"}, "2026-Q4"),
        ({"every": "year", "lead": "P300D"}, "2026"),
        ({"dates": '["11-09"]', "lead": "P5D"}, "2026-11-09"),
    ],
)
def test_a_pack_brought_into_force_in_mid_month_opens_what_is_still_due(
    story: Story, given: dict[str, str], period: str
) -> None:
    """Its window had begun before, so it opens at once; what was due before stays out."""
    routine(story, duty(**given))
    story.sweep("2026-11-06 10:00")

    assert "2026-11-06 10:00" == opened(story)[f"table-{period}"]
    assert "table-2026-10" not in opened(story)


def test_a_longer_lead_hides_nothing_that_is_still_due(story: Story) -> None:
    """December's table would have opened before the pack was changed: it opens now, and November's no second time."""
    routine(story, duty(every="month", day="10", lead="P9D"))
    story.sweep("2026-11-05 10:00")
    assert ["table-2026-11"] == list(opened(story))

    routine(story, duty(every="month", day="10", lead="P60D"))
    story.sweep("2026-11-08 10:00")
    assert {"table-2026-11": "2026-11-05 10:00", "table-2026-12": "2026-10-11 00:00"}.keys() == opened(story).keys()


def test_each_of_three_has_a_duty_and_a_report_ends_only_one(story: Story) -> None:
    """Everybody who holds the role; who joins later begins with the next period, and who left gets none any more."""
    routine(story, duty(every="month", day="10", each="chief"))
    for name in ("甲", "乙", "丙"):
        story.person(name, "chief")
    story.sweep("2026-11-02 10:00")
    assert {f"table-2026-11-{name}" for name in ("甲", "乙", "丙")} == set(opened(story))

    story.event("table-2026-11-乙", "done", "2026-11-03 09:00")
    story.sweep("2026-11-11 10:00")
    states = {name: due(story, f"table-2026-11-{name}")[1] for name in ("甲", "乙", "丙")}
    assert {"甲": "breached", "乙": "met", "丙": "breached"} == states
    assert {"chief/甲"} == story.told("table-2026-11-甲", "table", "due")

    story.person("丁", "chief")
    story.sweep("2026-11-12 10:00")
    assert "table-2026-11-丁" not in opened(story)
    story.sweep("2026-12-01 10:00")
    assert {f"table-2026-12-{name}" for name in ("甲", "乙", "丙", "丁")} <= set(opened(story))


def test_a_duty_that_waits_for_a_setting_sleeps_until_it_is_given(story: Story) -> None:
    """Without a weekday there is no case; from the day on which the deployment names one there is."""
    holes = "settings:\n  day: {value: null, note: open}\nduties:\n" + duty(every="week", weekday="$day")
    empty = PACK.format(name="routine", duties="  []", rules="  []")
    story.regulation("routine", empty.replace("duties:\n  []", holes))
    story.deployment = story.deployment.changed(regulations_in_force="routine")
    story.sweep("2026-11-02 10:00")
    assert {} == opened(story)

    file = story.deployment.settings.home / "figures.yaml"
    file.write_text("routine: {day: wed}\n", encoding="utf-8")
    story.deployment = story.deployment.changed(regulation_settings=file)
    story.sweep("2026-11-03 10:00")
    assert {"table-2026-W45": "2026-11-03 10:00"} == opened(story)


def test_a_regulation_out_of_force_opens_nothing(story: Story) -> None:
    """Nor does it catch up with the gap when it comes into force again."""
    routine(story, duty(every="day", holiday="keep"))
    story.sweep("2026-11-02 10:00")
    in_force = story.deployment
    story.deployment = in_force.changed(regulations_in_force="")
    story.sweep("2026-11-04 10:00")
    story.deployment = in_force
    story.sweep("2026-11-06 10:00")

    assert ["table-2026-11-02", "table-2026-11-06"] == list(opened(story))


def test_a_broken_pack_does_not_stop_the_sweep(story: Story) -> None:
    """Its duties stay as they are; those of the others are opened."""
    routine(story)
    story.regulation("broken", "regulation: [")
    story.deployment = story.deployment.changed(regulations_in_force="broken, routine, missing")
    story.sweep("2026-11-05 10:00")

    assert ["table-2026-10"] == list(opened(story))


def test_an_idle_sweep_asks_the_same_however_many_duties_there_are(story: Story) -> None:
    """The packs are not read, and the number of statements does not grow."""

    def asked(deployment: Deployment) -> int:
        story.deployment = deployment
        story.sweep("2026-11-05 10:00")
        seen: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        sql_event.listen(story.engine, "before_cursor_execute", count)
        story.sweep("2026-11-05 10:01")
        sql_event.remove(story.engine, "before_cursor_execute", count)
        return len(seen)

    few = asked(story.deployment)
    many = asked(story.deployment.changed(regulations_in_force="all"))

    assert few == many
    with reading(story.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(duties)) is not None


def test_a_case_that_is_there_is_not_opened_again(story: Story) -> None:
    """Not even when what the engine remembers of its duties was lost."""
    routine(story)
    story.sweep("2026-11-05 10:00")
    with writing(story.engine) as connection:
        connection.execute(duties.delete())
        connection.exec_driver_sql("DELETE FROM facts")
    story.sweep("2026-11-06 10:00")

    assert {"table-2026-10": "2026-11-05 10:00"} == opened(story)
