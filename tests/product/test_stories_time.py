"""Stories about time: to the second, through nights, over month ends, holidays and made-up days, pauses and rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.story import Story

DAYS = """
regulation: days
version: 1
kind: complaint
title: {{zh: 天数制度, en: Days}}
description: {{zh: 按天计算, en: Counted in days}}
roles:
  general_manager: {{zh: 总经理, en: general manager, above: operations}}
rules:
  - id: answer
    cite: {{article: 第一条}}
    title: {{zh: 答复, en: Answer}}
    start: registered
    stop: closed
    within: {limit}
    responsible: general_manager
    remind: [-P1D]
    escalate:
      - {{after: P0D, to: general_manager}}
      - {{after: {step}, to: general_manager}}
"""


@pytest.fixture(autouse=True)
def _house(story: Story) -> None:
    story.house()


def test_each_step_fires_at_its_second(story: Story) -> None:
    """Limits in minutes fall due, and their steps fire, at the exact instant."""
    case = story.complaint("2026-11-02 09:00:17")
    story.replay("2026-11-02 08:00", "2026-11-02 12:00")

    assert {
        "remind-1": "2026-11-02 09:07:17",
        "due": "2026-11-02 09:10:17",
        "escalate-1": "2026-11-02 09:20:17",
        "escalate-2": "2026-11-02 09:40:17",
    } == story.steps(case, "first-contact")
    assert {
        "opens": "2026-11-02 09:40:17",
        "due": "2026-11-02 10:00:17",
        "escalate-1": "2026-11-02 10:30:17",
    } == story.steps(case, "follow-up")


def test_elapsed_time_runs_through_the_night_and_the_new_year(story: Story) -> None:
    """Ten minutes are ten minutes, at midnight of New Year too."""
    case = story.complaint("2026-12-31 23:55:00")
    story.replay("2026-12-31 23:00", "2027-01-01 00:06")

    assert {"remind-1": "2027-01-01 00:02:00", "due": "2027-01-01 00:05:00"} == story.steps(case, "first-contact")


def test_an_event_at_the_due_instant_is_in_time(story: Story) -> None:
    """Met at the due instant is met; nobody is told that it was due, and nobody pays."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "first_contact", "2026-11-02 09:10:00")
    story.replay("2026-11-02 09:00", "2026-11-02 12:00")

    assert "met" == story.deadline(case, "first-contact").state
    assert {"remind-1": "2026-11-02 09:07:00"} == story.steps(case, "first-contact")
    assert [] == story.penalties(case)


def test_an_event_one_second_later_is_late(story: Story) -> None:
    """Met a second after the due instant is late: the due step fired, and the fine stands."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "first_contact", "2026-11-02 09:10:01")
    story.replay("2026-11-02 09:00", "2026-11-02 12:00")

    assert "late" == story.deadline(case, "first-contact").state
    assert ["remind-1", "due"] == list(story.steps(case, "first-contact"))
    assert [("first-contact", 50.0, False)] == story.penalties(case)


@pytest.mark.parametrize(
    ("moment", "state"), [("09:12:00", "breached"), ("09:39:59", "breached"), ("09:40:00", "met"), ("10:00:01", "late")]
)
def test_a_call_before_the_opening_is_no_follow_up(story: Story, moment: str, state: str) -> None:
    """An event before `opens` does not satisfy the rule; at the opening instant it counts."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "follow_up", f"2026-11-02 {moment}")
    story.replay("2026-11-02 09:00", "2026-11-02 12:00")

    assert state == story.deadline(case, "follow-up").state
    assert "2026-11-02 09:40:00" == story.deadline(case, "follow-up").opens


def test_a_pause_stops_the_clock_and_what_was_left_goes_on(story: Story) -> None:
    """Four minutes counted, an hour's pause, six minutes left; the case waits meanwhile."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "paused", "2026-11-02 09:04:00")
    story.sweep("2026-11-02 09:30")
    assert "waiting" == story.status(case)
    assert "paused" == story.deadline(case, "first-contact").state

    story.event(case, "resumed", "2026-11-02 10:04:00")
    story.replay("2026-11-02 09:30", "2026-11-02 12:00")

    assert "2026-11-02 10:10:00" == story.deadline(case, "first-contact").due
    assert "2026-11-02 10:07:00" == story.steps(case, "first-contact")["remind-1"]


def test_a_pause_after_the_due_instant_moves_the_escalations(story: Story) -> None:
    """What fired stays; what is to come waits by as long as the pause."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "paused", "2026-11-02 09:15:00")
    story.event(case, "resumed", "2026-11-02 13:15:00")
    story.replay("2026-11-02 09:00", "2026-11-02 18:00")

    steps = story.steps(case, "first-contact")
    assert "2026-11-02 09:10:00" == steps["due"]
    assert "2026-11-02 13:20:00" == steps["escalate-1"]


def test_an_approved_postponement_stops_the_clock_until_its_date(story: Story) -> None:
    """Approved until Wednesday noon: 71 of the 72 hours are left then; an application alone stops nothing."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "result_returned", "2026-11-02 10:00")
    story.event(case, "postponement_requested", "2026-11-02 10:30")
    story.event(case, "postponement_approved", "2026-11-02 11:00", by="总经理", until="2026-11-04 12:00")
    story.sweep("2026-11-02 11:00")

    assert "2026-11-07 11:00:00" == story.deadline(case, "revisit").due


def test_a_reopened_case_has_a_new_round_with_steps_of_its_own(story: Story) -> None:
    """Reopening starts the clocks anew; the rounds before stay as they were."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, "first_contact", "2026-11-02 09:05:00")
    story.event(case, "closed", "2026-11-02 09:30:00")
    story.event(case, "reopened", "2026-11-03 14:00:00")
    story.replay("2026-11-02 09:00", "2026-11-04 00:00")

    assert "met" == story.deadline(case, "first-contact").state
    assert {} == story.steps(case, "first-contact", round=1)
    assert "2026-11-03 14:10:00" == story.steps(case, "first-contact", round=2)["due"]
    assert "breached" == story.deadline(case, "first-contact", round=2).state


def test_the_second_dissatisfied_contact_goes_to_the_general_manager(story: Story) -> None:
    """In the workshop a dissatisfied customer gets a second round and no third: the general manager decides."""
    case = story.complaint("2026-11-02 09:00", regulation="workshop-complaints")
    story.event(case, "second_contact", "2026-11-03 09:00", satisfaction="dissatisfied")
    story.event(case, "second_contact", "2026-11-04 09:00", satisfaction="dissatisfied")
    story.replay("2026-11-02 09:00", "2026-11-04 09:00")

    assert {"general_manager/总经理"} == story.told(case, "rounds-over", "opens", round=2)
    assert "open" == story.status(case)


def test_five_failed_attempts_end_the_revisit(story: Story) -> None:
    """The fifth failed attempt ends the clock; the fourth does not."""
    four, five = (story.complaint(f"2026-11-02 09:0{index}") for index in (0, 1))
    for case, attempts in ((four, 4), (five, 5)):
        story.event(case, "result_returned", "2026-11-02 12:00")
        for hour in range(attempts):
            story.event(case, "unreachable", f"2026-11-03 {10 + hour}:00")
    story.replay("2026-11-02 09:00", "2026-11-06 00:00")

    assert "2026-11-05 12:00:00" == story.steps(four, "revisit")["due"]
    assert {} == story.steps(five, "revisit")


@pytest.mark.parametrize("ending", ["closed", "withdrawn"])
def test_closing_and_withdrawing_end_every_clock(story: Story, ending: str) -> None:
    """Nothing is told of a case that is over."""
    case = story.complaint("2026-11-02 09:00")
    story.event(case, ending, "2026-11-02 09:06:00")
    story.replay("2026-11-02 09:00", "2026-11-02 12:00")

    assert ending == story.status(case)
    assert {} == story.steps(case, "first-contact")
    assert "void" == story.deadline(case, "first-contact").state


@pytest.mark.parametrize(
    ("lent", "due"),
    [
        ("2026-01-31 10:00", "2026-02-28 23:59:59"),
        ("2028-01-31 10:00", "2028-02-29 23:59:59"),
        ("2026-11-30 00:00:01", "2026-12-30 23:59:59"),
        ("2026-12-31 23:59:59", "2027-01-31 23:59:59"),
    ],
)
def test_a_month_ends_with_its_day_or_the_months_last(story: Story, lent: str, due: str) -> None:
    """A calendar month keeps the day, falls back to the month's last, and ends with that day."""
    loan = story.loan(lent, regulation="utility-library")
    story.sweep(lent)

    assert due == story.deadline(loan, "return").due


def test_steps_measured_in_days_fire_at_the_notice_hour(story: Story) -> None:
    """Thirty days: three days before, the day before, the due day, three and seven days late, at nine each."""
    loan = story.loan("2026-11-01 16:45")
    story.replay("2026-11-01 16:45", "2026-12-31 00:00")

    assert {
        "remind-1": "2026-11-28 09:00:00",
        "remind-2": "2026-11-30 09:00:00",
        "due": "2026-12-01 09:00:00",
        "escalate-1": "2026-12-04 09:00:00",
        "escalate-2": "2026-12-08 09:00:00",
    } == story.steps(loan, "return")
    assert {"borrower/经办"} == story.told(loan, "return", "due")
    assert {"department_manager/经理"} == story.told(loan, "return", "escalate-1")
    assert {"archive_manager/档案主管"} == story.told(loan, "return", "escalate-2")


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-02-12 17:30", "2026-02-14 18:00:00"),  # the Saturday that makes up for the festival counts
        ("2026-02-13 09:00", "2026-02-24 18:00:00"),  # Saturday the 14th, nine free days, Tuesday the 24th
        ("2026-02-17 10:00", "2026-02-25 18:00:00"),  # received on New Year's Day
        ("2026-09-30 10:00", "2026-10-09 18:00:00"),  # National Day
        ("2026-09-18 20:00", "2026-09-21 18:00:00"),  # Sunday the 20th makes up for National Day
    ],
)
def test_working_days_follow_the_made_up_days(story: Story, received: str, due: str) -> None:
    """Two working days end with the office hours of the second; made-up weekend days are worked."""
    story.regulation("days", DAYS.format(limit="P2WD", step="P1WD"))
    case = story.complaint(received, regulation="days")
    story.sweep(received)

    assert due == story.deadline(case, "answer").due
    assert not story.deadline(case, "answer").provisional


def test_a_step_after_the_festival_waits_for_the_next_working_day(story: Story) -> None:
    """A working day after Saturday the 14th of February is Tuesday the 24th, at nine."""
    story.regulation("days", DAYS.format(limit="P2WD", step="P1WD"))
    case = story.complaint("2026-02-12 17:30", regulation="days")
    story.replay("2026-02-12 17:00", "2026-03-01 00:00")

    assert {
        "remind-1": "2026-02-13 09:00:00",
        "due": "2026-02-14 09:00:00",
        "escalate-1": "2026-02-24 09:00:00",
    } == story.steps(case, "answer")


def test_a_year_that_is_not_published_makes_the_deadline_provisional(story: Story) -> None:
    """Working days of a year without published make-up days are a guess, and marked as one."""
    story.regulation("days", DAYS.format(limit="P2WD", step="P1WD"))
    case = story.complaint("2035-03-05 10:00", regulation="days")
    story.sweep("2035-03-05 10:00")

    assert story.deadline(case, "answer").provisional
    assert "2035-03-07 18:00:00" == story.deadline(case, "answer").due


def test_calendar_days_do_not_ask_for_the_calendar(story: Story) -> None:
    """Three calendar days end on a Sunday if they must, and a year that is not published matters nothing."""
    story.regulation("days", DAYS.format(limit="P3D", step="P1D"))
    case = story.complaint("2035-03-01 10:00", regulation="days")
    story.sweep("2035-03-01 10:00")

    assert ("2035-03-04 23:59:59", False) == (
        story.deadline(case, "answer").due,
        story.deadline(case, "answer").provisional,
    )
