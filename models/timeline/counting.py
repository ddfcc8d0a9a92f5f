"""Counts over windows: which of the events that count brings a counter to which rung.

A window is a calendar period of the organisation's zone, a stretch that reaches back from the event, or all of time.
Within a window each rung is reached once, at the event that brings the count to it. The same events give the same
rungs, in whatever order they became known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from models.calendar.instants import DAY
from models.language.calendars import Cadence
from models.language.durations import Duration, Unit, parse_duration
from models.language.words import is_hole
from models.timeline.pauses import retreat_working

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Counter

CADENCES = frozenset(get_args(Cadence))


class CountedEvent(NamedTuple):
    """An event that counts: its instant (UTC), its order of arrival, its case, and how much it counts."""

    at: datetime
    id: int
    case_id: int
    weight: float = 1


class Reached(NamedTuple):
    """A rung that an event reached: its place in the ladder (from 1), and the count."""

    event: CountedEvent
    rung: int
    total: float


def period_of(cadence: str, day: date) -> int:
    """The number of the calendar period that holds the day: the next one has the next number."""
    if cadence == "day":
        return day.toordinal()
    if cadence == "week":  # day 1 was a Monday
        return (day.toordinal() - 1) // 7
    months = day.year * 12 + day.month - 1
    return months // {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[cadence]


def is_countable(counter: Counter) -> bool:
    """Whether its window is known: one that is still open counts nothing."""
    return not (counter.window and is_hole(counter.window))


def reached(counter: Counter, found: Sequence[CountedEvent], calendar: WorkCalendar) -> Iterator[Reached]:
    """Every rung that the events (in order) reach."""
    ladder = [(number, rung.at) for number, rung in enumerate(counter.ladder, 1) if isinstance(rung.at, int)]
    if not ladder or not is_countable(counter):
        return
    counting = _rolling if counter.window and counter.window not in CADENCES else _by_period
    last: dict[int, int] = {}
    for index, (count, first) in enumerate(counting(counter, found, calendar)):
        for number, at in ladder:
            fits = count == at if counter.consecutive else count >= at
            if fits and last.get(number, -1) < first:
                last[number] = index
                yield Reached(found[index], number, count)


def count_at(counter: Counter, found: Sequence[CountedEvent], calendar: WorkCalendar, at: datetime) -> float:
    """How high the count stands at an instant, after the events (in order, none later) that are given."""
    if not is_countable(counter):
        return 0
    if counter.window is None:
        return sum(one.weight for one in found)
    day = calendar.local_date(at)
    if counter.window not in CADENCES:
        duration = parse_duration(counter.window)
        return sum(one.weight for one in found if _lies_within(one.at, at, duration, calendar))
    periods = [period_of(counter.window, calendar.local_date(one.at)) for one in found]
    now = period_of(counter.window, day)
    if not counter.consecutive:
        return sum(one.weight for one, period in zip(found, periods, strict=True) if period == now)
    run, had = 0, set(periods)
    while now - run in had:
        run += 1
    return run


def _by_period(counter: Counter, found: Sequence[CountedEvent], calendar: WorkCalendar) -> Iterator[tuple[float, int]]:
    """The count at each event, and the index of the first event of its window."""
    total, run, first = 0.0, 0, 0
    last: int | None = None
    for index, one in enumerate(found):
        period = period_of(counter.window, calendar.local_date(one.at)) if counter.window else 0
        if period != last:
            run = run + 1 if last is not None and period == last + 1 else 1
            total, first, last = 0.0, index, period
        total += one.weight
        yield (run if counter.consecutive else total), first


def _rolling(counter: Counter, found: Sequence[CountedEvent], calendar: WorkCalendar) -> Iterator[tuple[float, int]]:
    """The same for a window that reaches back from each event."""
    duration = parse_duration(counter.window or "")
    first = 0
    total = 0.0
    for index, one in enumerate(found):
        total += one.weight
        while not _lies_within(found[first].at, one.at, duration, calendar):
            total -= found[first].weight
            first += 1
        yield total, min(first, index)


def _lies_within(one: datetime, now: datetime, duration: Duration, calendar: WorkCalendar) -> bool:
    """Whether an instant lies in the stretch that ends now; of days, the first one that counts is not today's twin."""
    if duration.in_days:
        back = Duration(-duration.count, duration.unit, duration.text)
        since = calendar.shift(calendar.local_date(now), back) + DAY
        return calendar.local_date(one) >= since
    if duration.unit is Unit.WORKING_SECONDS:
        return one > retreat_working(now, duration.count, (), calendar)
    return (now - one).total_seconds() < duration.count
