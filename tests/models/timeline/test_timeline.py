"""Clocks told as stories: where a limit ends, when a rule opens, what meets it, and who is told when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from models.calendar.instants import DAY
from models.calendar.work_calendar import WorkCalendar
from models.errors import CalendarError
from models.timeline.story import BREACH, State
from tests.models.timeline.stories import ZONE, at, plan, rule, shown, story

# -- met, late, breached, void ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "state"),
    [("09:00", "met"), ("09:09:59", "met"), ("09:10", "met"), ("09:10:01", "late"), ("12:00", "late")],
)
def test_an_event_at_the_due_instant_meets_it(when: str, state: str) -> None:
    """At the due instant is in time, one second later is late."""
    clock = story(rule(within="PT10M")).then("call", when).clock("12:00")

    assert (state, at(when), "call") == (clock.state, clock.met_at, clock.ended_by)
    assert () == clock.plan


def test_a_deadline_that_passed_is_breached() -> None:
    """Until the due instant the clock is open, from then on it is breached."""
    told = story(rule(within="PT10M"))

    assert State.OPEN is told.clock("09:09:59").state
    assert State.BREACHED is told.clock("09:10").state
    assert at("09:10") == told.clock("10:00").due_at


@pytest.mark.parametrize(("when", "state"), [("09:10", "void"), ("09:10:01", "breached"), ("09:05", "void")])
@pytest.mark.parametrize("event", ["closed", "withdrawn"])
def test_closing_ends_every_clock(event: str, when: str, state: str) -> None:
    """Closed by the due instant nothing is left to do; closed after it the breach stays; no more steps either way."""
    clock = story(rule(within="PT10M", escalate=["PT1H"])).then(event, when).clock("09:30")

    assert (state, None, event, ()) == (clock.state, clock.met_at, clock.ended_by, clock.plan)


def test_an_event_that_arrives_late_but_was_in_time_meets() -> None:
    """What counts is when it happened: the order of arrival makes no difference."""
    told = story(rule(within="PT10M")).then("note", "10:00").then("call", "09:08")

    assert State.MET is told.clock("11:00").state


def test_an_earlier_event_of_the_same_name_does_not_count() -> None:
    """A clock is met by what happens after its start."""
    told = story(rule("revisited", start="result_returned", within="PT1H"))
    told = told.then("revisited", "10:00").then("result_returned", "11:00")

    assert State.OPEN is told.clock("11:30", name="revisited").state


def test_a_rule_without_a_limit_is_only_told() -> None:
    """Nothing falls due: somebody is told at the opening, and the clock ends with its event."""
    told = story(rule(opens="PT40M"))

    assert [("2026-11-02 09:40", "opens")] == plan(told.clock("09:00"))
    assert (None, "open") == (told.clock("20:00").due_at, told.clock("20:00").state)
    assert "met" == told.then("call", "20:00").clock("21:00").state


# -- opening ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "state"), [("09:12", "open"), ("09:39:59", "open"), ("09:40", "met"), ("10:00", "met")]
)
def test_an_event_before_the_opening_does_not_satisfy(when: str, state: str) -> None:
    """A call at minute 12 is no follow-up; at the opening instant it is."""
    told = story(rule(opens="PT40M", within="PT60M")).then("call", when)

    assert state == told.clock(when).state


def test_the_first_event_after_the_opening_counts() -> None:
    """An early call is passed over, the next one meets the deadline."""
    told = story(rule(opens="PT40M", within="PT60M")).then("call", "09:12").then("call", "09:50")

    assert at("09:50") == told.clock("10:30").met_at


def test_a_window_opens_before_the_due_instant() -> None:
    """`opens: -P7D` is the window of the last seven days; a step told at the notice hour of its first day."""
    clock = story(rule(opens="-P7D", within="P1M")).clock("10:00")

    assert ("2026-11-25 00:00", "2026-12-02 23:59:59") == (shown(clock.opens_at), shown(clock.due_at))
    assert ("2026-11-25 09:00", "opens") == plan(clock)[0]


def test_a_window_longer_than_the_limit_opens_at_the_start() -> None:
    """The opening never lies before the start."""
    clock = story(rule(opens="-P7D", within="P3D")).clock("10:00")

    assert (at("09:00"), ("2026-11-02 09:00", "opens")) == (clock.opens_at, plan(clock)[0])


def test_a_pause_without_end_does_not_open_the_rule() -> None:
    """While nobody knows when the clock goes on, an event before the opening still does not satisfy."""
    told = story(rule(opens="PT40M", within="PT60M")).then("paused", "09:10").then("call", "09:12")

    assert (None, "paused") == (told.clock("12:00").opens_at, told.clock("12:00").state)


def test_a_window_that_had_opened_is_open_in_a_pause() -> None:
    """Within the last hour the case is paused without end: the window had opened, so the call still meets."""
    told = story(rule(opens="-PT1H", within="PT2H")).then("paused", "10:10")

    assert "met" == told.then("call", "10:20").clock("10:20").state
    assert (
        "paused"
        == story(rule(opens="-PT1H", within="PT2H")).then("paused", "09:50").then("call", "10:20").clock("10:20").state
    )


def test_a_window_that_had_opened_stays_satisfied_after_a_later_pause() -> None:
    """What was in the window when it happened does not drop out of it because a later pause moves the due instant."""
    told = story(rule(opens="-P2D", within="P5D")).then("call", "2026-11-05 10:00")
    told = told.then("paused", "2026-11-06 10:00").then("resumed", "2026-11-20 10:00")
    clock = told.clock("2026-11-30")

    assert ("met", "2026-11-07 23:59:59") == (clock.state, shown(clock.due_at))


# -- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "within", "due"),
    [
        ("23:55", "PT10M", "2026-11-03 00:05"),
        ("2026-02-13 23:00", "PT72H", "2026-02-16 23:00"),
        ("09:00", "P1D", "2026-11-03 23:59:59"),
        ("23:59", "P1D", "2026-11-03 23:59:59"),
        ("00:00", "P3D", "2026-11-05 23:59:59"),
        ("09:00", "P1W", "2026-11-09 23:59:59"),
        ("2026-01-31 10:00", "P1M", "2026-02-28 23:59:59"),
        ("2028-01-31 10:00", "P1M", "2028-02-29 23:59:59"),
        ("2026-11-30 10:00", "P3M", "2027-02-28 23:59:59"),
        ("2026-11-06 20:00", "P2WD", "2026-11-10 18:00"),
        ("2026-02-13 10:00", "P1WD", "2026-02-14 18:00"),
        ("2026-02-13 10:00", "P2WD", "2026-02-24 18:00"),
        ("2026-02-18 10:00", "P1WD", "2026-02-24 18:00"),
        ("2026-10-09 10:00", "P1WD", "2026-10-10 18:00"),
        ("2026-11-06 15:00", "PT4WH", "2026-11-09 10:00"),
        ("2026-11-06 14:00", "PT4WH", "2026-11-06 18:00"),
        ("2026-11-07 11:00", "PT30WM", "2026-11-09 09:30"),
        ("2026-02-14 17:00", "PT2WH", "2026-02-24 10:00"),
        ("07:00", "PT9WH", "2026-11-02 18:00"),
    ],
)
def test_each_kind_of_limit_ends_where_it_should(opened: str, within: str, due: str) -> None:
    """Clock time runs through the night, days end with the day, working days with the office that was open."""
    assert due == shown(story(rule(within=within), opened=opened).clock(opened).due_at)


def test_the_tightest_limit_counts() -> None:
    """Of several limits, by channel and by level, the one that ends first is the due instant."""
    by_channel = {"by": "channel", "table": {"phone": "PT10M", "onsite": "PT1H"}}
    by_level = {"by": "level", "table": {"crisis": "PT30M"}}
    limits = rule(within=[by_channel, by_level])

    def due(**fields: str) -> tuple[str | None, str | None]:
        clock = story(limits, fields=fields).clock("09:00")
        return shown(clock.due_at), clock.limit

    assert ("2026-11-02 09:10", "PT10M") == due(channel="phone", level="crisis")
    assert ("2026-11-02 09:30", "PT30M") == due(channel="onsite", level="crisis")
    assert ("2026-11-02 10:00", "PT1H") == due(channel="onsite", level="major")
    assert (None, None) == due(channel="letter", level="major")


def test_a_rule_whose_conditions_do_not_hold_has_no_deadline() -> None:
    """Conditions are read from the case's fields; equality, lists and comparisons."""
    limits = rule(within="PT10M", when={"channel": ["phone", "web"], "quantity": {"at_least": 3}})

    assert [1] == story(limits, fields={"channel": "web", "quantity": "3"}).numbers("09:00")
    assert [] == story(limits, fields={"channel": "web", "quantity": "2"}).numbers("09:00")
    assert [] == story(limits, fields={"channel": "letter", "quantity": "3"}).numbers("09:00")
    assert [] == story(limits).numbers("09:00")


def test_a_promised_date_ends_with_its_day() -> None:
    """A bare date lasts until its end, an instant until that instant; the newest promise of the round counts."""
    told = story(rule(within=[{"date": "promised"}]), fields={"promised": "2026-11-05"})

    assert "2026-11-05 23:59:59" == shown(told.clock("10:00").due_at)
    told = told.then("agreement", "10:00", promised="2026-11-04 12:00")
    assert "2026-11-04 12:00" == shown(told.clock("10:00").due_at)
    told = told.then("agreement", "11:00", promised="2026-11-06")
    assert "2026-11-06 23:59:59" == shown(told.clock("12:00").due_at)


def test_a_promise_made_after_the_fulfilment_changes_nothing() -> None:
    """What was met in time is not late because of a date that was given afterwards."""
    told = story(rule(within=[{"date": "promised"}]), fields={"promised": "2026-11-05"})
    told = told.then("call", "2026-11-04 10:00").then("agreement", "2026-11-04 11:00", promised="2026-11-03")

    assert State.MET is told.clock("2026-11-10").state


@pytest.mark.parametrize("value", ["soon", "2026-02-30", "9999-12-31", "", None, 12])
def test_an_unreadable_promise_counts_as_not_given(value: Any) -> None:
    """One bad field of a foreign program does not stop the clocks of the rest."""
    told = story(rule(within=[{"date": "promised"}, "PT1H"]), fields={"promised": value})

    assert "2026-11-02 10:00" == shown(told.clock("09:00").due_at)


def test_a_limit_that_reaches_into_an_unpublished_year_is_provisional() -> None:
    """Working days of 2027 may still change; calendar days and clock time do not."""
    opened = "2026-12-30 10:00"

    assert story(rule(within="P3WD"), opened=opened).clock(opened).provisional
    assert story(rule(within="PT20WH"), opened=opened).clock(opened).provisional
    assert not story(rule(within="P1WD"), opened=opened).clock(opened).provisional
    assert not story(rule(within="P1M"), opened=opened).clock(opened).provisional
    assert not story(rule(within="PT72H"), opened=opened).clock(opened).provisional


def test_a_calendar_without_working_days_is_an_error() -> None:
    """It does not hang."""
    never = WorkCalendar(ZONE, exceptions={date(2026, 1, 1) + DAY * n: False for n in range(1000)})
    for within in ("P1WD", "PT1WH"):
        with pytest.raises(CalendarError):
            replace(story(rule(within=within)), calendar=never).seen("10:00")


# -- steps -----------------------------------------------------------------------------------------------------------


def test_steps_in_minutes_fire_at_their_instant() -> None:
    """Reminder, due and escalations of a limit in minutes, day or night."""
    clock = story(rule(within="PT10M", remind=["-PT3M"], escalate=["PT0S", "PT10M", "PT30M"]), opened="23:50").clock(
        "23:50"
    )

    assert [
        ("2026-11-02 23:57", "remind-1"),
        ("2026-11-03 00:00", "due"),
        ("2026-11-03 00:10", "escalate-1"),
        ("2026-11-03 00:30", "escalate-2"),
    ] == plan(clock)


def test_steps_in_days_fire_at_the_notice_hour() -> None:
    """Three days and one day before, on the due day, three and seven days late: nobody is mailed at midnight."""
    keys: dict[str, Any] = {"remind": ["-P3D", "-P1D"], "escalate": ["P0D", "P3D", "P7D"]}
    clock = story(rule(within="P30D", **keys), opened="16:20").clock("16:20")

    assert "2026-12-02 23:59:59" == shown(clock.due_at)
    assert [
        ("2026-11-29 09:00", "remind-1"),
        ("2026-12-01 09:00", "remind-2"),
        ("2026-12-02 09:00", "due"),
        ("2026-12-05 09:00", "escalate-1"),
        ("2026-12-09 09:00", "escalate-2"),
    ] == plan(clock)


def test_the_notice_hour_is_a_setting() -> None:
    """Half past eight, where the organisation wants it so."""
    told = replace(story(rule(within="P2D", remind=["-P1D"])), calendar=WorkCalendar(ZONE, notice_hour=time(8, 30)))

    assert ("2026-11-03 08:30", "remind-1") == plan(told.clock("09:00"))[0]


def test_steps_in_working_days_step_over_the_weekend() -> None:
    """One working day before Monday is Friday, one after is Tuesday."""
    clock = story(rule(within="P3WD", remind=["-P1WD"], escalate=["P1WD"]), opened="2026-11-04 10:00").clock(
        "2026-11-04 10:00"
    )

    assert [
        ("2026-11-06 09:00", "remind-1"),
        ("2026-11-09 18:00", "due"),
        ("2026-11-10 09:00", "escalate-1"),
    ] == plan(clock)


def test_steps_in_working_time_skip_closed_hours() -> None:
    """Two working hours before ten o'clock on Tuesday is five in the evening before."""
    clock = story(rule(within="PT10WH", remind=["-PT2WH"], escalate=["PT8WH"])).clock("09:00")

    assert [
        ("2026-11-02 17:00", "remind-1"),
        ("2026-11-03 10:00", "due"),
        ("2026-11-03 18:00", "escalate-1"),
    ] == plan(clock)


def test_reminders_before_the_start_are_dropped() -> None:
    """A case with a short limit is not reminded of in its past, nor at its very start."""
    clock = story(rule(within="PT3H", remind=["-P1D", "-PT4H", "-PT3H", "-PT1H"])).clock("09:00")

    assert ["remind-4", "due"] == [step for _, step in plan(clock)]


def test_without_escalations_the_responsible_is_told_at_the_due_instant() -> None:
    """Every limit has a step `due`; escalations are counted after it."""
    assert ["due"] == [step for _, step in plan(story(rule(within="PT1H")).clock("09:00"))]
    assert ["due", "escalate-1"] == [s for _, s in plan(story(rule(within="PT1H", escalate=["PT5M"])).clock("09:00"))]


def test_a_deadline_that_is_told_on_its_day_is_breached_at_its_end() -> None:
    """Told at nine that it is due today, it is breached at midnight: the plan holds that instant, without a mail."""
    by_day = story(rule(within="P1D", escalate=["P0D"])).clock("09:00")
    by_minute = story(rule(within="PT10M")).clock("09:00")

    assert [("2026-11-03 09:00", "due"), ("2026-11-03 23:59:59", BREACH)] == [
        (shown(e.at), e.step) for e in by_day.plan
    ]
    assert [("2026-11-02 09:10", "due")] == [(shown(e.at), e.step) for e in by_minute.plan]
