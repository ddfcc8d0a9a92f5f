"""Working days and office hours of a Chinese organisation."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calendar.instants import DAY, from_iso, parse_instant, zone_named
from models.calendar.work_calendar import WorkCalendar, add_months, last_published_year, read_exceptions
from models.errors import CalendarError
from models.language.durations import parse_duration
from tests.models.timeline import minutes

ZONE = zone_named("Asia/Shanghai")
CALENDAR = WorkCalendar(ZONE)
SPLIT = WorkCalendar(ZONE, ((time(8, 30), time(12)), (time(13, 30), time(17, 30))))
NEVER = WorkCalendar(ZONE, exceptions={date(2025, 1, 1) + DAY * n: False for n in range(2000)})
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


def at(text: str) -> datetime:
    """An instant in Shanghai."""
    return parse_instant(text, ZONE)


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_make_up_days_are_worked(day: str) -> None:
    """A Saturday or Sunday that makes up for a holiday is a working day."""
    made_up = date.fromisoformat(day)

    assert made_up.weekday() >= 5
    assert CALENDAR.is_working_day(made_up)


def test_spring_festival_is_free() -> None:
    """From 15 to 23 February 2026 nobody works, though five of the days are weekdays."""
    assert [] == [n for n in range(15, 24) if CALENDAR.is_working_day(date(2026, 2, n))]
    assert CALENDAR.is_working_day(date(2026, 2, 24))


def test_working_days_step_over_holidays_and_onto_make_up_days() -> None:
    """From Friday 13 February 2026 the first working day is the make-up Saturday, the second one the 24th."""
    friday = date(2026, 2, 13)

    assert date(2026, 2, 14) == CALENDAR.shift_working_days(friday, 1)
    assert date(2026, 2, 24) == CALENDAR.shift_working_days(friday, 2)
    assert date(2026, 2, 14) == CALENDAR.shift_working_days(date(2026, 2, 24), -1)
    assert friday == CALENDAR.shift_working_days(friday, 0)
    assert 2 == CALENDAR.working_days_between(friday, date(2026, 2, 24))


def test_an_unpublished_year_is_provisional() -> None:
    """Its weekdays are assumed, New Year is free, and the answer says that it may change."""
    calendar = WorkCalendar(ZONE, unpublished=frozenset([2027]))  # also once it has been published

    assert calendar.is_working_day(date(2027, 1, 4))
    assert not calendar.is_working_day(date(2027, 1, 1))
    assert not calendar.is_working_day(date(2027, 1, 2))
    assert calendar.is_provisional(date(2026, 12, 30), date(2027, 1, 5))
    assert not calendar.is_provisional(date(2025, 12, 30), date(2026, 12, 31))


def test_a_year_that_nobody_has_published_yet_is_recognised() -> None:
    """The year after the newest known one is provisional without being named."""
    newest = last_published_year()

    assert newest >= 2026
    assert CALENDAR.is_provisional(date(newest + 1, 1, 1), date(newest + 1, 1, 1))
    assert not CALENDAR.is_provisional(date(newest, 1, 1), date(newest, 12, 31))


def test_a_year_can_be_tried_as_unpublished() -> None:
    """Without the publication of 2026 the make-up Saturday is free and answers are provisional."""
    before = WorkCalendar(ZONE, unpublished=frozenset([2026]))

    assert not before.is_working_day(date(2026, 2, 14))
    assert before.is_provisional(date(2026, 2, 1), date(2026, 2, 28))


def test_local_exceptions_go_before_the_calendar() -> None:
    """The organisation works on a Sunday of its own and is free on a Monday of its own, published year or not."""
    own = {date(2026, 11, 1): True, date(2026, 11, 2): False, date(2027, 1, 2): True}
    calendar = WorkCalendar(ZONE, exceptions=own)

    assert list(own.values()) == [calendar.is_working_day(day) for day in own]


def test_a_calendar_without_working_days_is_an_error() -> None:
    """Nothing that looks for a working day hangs when there is none."""
    start = at("2026-03-02 10:00")
    with pytest.raises(CalendarError, match="no working day within 366 days"):
        NEVER.shift_working_days(start.date(), 1)
    with pytest.raises(CalendarError):
        NEVER.shift_working_days(date(2030, 1, 1), -1)
    with pytest.raises(CalendarError):
        next(NEVER.open_spans(start))
    with pytest.raises(CalendarError):
        next(NEVER.open_spans_back(at("2030-01-01")))
    with pytest.raises(CalendarError):
        NEVER.working_seconds(start, at("2029-01-01"))


@pytest.mark.parametrize(
    ("day", "duration", "expected"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2028-01-31", "P1M", "2028-02-29"),
        ("2026-01-30", "P1M", "2026-02-28"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-03-31", "-P1M", "2026-02-28"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-10-31", "P1M", "2026-11-30"),
        ("2026-12-15", "P1M", "2027-01-15"),
        ("2026-02-27", "P2D", "2026-03-01"),
        ("2026-02-27", "P1W", "2026-03-06"),
        ("2026-09-30", "P1WD", "2026-10-08"),
        ("2026-09-30", "P3WD", "2026-10-10"),
    ],
)
def test_days_move_by_each_kind_of_day(day: str, duration: str, expected: str) -> None:
    """Months keep the day or fall back to the month's last; working days follow the calendar."""
    assert date.fromisoformat(expected) == CALENDAR.shift(date.fromisoformat(day), parse_duration(duration))


@given(day=DAYS, months=st.integers(-30, 30))
def test_months_never_leave_their_month(day: date, months: int) -> None:
    """The result lies in the right month, on the same day or on the last one before it."""
    moved = add_months(day, months)

    assert day.year * 12 + day.month + months == moved.year * 12 + moved.month
    assert moved.day == day.day or (moved.day < day.day and (moved + DAY).day == 1)


def test_a_day_has_its_edges() -> None:
    """A day ends with its last second, an office day with its last office hour; the notice hour is in between."""
    day = date(2026, 11, 2)

    assert at("2026-11-02 00:00") == SPLIT.start_of_day(day)
    assert at("2026-11-02 23:59:59") == SPLIT.end_of_day(day)
    assert at("2026-11-02 17:30") == SPLIT.close_of_day(day)
    assert at("2026-11-02 09:00") == SPLIT.notice(day)
    assert day == SPLIT.local_date(from_iso("2026-11-01T16:00:00Z"))
    assert at("9999-12-31 23:59:59") == SPLIT.end_of_day(date(9999, 12, 31))


def test_working_time_is_office_hours_of_working_days() -> None:
    """From Saturday to Tuesday noon there are one whole day and one morning, without the lunch hour."""
    assert (7.5 + 3.5) * 3600 == SPLIT.working_seconds(at("2026-11-07 10:00"), at("2026-11-10 13:00"))
    assert 0 == SPLIT.working_seconds(at("2026-11-07 10:00"), at("2026-11-07 12:00"))
    assert 0 == SPLIT.working_seconds(at("2026-11-10 10:00"), at("2026-11-09 10:00"))


def test_open_stretches_are_cut_to_the_instant() -> None:
    """Forward and back, the first stretch begins or ends at the instant itself."""
    noon = at("2026-11-06 14:00")
    forward, back = SPLIT.open_spans(noon), SPLIT.open_spans_back(noon)

    assert (noon, at("2026-11-06 17:30")) == next(forward)
    assert (at("2026-11-09 08:30"), at("2026-11-09 12:00")) == next(forward)
    assert (at("2026-11-06 13:30"), noon) == next(back)
    assert (at("2026-11-06 08:30"), at("2026-11-06 12:00")) == next(back)


@given(day=DAYS, count=st.integers(1, 40))
def test_stepping_and_counting_working_days_agree(day: date, count: int) -> None:
    """The n-th working day after a day is worked, and n working days lie between."""
    moved = CALENDAR.shift_working_days(day, count)

    assert CALENDAR.is_working_day(moved)
    assert count == CALENDAR.working_days_between(day, moved)
    assert not CALENDAR.is_working_day(day) or day == CALENDAR.shift_working_days(moved, -count)


@settings(max_examples=40)
@given(start=st.integers(0, 6 * 1440), length=st.integers(0, 4 * 1440))
def test_working_time_is_the_count_of_open_minutes(start: int, length: int) -> None:
    """What lies between two instants is what a walk along the minutes counts."""
    law = minutes.Law(hours=SPLIT.office_hours)
    since = at("2026-11-05") + timedelta(minutes=start)
    walked = sum(minutes.open_minute(law, since + timedelta(minutes=n)) for n in range(length))

    assert walked * 60 == SPLIT.working_seconds(since, since + timedelta(minutes=length))


def test_the_fingerprint_changes_with_every_answer() -> None:
    """Exceptions, office hours, the notice hour, the zone and a published year each change it; nothing else does."""
    others = [
        WorkCalendar(ZONE, exceptions={date(2026, 11, 2): False}),
        WorkCalendar(ZONE, ((time(8), time(17)),)),
        WorkCalendar(ZONE, notice_hour=time(8)),
        WorkCalendar(zone_named("Asia/Urumqi")),
        WorkCalendar(ZONE, unpublished=frozenset([2026])),
    ]

    assert len({CALENDAR.fingerprint, *(other.fingerprint for other in others)}) == len(others) + 1
    assert CALENDAR.fingerprint == WorkCalendar(ZONE).fingerprint


def test_local_exceptions_are_read_from_lines() -> None:
    """One a line, in English or Chinese, with comments and empty lines between."""
    lines = ["# ours", "", "2026-10-17 work  # stocktaking", "2026-10-19,free", "2026-10-20 放假", "2026-10-24 上班"]
    expected = {date(2026, 10, n): worked for n, worked in ((17, True), (19, False), (20, False), (24, True))}

    assert expected == read_exceptions(lines, "days.txt")


@pytest.mark.parametrize(
    "line", ["2026-02-30 work", "2026-10-17", "2026-10-17 maybe", "17.10.2026 work", "2026-10-17 work x"]
)
def test_a_wrong_line_is_named(line: str) -> None:
    """The error says which file and line, and how to write it."""
    with pytest.raises(CalendarError, match=r"days\.txt:2: write a day"):
        read_exceptions(["2026-10-10 work", line], "days.txt")
