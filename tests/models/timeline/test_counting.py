"""Counts over windows, held against a slow count that starts anew for every event."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendar.work_calendar import WorkCalendar, add_months
from models.language.permissions import Counter
from models.timeline.counting import CountedEvent, count_at, period_of, reached

CALENDAR = WorkCalendar(ZoneInfo("Asia/Shanghai"))
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CADENCES = ("day", "week", "month", "quarter", "half_year", "year")


def counter(window: str | None, *rungs: int, consecutive: bool = False) -> Counter:
    """A counter with these rungs."""
    return Counter.model_validate(
        {
            "id": "c",
            "cite": {"article": "1"},
            "title": {"zh": "数", "en": "count"},
            "counts": "registered",
            "of": "handler",
            "window": window,
            "consecutive": consecutive,
            "ladder": [{"at": rung, "to": "operations"} for rung in rungs],
        }
    )


def counted(hours: list[int]) -> list[CountedEvent]:
    """Events so many hours after the beginning of the year, in order."""
    return sorted(CountedEvent(BEGIN + timedelta(hours=hour), number, number) for number, hour in enumerate(hours))


HOURS = st.lists(st.integers(0, 24 * 200), max_size=25)


def label(cadence: str, day: date) -> tuple[int, ...]:
    """The period as a person would name it."""
    named = {
        "day": (day.toordinal(),),
        "week": tuple(day.isocalendar()[:2]),
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month + 2) // 3),
        "half_year": (day.year, (day.month + 5) // 6),
        "year": (day.year,),
    }
    return named[cadence]


@given(day=st.dates(date(2019, 12, 1), date(2030, 1, 31)))
@pytest.mark.parametrize("cadence", CADENCES)
def test_periods_follow_each_other(cadence: str, day: date) -> None:
    """The number goes up by one exactly where the name changes."""
    following = day + timedelta(days=1)
    steps = period_of(cadence, following) - period_of(cadence, day)
    assert (label(cadence, day) != label(cadence, following)) == steps


@given(hours=HOURS)
@pytest.mark.parametrize("cadence", [*CADENCES, None])
def test_a_rung_is_reached_once_a_period(cadence: str | None, hours: list[int]) -> None:
    """At the event that brings the period's count to it."""
    found = counted(hours)
    expected = []
    for index, one in enumerate(found):
        days = [CALENDAR.local_date(other.at) for other in found[: index + 1]]
        count = sum(cadence is None or label(cadence, day) == label(cadence, days[-1]) for day in days)
        expected += [(one.id, rung, count) for rung, at in ((1, 2), (2, 3)) if count == at]
    assert expected == [(one.event.id, one.rung, one.total) for one in reached(counter(cadence, 2, 3), found, CALENDAR)]


@given(hours=HOURS)
@pytest.mark.parametrize("cadence", CADENCES)
def test_periods_in_a_row(cadence: str, hours: list[int]) -> None:
    """Each period counts once, a period without an event begins anew."""
    found = counted(hours)
    had = {label(cadence, CALENDAR.local_date(one.at)) for one in found}
    expected, told = [], set()
    for one in found:
        day = CALENDAR.local_date(one.at)
        own = label(cadence, day)
        run, back = 0, day
        while label(cadence, back) in had:
            run += 1
            here = label(cadence, back)
            while label(cadence, back) == here:
                back -= timedelta(days=1)
        if own not in told:
            expected += [(one.id, run)] if run in (1, 2) else []
        told.add(own)
    ladder = counter(cadence, 1, 2, consecutive=True)
    assert expected == [(one.event.id, one.total) for one in reached(ladder, found, CALENDAR)]


@given(hours=HOURS)
@pytest.mark.parametrize(("window", "months", "days"), [("P10D", 0, 10), ("P1M", 1, 0)])
def test_a_window_that_reaches_back(window: str, months: int, days: int, hours: list[int]) -> None:
    """So many days with today; at exactly that many, and a rung that was told in the window is not told again."""
    found = counted(hours)
    expected: list[tuple[int, float]] = []
    last: datetime | None = None
    for index, one in enumerate(found):
        today = CALENDAR.local_date(one.at)
        since = add_months(today, -months) - timedelta(days=days)
        within = [other for other in found[: index + 1] if CALENDAR.local_date(other.at) > since]
        if len(within) == 2 and (last is None or CALENDAR.local_date(last) <= since):
            expected.append((one.id, len(within)))
            last = one.at
    assert expected == [(one.event.id, one.total) for one in reached(counter(window, 2), found, CALENDAR)]


@given(hours=HOURS)
@pytest.mark.parametrize("window", [None, "day", "month", "P10D", "PT48H"])
def test_the_count_at_an_event_is_what_its_rung_says(window: str | None, hours: list[int]) -> None:
    """A gate that asks for the count hears the same as the ladder."""
    found = counted(hours)
    for one in reached(counter(window, 1, 2, 3), found, CALENDAR):
        known = found[: found.index(one.event) + 1]
        assert one.total == count_at(counter(window), known, CALENDAR, one.event.at)


# -- what else a rung may say --------------------------------------------------------------------------------------


def ladder(*rungs: dict[str, Any], **more: Any) -> Counter:
    """A counter with rungs of any form."""
    body = counter(more.pop("window", None)).model_dump(by_alias=True)
    return Counter.model_validate({**body, **more, "ladder": [{"to": "operations", **rung} for rung in rungs]})


@given(hours=HOURS, first=st.integers(1, 4))
@pytest.mark.parametrize("window", [None, "day", "month", "P10D"])
def test_a_rung_from_a_count_holds_each_time(window: str | None, first: int, hours: list[int]) -> None:
    """From the third on: the third, the fourth, the seventh."""
    found = counted(hours)
    high = [
        one.id
        for index, one in enumerate(found)
        if count_at(ladder(window=window), found[: index + 1], CALENDAR, one.at) >= first
    ]

    assert high == [one.event.id for one in reached(ladder({"from": first}, window=window), found, CALENDAR)]


@given(hours=HOURS)
def test_a_run_of_months_holds_in_every_further_one(hours: list[int]) -> None:
    """Two months in a row and every further one: once a month, at the first event of it."""
    found = counted(hours)
    months = [CALENDAR.local_date(one.at).month for one in found]
    expected = [
        one.id
        for index, (one, month) in enumerate(zip(found, months, strict=True))
        if month not in months[:index] and month - 1 in months
    ]
    in_a_row = ladder({"from": 2}, window="month", consecutive=True)

    assert expected == [one.event.id for one in reached(in_a_row, found, CALENDAR)]


@given(hours=HOURS, whose=st.lists(st.sampled_from("abc"), min_size=40, max_size=40))
@pytest.mark.parametrize("window", [None, "month", "P10D"])
def test_different_parties_are_counted_once_each(window: str | None, hours: list[int], whose: list[str]) -> None:
    """Three customers are not one customer three times: only who is new adds to the count."""
    found = [one._replace(value=whose[index % 40]) for index, one in enumerate(counted(hours))]
    three = ladder({"at": 1}, {"at": 2}, {"from": 3}, window=window, distinct="customer")
    for one in reached(three, found, CALENDAR):
        known = found[: found.index(one.event) + 1]
        assert one.total == count_at(three, known, CALENDAR, one.event.at)
        if window is None:
            assert one.event.value not in {other.value for other in known[:-1]}
            assert one.total == len({other.value for other in known})


@given(hours=HOURS)
def test_only_the_highest_rung_of_a_month_stands(hours: list[int]) -> None:
    """The second, third and fourth cost more each; the month takes only the highest that it came to."""
    found = counted(hours)
    size: dict[tuple[int, int], int] = {}
    for one in found:
        day = CALENDAR.local_date(one.at)
        size[day.year, day.month] = size.get((day.year, day.month), 0) + 1
    steps = ladder({"at": 2}, {"at": 3}, {"at": 4}, window="month", highest=True)

    expected = [min(count, 4) - 1 for _, count in sorted(size.items()) if count >= 2]
    assert expected == [one.rung for one in reached(steps, found, CALENDAR)]


def test_a_rung_waits_for_the_step_before_it() -> None:
    """No demerit before the written warning; once it was given, the next one counts."""
    found = counted([1, 2, 3, 4])
    steps = ladder({"at": 1}, {"from": 2, "requires": ["warned"]})
    warned = {2: [CountedEvent(BEGIN + timedelta(hours=2, minutes=30), 99, 99)]}

    assert [1] == [one.rung for one in reached(steps, found, CALENDAR)]
    assert [(1, 1), (2, 3), (2, 4)] == [(one.rung, one.total) for one in reached(steps, found, CALENDAR, warned)]
