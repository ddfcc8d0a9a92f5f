"""Office hours of a regulation: seasons, days, shifts past midnight, against a minute-by-minute reading."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import SHIPPED
from models.calendar.hours import OwnHours, hours_of
from models.calendar.work_calendar import WorkCalendar
from models.errors import CalendarError
from models.language.calendars import Hours
from models.packs.load import load_regulation

ZONE = ZoneInfo("Asia/Shanghai")
ORGANISATION = WorkCalendar(ZONE)
MINUTE = timedelta(minutes=1)


def kept(*hours: dict[str, object]) -> OwnHours:
    """A calendar with these hours."""
    return OwnHours(ZONE, hours=tuple(Hours.model_validate(one) for one in hours))


def at(text: str) -> datetime:
    """A local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def is_kept(hours: Hours, moment: datetime) -> bool:
    """The slow reading of one instant: by the day's own span, or by the one that began the day before."""
    local = moment.astimezone(ZONE)
    for text in hours.open:
        opens, closes = (time.fromisoformat(part.replace("24:00", "00:00")) for part in text.split("-"))
        for day in (local.date(), local.date() - timedelta(days=1)):
            worked = {"working": ORGANISATION.is_working_day(day), "all": True}.get(str(hours.days))
            if worked is None:
                worked = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][day.weekday()] in hours.days
            begin = datetime.combine(day, opens, ZONE)
            end = datetime.combine(day + timedelta(days=1) if closes <= opens else day, closes, ZONE)
            if worked and begin <= local < end:
                return True
    return False


clock = st.builds(lambda hour, minute: f"{hour:02d}:{minute:02d}", st.integers(0, 23), st.sampled_from((0, 30)))
spans = st.builds(lambda opens, closes: f"{opens}-{closes}", clock, clock).filter(lambda one: one[:5] != one[6:])
some_hours = st.lists(
    st.builds(
        lambda spans, days: Hours(open=tuple(spans), days=days),
        st.lists(spans, min_size=1, max_size=2),
        st.sampled_from(("working", "all", "sat", ("mon", "wed"))),
    ),
    min_size=1,
    max_size=3,
)


@given(some_hours, st.integers(0, 20 * 48))
def test_open_stretches_are_those_of_a_reading_minute_by_minute(hours: list[Hours], halves: int) -> None:
    """Whatever the shifts, exactly the half-hours that some shift keeps are open, and none counts twice."""
    calendar = OwnHours(ZONE, hours=tuple(hours))
    since = at("2026-09-25 00:00") + timedelta(minutes=30) * halves
    until = since + timedelta(days=3)
    minutes = [since + MINUTE * 30 * n for n in range(3 * 48)]

    expected = [moment for moment in minutes if any(is_kept(one, moment) for one in hours)]

    open_spans = [(a, min(b, until)) for a, b in islice(calendar.open_spans(since), 40) if a < until]
    assert expected == [moment for moment in minutes if any(a <= moment < b for a, b in open_spans)]
    assert len(expected) * 1800 == calendar.working_seconds(since, until)
    assert expected == [moment for moment in minutes if calendar.is_open(moment)]
    back = [(max(a, since), b) for a, b in islice(calendar.open_spans_back(until), 40) if b > since]
    assert len(expected) * 1800 == sum((b - a).total_seconds() for a, b in back)


def test_hours_follow_the_season() -> None:
    """Until half past four in summer, until four in winter; the winter runs over the end of the year."""
    calendar = kept(
        {"open": "08:00-16:30", "days": "all", "since": "05-01", "until": "09-30"},
        {"open": "08:00-16:00", "days": "all", "since": "10-01", "until": "04-30"},
    )

    assert at("2026-09-30 16:30") == calendar.close_of_day(date(2026, 9, 30))
    assert at("2026-10-01 16:00") == calendar.close_of_day(date(2026, 10, 1))
    assert [True, False] == [calendar.is_open(at("2026-02-14 15:59")), calendar.is_open(at("2026-02-14 16:00"))]


def test_a_night_shift_closes_the_day_at_midnight() -> None:
    """A limit in working days ends with the day itself, although its shift goes on."""
    calendar = kept({"open": "20:00-08:00", "days": "all"})

    assert calendar.end_of_day(date(2026, 11, 2)) == calendar.close_of_day(date(2026, 11, 2))
    assert (at("2026-11-03 00:00"), at("2026-11-03 08:00")) == next(calendar.open_spans(at("2026-11-03 00:00")))


def test_a_day_on_which_nothing_opens_closes_like_the_others() -> None:
    """A deadline that lies on it has an hour to end at."""
    calendar = kept({"open": "08:00-12:00", "days": "sat"})

    assert at("2026-11-02 12:00") == calendar.close_of_day(date(2026, 11, 2))


def test_hours_that_never_open_are_an_error_and_no_hang() -> None:
    """A season of one year that is over leaves no working time at all."""
    calendar = kept({"open": "08:00-12:00", "since": "2020-01-01", "until": "2020-02-01"})

    with pytest.raises(CalendarError, match="check `hours`"):
        next(calendar.open_spans(at("2026-11-02 09:00")))


def test_a_regulation_without_hours_keeps_the_organisations() -> None:
    """Nothing is copied where nothing differs; with hours of its own it gets one calendar and keeps it."""
    plain = load_regulation(SHIPPED / "standard-complaints.yaml")
    own = plain.model_copy(update={"hours": (Hours(open=("08:00-12:00",)),)})

    assert ORGANISATION is hours_of(plain, ORGANISATION)
    assert hours_of(own, ORGANISATION) is hours_of(own, ORGANISATION)
    assert at("2026-11-02 12:00") == hours_of(own, ORGANISATION).close_of_day(date(2026, 11, 2))
