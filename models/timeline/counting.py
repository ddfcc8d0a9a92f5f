"""Counts over windows: which of the events that count brings a counter to which rung.

A window is a calendar period of the organisation's zone, a stretch that reaches back from the event, or all of time.
Within a window a rung `at` a count is reached once, at the event that brings the count to it; a rung `from` a count at
that event and at each later one. The same events give the same rungs, in whatever order they became known.
"""

from __future__ import annotations

from collections import Counter as Multiset
from typing import TYPE_CHECKING, NamedTuple, get_args

from models.calendar.instants import DAY
from models.language.calendars import Cadence
from models.language.durations import Duration, Unit, parse_duration
from models.language.words import is_hole
from models.timeline.pauses import retreat_working

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.conditions import Matches
    from models.language.permissions import Counter

CADENCES = frozenset(get_args(Cadence))


class CountedEvent(NamedTuple):
    """An event that counts: its instant (UTC), its order of arrival, its case, how much and as what it counts."""

    at: datetime
    id: int
    case_id: int
    weight: float = 1
    value: str = ""
    """What is counted once where a counter looks at different values."""


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


def reached(
    counter: Counter,
    found: Sequence[CountedEvent],
    calendar: WorkCalendar,
    before: Mapping[int, Sequence[CountedEvent]] | None = None,
) -> list[Reached]:
    """Every rung that the events (in order) reach.

    `before` has, for each rung (by its place) that requires something, what has happened of it.
    """
    ladder = [(place, rung) for place, rung in enumerate(counter.ladder, 1) if isinstance(rung.count, int)]
    if not ladder or not is_countable(counter):
        return []
    counting = _rolling if counter.window and counter.window not in CADENCES else _by_period
    last: dict[int, int] = {}
    reach: list[tuple[int, Reached]] = []
    for index, count in enumerate(counting(counter, found, calendar)):
        for place, rung in ladder:
            wanted = rung.count
            assert isinstance(wanted, int)  # noqa: S101 -- for the type checker: the others were left out
            once = rung.at is not None or counter.consecutive
            if not count.new or (once and last.get(place, -1) >= count.first):
                continue
            fits = count.before < wanted <= count.total if rung.at is not None else count.total >= wanted
            if fits and _was_done(rung.requires, (before or {}).get(place, ()), found[index]):
                last[place] = index
                reach.append((count.first, Reached(found[index], place, count.total)))
    if not counter.highest:
        return [one for _, one in reach]
    tops: dict[int, int] = {}
    for first, one in reach:
        tops[first] = max(one.rung, tops.get(first, 0))
    return [one for first, one in reach if one.rung == tops[first]]


def _was_done(requires: Matches, done: Sequence[CountedEvent], event: CountedEvent) -> bool:
    """Whether what the rung requires had happened before the event."""
    return not requires or any((one.at, one.id) < (event.at, event.id) for one in done)


def count_at(counter: Counter, found: Sequence[CountedEvent], calendar: WorkCalendar, at: datetime) -> float:
    """How high the count stands at an instant, after the events (in order, none later) that are given."""
    if not is_countable(counter):
        return 0
    if counter.window is None:
        return _sum(counter, found)
    day = calendar.local_date(at)
    if counter.window not in CADENCES:
        duration = parse_duration(counter.window)
        return _sum(counter, [one for one in found if _lies_within(one.at, at, duration, calendar)])
    periods = [period_of(counter.window, calendar.local_date(one.at)) for one in found]
    now = period_of(counter.window, day)
    if not counter.consecutive:
        return _sum(counter, [one for one, period in zip(found, periods, strict=True) if period == now])
    run, had = 0, set(periods)
    while now - run in had:
        run += 1
    return run


def _sum(counter: Counter, found: Sequence[CountedEvent]) -> float:
    return len({one.value for one in found}) if counter.distinct else sum(one.weight for one in found)


class _Count(NamedTuple):
    """The count before and after an event, whether the event added to it, and the first event of its window."""

    before: float
    total: float
    first: int
    new: bool = True


def _by_period(counter: Counter, found: Sequence[CountedEvent], calendar: WorkCalendar) -> Iterator[_Count]:
    """The count at each event, in calendar periods or over all of time."""
    total, run, first = 0.0, 0, 0
    last: int | None = None
    seen: set[str] = set()
    for index, one in enumerate(found):
        period = period_of(counter.window, calendar.local_date(one.at)) if counter.window else 0
        if period != last:
            run = run + 1 if last is not None and period == last + 1 else 1
            total, first, last, seen = 0.0, index, period, set()
        if counter.consecutive:
            yield _Count(run - 1, run, first)
            continue
        new = not counter.distinct or one.value not in seen
        seen.add(one.value)
        had, total = total, total + ((1 if counter.distinct else one.weight) if new else 0)
        yield _Count(had, total, first, new)


def _rolling(counter: Counter, found: Sequence[CountedEvent], calendar: WorkCalendar) -> Iterator[_Count]:
    """The same for a window that reaches back from each event."""
    duration = parse_duration(counter.window or "")
    first, total = 0, 0.0
    within: Multiset[str] = Multiset()
    for index, one in enumerate(found):
        while first < index and not _lies_within(found[first].at, one.at, duration, calendar):
            total -= found[first].weight
            within[found[first].value] -= 1
            if not within[found[first].value]:
                del within[found[first].value]
            first += 1
        had, new = (float(len(within)), one.value not in within) if counter.distinct else (total, True)
        total += one.weight
        within[one.value] += 1
        yield _Count(had, float(len(within)) if counter.distinct else total, first, new)


def _lies_within(one: datetime, now: datetime, duration: Duration, calendar: WorkCalendar) -> bool:
    """Whether an instant lies in the stretch that ends now; of days, the first one that counts is not today's twin."""
    if duration.in_days:
        back = Duration(-duration.count, duration.unit, duration.text)
        since = calendar.shift(calendar.local_date(now), back) + DAY
        return calendar.local_date(one) >= since
    if duration.unit is Unit.WORKING_SECONDS:
        return one > retreat_working(now, duration.count, (), calendar)
    return (now - one).total_seconds() < duration.count
