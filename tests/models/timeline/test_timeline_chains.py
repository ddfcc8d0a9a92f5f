"""Terms that follow one another count months from the first day; days before a date count from the date as written."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.timeline.stories import ZONE, Story, at, plan, rule, shown, story

if TYPE_CHECKING:
    from models.timeline.story import Deadline

DAY = timedelta(days=1)
FOREVER = "2040-01-01 00:00"


def months_on(day: date, count: int) -> date:
    """The same day so many months later or the last of a shorter month, month by month."""
    year, month = day.year, day.month
    for _ in range(count):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def end_of(day: date) -> datetime:
    """Its last second."""
    return datetime.combine(day, time(23, 59, 59), ZONE).astimezone(UTC)


def dues(found: tuple[Deadline, ...]) -> list[datetime | None]:
    """When each is due."""
    return [one.due_at for one in found]


begins = st.integers(0, 3 * 366).map(lambda n: date(2026, 1, 1) + DAY * n)
lengths = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=4)


@given(begins, lengths)
def test_the_terms_of_a_series_end_so_many_months_after_its_first_day(
    first: date, entries: list[tuple[int, int]]
) -> None:
    """Whatever lengths follow one another: no term is cut short because an earlier one ended in a short month."""
    repeat = [{"every": f"P{months}M", "times": times} for months, times in entries]
    told = Story([rule(repeat=repeat)]).then("registered", f"{first} 10:00").seen(FOREVER)

    passed, expected = 0, []
    for months, times in entries:
        for _ in range(times):
            passed += months
            expected.append(end_of(months_on(first, passed)))
    assert expected == dues(told.deadlines)


@given(begins, st.lists(st.integers(0, 20), max_size=5), st.integers(1, 4))
def test_renewals_in_months_count_from_the_first_day(first: date, gaps: list[int], months: int) -> None:
    """However early each renewal comes, the nth term ends n lengths after the loan."""
    lend = rule("back", start=["lent", "renewed"], every_start=True, counts_from="previous_due", within=f"P{months}M")
    told = Story([lend], {"opening": "lent"}).then("lent", f"{first} 10:00")
    day = first
    for gap in gaps:
        day += DAY * gap
        told = told.then("renewed", f"{day} 11:00")

    expected = [end_of(months_on(first, months * number)) for number in range(1, len(gaps) + 2)]
    assert expected == dues(told.seen(FOREVER).deadlines)


def test_a_short_february_shortens_one_term_only() -> None:
    """One month from 31 January ends on the 28th, the three months after it on 31 May."""
    told = Story([rule(repeat=[{"every": "P1M", "times": 1}, {"every": "P3M", "times": 1}])])
    found = told.then("registered", "2026-01-31 09:00").seen(FOREVER).deadlines

    assert ["2026-02-28 23:59:59", "2026-05-31 23:59:59"] == [shown(one.due_at) for one in found]


def test_after_a_term_of_another_length_months_count_anew() -> None:
    """Days have no month end to remember: the months after them count from where they ended."""
    told = Story([rule(repeat=[{"every": "P28D", "times": 1}, {"every": "P1M", "times": 2}])])
    found = told.then("registered", "2026-01-31 09:00").seen(FOREVER).deadlines

    assert ["2026-02-28 23:59:59", "2026-03-28 23:59:59", "2026-04-28 23:59:59"] == [shown(one.due_at) for one in found]


# -- the date that the text names --------------------------------------------------------------------------------------

SATURDAY = {"every": "month", "day": 7}
"""7 November 2026; the next working day is Monday, the 9th, the one before it Friday, the 6th."""


@pytest.mark.parametrize(
    ("holiday", "reminded", "due"),
    [
        ("next", "2026-11-05 09:00", "2026-11-09 23:59:59"),
        ("keep", "2026-11-05 09:00", "2026-11-07 23:59:59"),
        ("previous", "2026-11-05 09:00", "2026-11-06 23:59:59"),
    ],
)
def test_reminders_and_windows_count_from_the_date_as_written(holiday: str, reminded: str, due: str) -> None:
    """Two days before the 7th is the 5th, whether the 7th is moved or not."""
    clock = story(rule(within={"next": {**SATURDAY, "holiday": holiday}}, remind=["-P2D"], opens="-P2D")).clock("09:00")

    assert (due, "2026-11-05 00:00") == (shown(clock.due_at), shown(clock.opens_at))
    assert reminded in [when for when, step in plan(clock) if step == "remind-1"]


def test_what_would_come_after_the_moved_date_comes_before_it() -> None:
    """Sunday the 8th is due on Friday the 6th: the day before the 8th is too late, so it is the day before the 6th."""
    sunday = {"every": "month", "day": 8, "holiday": "previous"}
    clock = story(rule(within={"next": sunday}, remind=["-P1D"], opens="-P1D")).clock("09:00")

    assert ["2026-11-05 09:00"] == [when for when, step in plan(clock) if step == "remind-1"]
    assert "2026-11-06 00:00" == shown(clock.opens_at)


def test_hours_count_from_the_instant_at_which_it_is_due() -> None:
    """An hour before a meeting that was moved is an hour before the meeting."""
    clock = story(rule(within={"next": {**SATURDAY, "at": "10:00"}}, remind=["-PT1H"])).clock("09:00")

    assert ["2026-11-09 09:00"] == [when for when, step in plan(clock) if step == "remind-1"]
    assert at("2026-11-09 10:00") == clock.due_at
