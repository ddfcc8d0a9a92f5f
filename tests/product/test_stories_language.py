"""Stories on the real engine: what grows, repeats or follows by itself is the same whenever the sweep ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models.store.database import reading
from models.store.schema import cases, deadlines, derived_events, escalations, messages, penalties
from tests.support.story import Story

if TYPE_CHECKING:
    from tasks.organisation.deployment import Deployment

PACK = """
regulation: growing
version: 1
kind: complaint
title: {zh: 试用, en: Growing}
description: {zh: 试用的制度。, en: A regulation to try things with.}
closing: [closed, lapsed]
levels: {minor: {zh: 一般, en: minor}, major: {zh: 重大, en: major}}
roles:
  handler: {zh: 经办人, en: handler, person: handler, above: department_manager}
  department_manager: {zh: 部门经理, en: manager, of_department: true, excludes: [accused], above: service_manager}
  service_manager: {zh: 客服部经理, en: service manager, above: operations}
settings:
  days: {value: null, note: not in the text, clauses: ["growing:04"]}
rules:
  - id: call
    cite: {article: 第一条}
    title: {zh: 联系, en: Contact}
    start: registered
    stop: first_contact
    within: P1D
    responsible: department_manager
    escalate:
      - {after: P0D, to: department_manager, every: P1D, slip: urge}
      - {after: P3D, to: service_manager, every: P2D}
    closed_late: {to: service_manager}
    on_late: {event: raised, after: P2D, level: major}
    penalty: {amount: {minor: 10, major: 30}, per: P1D, charged_to: handler}
  - id: visit
    cite: {article: 第二条}
    title: {zh: 回访, en: Visit}
    start: registered
    stop: revisited
    repeat: {every: P2D, times: 3}
    responsible: handler
  - id: validity
    cite: {article: 第三条}
    title: {zh: 有效期, en: Validity}
    start: registered
    stop: renewed
    within: P8D
    responsible: handler
    on_late: lapsed
  - id: station
    cite: {article: 第四条, clauses: ["growing:05"]}
    title: {zh: 工序, en: Station}
    when: {channel: onsite}
    start: registered
    stop: handed_over
    within: $days
    responsible: handler
"""


@pytest.fixture
def told(engine: Any, deployment: Deployment) -> Story:
    """A house with this regulation and one case."""
    story = Story(engine, deployment)
    story.house()
    story.regulation("growing", PACK)
    return story


def opened(story: Story, **fields: str) -> str:
    """A case of Monday at nine."""
    return story.complaint("2026-11-02 09:00", regulation="growing", level="minor", handler="经办", **fields)


def record(story: Story) -> dict[str, Any]:
    """All that stays on record, without the instants at which it was written."""
    with reading(story.engine) as connection:
        steps = select(*(escalations.c[n] for n in ("id", "rule", "round", "step", "scheduled_at", "recipients")))
        fines = select(*(penalties.c[n] for n in ("rule", "round", "seq", "who", "amount", "at", "withdrawn_at")))
        states = select(*(deadlines.c[n] for n in ("rule", "round", "due_at", "state", "ended_by", "next_at")))
        noted = select(*(derived_events.c[n] for n in ("name", "at", "fields", "retracted_at")))
        case = select(cases.c.status, cases.c.level, cases.c.closed_at)
        asked = {"steps": steps, "fines": fines, "states": states, "noted": noted, "case": case}
        return {name: sorted(map(str, connection.execute(query).all())) for name, query in asked.items()}


INSTANTS = [f"2026-11-{day:02} {hour}" for day in range(2, 13) for hour in ("09:00", "12:00", "23:59:59")]


@pytest.mark.parametrize("often", [INSTANTS, INSTANTS[::7], [INSTANTS[-1]]])
def test_the_record_does_not_depend_on_when_sweeps_ran(told: Story, often: list[str]) -> None:
    """Daily fines, daily urges, terms and the lapse: at every instant, every other day, or once at the end."""
    number = opened(told)
    for instant in often:
        told.sweep(instant)
    told.sweep("2026-11-12 23:59:59")
    found = record(told)
    urged = [line for line in found["steps"] if "'call', 1, 'due'" in line]
    higher = [line for line in found["steps"] if "'call', 1, 'escalate-1'" in line]

    assert (3, 3) == (len(urged), len(higher))
    assert [10.0] * 2 + [30.0] * 5 == sorted(amount for rule, amount, _ in told.penalties(number) if rule == "call")
    assert "2026-11-10 23:59:59" == told.steps(number, "call")["slip"]
    assert 3 == sum("'visit'" in line and "'breached'" in line for line in found["states"])
    assert ["lapsed", "raised"] == sorted(line.split("'")[1] for line in found["noted"])
    assert "'closed', 'major'" in found["case"][0]
    assert all("None)" in line for line in found["states"])


def test_a_late_record_takes_back_what_followed(told: Story) -> None:
    """A call in time, known a week later: the fines, the level and its note are taken back; the record keeps both."""
    number = opened(told)
    told.sweep("2026-11-07 12:00")
    told.event(number, "first_contact", "2026-11-03 10:00", learned="2026-11-07 13:00")
    told.sweep("2026-11-07 13:00")

    assert {True} == {withdrawn for rule, _, withdrawn in told.penalties(number) if rule == "call"}
    found = record(told)
    assert "'open', 'minor'" in found["case"][0]
    assert [False] == [line.endswith("None)") for line in found["noted"] if "'raised'" in line]


def test_fewer_days_late_than_it_seemed(told: Story) -> None:
    """A call on the second day late, known on the fourth: the last two fines are taken back."""
    number = opened(told)
    told.sweep("2026-11-07 12:00")
    told.event(number, "first_contact", "2026-11-04 10:00", learned="2026-11-07 13:00")
    told.sweep("2026-11-07 13:00")

    assert [False, True, True, True] == sorted(withdrawn for _, _, withdrawn in told.penalties(number))


def test_a_missing_figure_waits_for_the_deployment(told: Story) -> None:
    """The case names the clauses and is watched otherwise; once the figure is set, its clock runs."""
    number = opened(told, channel="onsite")
    told.sweep("2026-11-02 10:00")
    with reading(told.engine) as connection:
        assert "growing:04, growing:05: station: days" in str(connection.scalar(select(cases.c.trouble)))
    assert ("open", "") == told.deadline(number, "station")[:2]
    assert "2026-11-03 23:59:59" == told.deadline(number, "call")[1]

    told.regulation("growing", PACK.replace("value: null", "value: P3D"))
    told.sweep("2026-11-02 11:00")

    assert "2026-11-05 23:59:59" == told.deadline(number, "station")[1]
    with reading(told.engine) as connection:
        assert connection.scalar(select(cases.c.trouble)) is None


def test_who_may_not_act_is_passed_over(told: Story) -> None:
    """The manager is the accused, and so is his deputy's level: the next one is told."""
    number = opened(told, accused="经理")
    told.sweep("2026-11-03 09:00")

    assert {"service_manager/客服 for department_manager"} == told.told(number, "call", "due")


def test_an_urge_is_a_form(told: Story) -> None:
    """A step with `slip` is put into the outbox as a form, a letter for each time."""
    opened(told)
    told.sweep("2026-11-03 09:00")
    told.sweep("2026-11-04 09:00")

    assert [("slip", "经理"), ("slip", "经理")] == [mail for mail in told.mails() if mail[1] == "经理"]
    with reading(told.engine) as connection:
        about = connection.scalars(select(messages.c.about).where(messages.c.kind == "slip")).all()
    assert {("urge", "2026-11")} == {(one["form"], one["month"]) for one in about}
