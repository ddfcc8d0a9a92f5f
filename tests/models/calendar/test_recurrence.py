"""When something recurs, against a reading of the calendar day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar.recurrence import next_instant, occurrences, upcoming
from models.calendar.work_calendar import WorkCalendar
from models.language.calendars import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

ZONE = ZoneInfo("Asia/Shanghai")
WORK = WorkCalendar(ZONE)
DAY = timedelta(days=1)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(text: str) -> datetime:
    """A local time; `24:00` is the last second of the day."""
    if text.endswith("24:00"):
        text = text.replace("24:00", "23:59:59")
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def due(calendar: dict[str, object], since: str, until: str, covers: str = "this") -> list[tuple[str, str]]:
    """The due instants of that span in local time, with their labels."""
    found = occurrences(Calendar.model_validate(calendar), at(since), at(until), WORK, covers)
    return [(f"{one.at.astimezone(ZONE):%m-%d %H:%M}", one.label) for one in found]


@pytest.mark.parametrize(
    ("calendar", "covers", "expected"),
    [
        ({"every": "month", "day": 10}, "last", [("11-10 23:59", "2026-10"), ("12-10 23:59", "2026-11")]),
        ({"every": "month", "working_day": 3}, "this", [("11-04 18:00", "2026-11"), ("12-03 18:00", "2026-12")]),
        (
            {"every": "month", "weekday": "fri", "before": 25, "holiday": "previous"},
            "this",
            [("11-20 23:59", "2026-11"), ("12-18 23:59", "2026-12")],
        ),
        ({"every": "month", "weekday": "mon", "nth": 1}, "this",
         [("11-02 23:59", "2026-11"), ("12-07 23:59", "2026-12")]),
        (
            {"every": "month", "weekday": "mon", "nth": [2, -1]},
            "this",
            [("11-09 23:59", "2026-11-09"), ("11-30 23:59", "2026-11-30"), ("12-14 23:59", "2026-12-14"),
             ("12-28 23:59", "2026-12-28")],
        ),
        ({"every": "month", "day": -1, "holiday": "previous"}, "this",
         [("11-30 23:59", "2026-11"), ("12-31 23:59", "2026-12")]),
        ({"every": "month", "day": 31}, "this",
         [("11-02 23:59", "2026-10"), ("11-30 23:59", "2026-11"), ("12-31 23:59", "2026-12")]),
        ({"every": "quarter", "day": 50}, "last", [("11-19 23:59", "2026-Q3")]),
        ({"every": "half_year"}, "this", [("12-31 23:59", "2026-H2")]),
        ({"every": "year", "day": 330}, "last", [("11-26 23:59", "2025")]),
        ({"dates": ["06-10", "12-12"]}, "last", [("12-14 23:59", "2026-12-12")]),
    ],
)  # fmt: skip
def test_days_of_november_and_december(
    calendar: dict[str, object], covers: str, expected: list[tuple[str, str]]
) -> None:
    """Each way of picking a day gives the days that a wall calendar of 2026 shows, named by what they are about."""
    assert expected == due(calendar, "2026-11-01 00:00", "2026-12-31 24:00", covers)


def test_a_weekly_hour_is_named_by_the_week_that_it_covers() -> None:
    """Monday at six about the week before."""
    weekly: dict[str, object] = {"every": "week", "weekday": "mon", "at": "18:00"}

    assert [("11-23 18:00", "2026-W47")] == due(weekly, "2026-11-16 18:00", "2026-11-24 00:00", "last")


def test_several_hours_a_day_are_told_apart() -> None:
    """Daily is every calendar day, Saturday and Sunday too; working days only where it says so."""
    shifts: dict[str, object] = {"every": "day", "at": ["17:00", "08:00"]}
    expected = [("11-07 08:00", "2026-11-07T08:00"), ("11-07 17:00", "2026-11-07T17:00")]

    assert expected == due(shifts, "2026-11-07 00:00", "2026-11-08 00:00")
    assert [] == due({**shifts, "holiday": "skip"}, "2026-11-07 00:00", "2026-11-08 24:00")


def test_the_national_holiday_moves_a_day_to_either_side() -> None:
    """1 to 7 October 2026 are free: the 3rd moves to the 8th, or back to the last day of September."""
    third: dict[str, object] = {"every": "month", "day": 3}

    assert [("10-08 23:59", "2026-10")] == due(third, "2026-10-01 00:00", "2026-10-31 00:00")
    assert [("09-30 23:59", "2026-10")] == due({**third, "holiday": "previous"}, "2026-09-05 00:00", "2026-10-31 00:00")


def test_dates_of_years_that_are_over_end() -> None:
    """A calendar of given years has a last day, and no search runs for ever."""
    once = Calendar(dates=("2026-09-01",))

    assert at("2026-09-01 24:00") == next_instant(once, at("2026-01-01 00:00"), WORK)
    assert None is next_instant(once, at("2026-09-01 24:00"), WORK)


def test_a_calendar_that_waits_for_a_setting_never_comes() -> None:
    """A hole anywhere in it puts it to sleep."""
    for asleep in (
        {"every": "$x"},
        {"every": "week", "weekday": "$x"},
        {"dates": ["$x"]},
        {"every": "day", "at": "$x"},
    ):
        assert None is next_instant(Calendar.model_validate(asleep), at("2026-01-01 00:00"), WORK)


# -- a reading day by day --------------------------------------------------------------------------------------------


def same_period(every: str, a: date, b: date) -> bool:
    """Whether two days lie in one period."""
    if every == "day":
        return a == b
    if every == "week":
        return a.isocalendar()[:2] == b.isocalendar()[:2]
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[every]
    return (a.year, (a.month - 1) // months) == (b.year, (b.month - 1) // months)


def period_of(every: str, day: date) -> list[date]:
    """Its days, found by walking to both ends."""
    first = last = day
    while same_period(every, first - DAY, day):
        first -= DAY
    while same_period(every, last + DAY, day):
        last += DAY
    return [first + DAY * n for n in range((last - first).days + 1)]


def picked(calendar: Calendar, days: list[date]) -> list[date]:
    """The days of the period that the calendar means, by going through them."""
    if calendar.working_day is not None:
        worked = [day for day in days if WORK.is_working_day(day)] or days[-1:]
        number = int(calendar.working_day)
        return [worked[min(number, len(worked)) - 1] if number > 0 else worked[max(number, -len(worked))]]
    if calendar.day is not None:
        number = int(calendar.day)
        return [days[min(number, len(days)) - 1] if number > 0 else days[max(number, -len(days))]]
    if calendar.before is not None:
        earlier = [days[0] - DAY * n for n in range(7, 0, -1)] + days[: calendar.before - 1]
        return [day for day in earlier if NAMES[day.weekday()] in calendar.weekday][-1:]
    if calendar.weekday:
        named = [day for day in days if NAMES[day.weekday()] in calendar.weekday]
        if calendar.nth:
            by_name = [
                [day for day in days if NAMES[day.weekday()] == name] for name in dict.fromkeys(calendar.weekday)
            ]
            chosen = [group[n - 1 if n > 0 else n] for group in by_name for n in calendar.nth if abs(n) <= len(group)]
            return sorted(set(chosen))
        return named
    return days[-1:]


def moved(calendar: Calendar, day: date) -> date | None:
    """Where the holiday rule takes the day, step by step."""
    rule = calendar.holiday or ("keep" if calendar.every == "day" else "next")
    while rule != "keep" and not WORK.is_working_day(day):
        if rule == "skip":
            return None
        day += DAY if rule == "next" else -DAY
    return day


def oracle(calendar: Calendar, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every due instant of the span, reading each period from end to end."""
    slack = DAY * (60 if calendar.every in ("day", "week", "month") else 400)
    day = WORK.local_date(since) - slack
    seen: set[date] = set()
    while day < WORK.local_date(until) + slack:
        days = period_of(str(calendar.every), day)
        if days[0] not in seen:
            seen.add(days[0])
            for target in (moved(calendar, one) for one in picked(calendar, days)):
                if target is None:
                    continue
                hours = [time.fromisoformat(hour) for hour in calendar.at]
                end = time(18) if calendar.working_day is not None else time(23, 59, 59)
                for hour in hours or [end]:
                    instant = datetime.combine(target, hour, ZONE).astimezone(UTC)
                    if since < instant <= until:
                        yield instant
        day = days[-1] + DAY


numbers = st.integers(-31, 31).filter(bool)
ways = st.one_of(
    st.just({}),
    st.builds(lambda n: {"day": n}, numbers),
    st.builds(lambda n: {"working_day": n}, numbers),
    st.builds(lambda names: {"weekday": names}, st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)),
    st.builds(
        lambda names, nth: {"weekday": names, "nth": nth},
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=2),
        st.lists(st.integers(-5, 5).filter(bool), min_size=1, max_size=2),
    ),
)
regular = st.builds(
    lambda every, way, holiday, hours: Calendar.model_validate(
        {"every": every, "holiday": holiday, "at": hours, **way}
    ),
    st.sampled_from(("day", "week", "month", "quarter", "half_year", "year")),
    ways,
    st.sampled_from((None, "next", "previous", "skip", "keep")),
    st.sampled_from(([], ["08:00"], ["17:00", "08:00"])),
)
before_a_day = st.builds(
    lambda every, names, day, holiday: Calendar(every=every, weekday=tuple(names), before=day, holiday=holiday),
    st.sampled_from(("month", "quarter", "year")),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2),
    st.integers(1, 31),
    st.sampled_from((None, "next", "previous", "skip", "keep")),
)
calendars = st.one_of(regular, regular, before_a_day)


@given(calendars, st.integers(0, 2 * 365 * 24), st.integers(0, 120))
def test_occurrences_are_those_of_a_reading_day_by_day(calendar: Calendar, hours: int, days: int) -> None:
    """Whatever is picked and however it moves, nothing is left out, doubled or out of order."""
    since = at("2025-01-01 00:00") + timedelta(hours=hours)
    until = since + DAY * days

    found = list(occurrences(calendar, since, until, WORK))

    assert sorted(oracle(calendar, since, until)) == [one.at for one in found]


@given(calendars, st.integers(0, 365 * 24))
def test_the_next_instant_is_the_first_of_what_comes(calendar: Calendar, hours: int) -> None:
    """It lies after the given instant, and asking again at it gives a later one."""
    after = at("2026-01-01 00:00") + timedelta(hours=hours)
    first = next_instant(calendar, after, WORK)
    if first is None:  # a 5th weekday of a week, or a day that holidays always leave out
        return
    following = next((one.at for one in upcoming(calendar, after, WORK) if one.at > first), None)

    assert after < first
    assert following == next_instant(calendar, first, WORK)


@given(calendars, st.sampled_from(("this", "last")))
def test_no_two_occurrences_have_one_name(calendar: Calendar, covers: str) -> None:
    """The label tells every occurrence of a year from every other, so that it can name the case."""
    found = list(occurrences(calendar, at("2026-01-01 00:00"), at("2026-12-31 24:00"), WORK, covers))

    assert len(found) == len({one.label for one in found})
    assert all(one.begins <= one.at for one in found if calendar.holiday != "previous")
