"""Pauses: the stretches of a case in which clocks stand still, and arithmetic with the time that counts around them.

An elapsed or working-time clock goes on after a pause with exactly what was left. A limit counted in days moves by the
days of the pause: as many as the date of the resumption lies after the date of the pause, or as many working days.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.calendar.instants import DAY, parse_instant
from models.errors import UsageError
from models.language.conditions import Match
from models.language.durations import Duration, Unit
from models.language.regulation import Pause, Regulation
from models.timeline.story import REOPENED, Event, Suspension, matches_any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from models.calendar.work_calendar import Span, WorkCalendar

Pauses = tuple[Suspension, ...]
"""Stretches of one rule: in order, apart from each other."""

NEVER = 9000
"""A date from this year on (people write 9999-12-31) means never."""

_DATE_ONLY = re.compile(r"\s*(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8})\s*")
_RESUMED = Match(event="resumed")
_ALWAYS = tuple(Pause(start=(Match(event=name),), stop=(_RESUMED,)) for name in ("paused", "postponement_approved"))


def instant_of(value: Any, calendar: WorkCalendar, *, end: bool) -> datetime | None:
    """The instant that a field of a case or event gives; a bare date means its end, or else its notice hour.

    None when it is empty or means never. UsageError when it is no date.
    """
    if value in (None, ""):
        return None
    bare = isinstance(value, date) and not isinstance(value, datetime)
    instant = parse_instant(value, calendar.zone)
    if instant.year >= NEVER:
        return None
    if bare or (isinstance(value, str) and _DATE_ONLY.fullmatch(value)):
        day = calendar.local_date(instant)
        return calendar.end_of_day(day) if end else calendar.notice(day)
    return instant


def readable_instant(value: Any, calendar: WorkCalendar, *, end: bool) -> datetime | None:
    """As `instant_of`, but what a foreign program wrote and nobody can read counts as not given."""
    try:
        return instant_of(value, calendar, end=end)
    except UsageError:
        return None


def suspensions(events: Sequence[Event], regulation: Regulation, calendar: WorkCalendar) -> list[Suspension]:
    """Every stretch in which clocks stand still, in order of its beginning; `events` are in order."""
    names = {event.name for event in events}
    found: list[Suspension] = []
    for kind in (*_ALWAYS, *regulation.pauses):
        if any(match.event in names for match in kind.start):
            found += _of_kind(kind, events, regulation.closing, calendar)
    return sorted(found, key=lambda pause: pause.since)


def _of_kind(
    kind: Pause, events: Sequence[Event], closing: Sequence[str], calendar: WorkCalendar
) -> Iterator[Suspension]:
    """The stretches of one kind; `resumed` ends each kind, a later start replaces the end that an earlier one gave."""
    stops = (*kind.stop, _RESUMED)
    begun: Event | None = None
    until: datetime | None = None
    for event in events:
        again = matches_any(event, kind.start)
        if begun is not None:
            over = again or event.name == REOPENED or event.name in closing
            over = over or matches_any(event, stops)
            if until is not None and until <= event.at:
                yield Suspension(begun.at, until, begun.name, kind.rules)
                begun = None
            elif over:
                yield Suspension(begun.at, event.at, begun.name, kind.rules)
                begun = None
        if again:
            begun, until = event, readable_instant(event.fields.get("until"), calendar, end=False)
    if begun is not None:
        yield Suspension(begun.at, until, begun.name, kind.rules)


def merged(found: Sequence[Suspension], rule: str) -> Pauses:
    """The pauses of one rule, overlapping ones as one."""
    joined: list[Suspension] = []
    for pause in found:
        if (pause.rules and rule not in pause.rules) or (pause.until is not None and pause.until <= pause.since):
            continue
        last = joined[-1] if joined else None
        if last and (last.until is None or pause.since <= last.until):
            until = None if last.until is None or pause.until is None else max(last.until, pause.until)
            joined[-1] = last._replace(until=until)
        else:
            joined.append(pause)
    return tuple(joined)


def clipped(pauses: Pauses, start: datetime) -> Pauses:
    """What of the pauses lies after an instant."""
    if not pauses or pauses[0].since >= start:
        return pauses
    left = (pause for pause in pauses if pause.until is None or pause.until > start)
    return tuple(pause if pause.since >= start else pause._replace(since=start) for pause in left)


def known_at(pauses: Pauses, instant: datetime) -> Pauses:
    """The pauses that had begun before an instant: a later one changes nothing about what was over by then."""
    if not pauses or pauses[-1].since < instant:
        return pauses
    return tuple(pause for pause in pauses if pause.since < instant)


def ended_by(pauses: Pauses, instant: datetime) -> Pauses:
    """The pauses that had begun before an instant, as if the case went on then: what comes later is not known yet."""
    if not pauses:
        return pauses
    known = known_at(pauses, instant)
    return tuple(pause if pause.until and pause.until <= instant else pause._replace(until=instant) for pause in known)


# -- elapsed time ---------------------------------------------------------------------------------------------


def advance(start: datetime, seconds: int, pauses: Pauses) -> datetime | None:
    """The first instant at which so many seconds have counted; None when a pause without end comes first."""
    left = timedelta(seconds=seconds)
    for pause in pauses:
        if pause.until is not None and pause.until <= start:
            continue
        if pause.since > start:
            if left <= pause.since - start:
                break
            left -= pause.since - start
        if pause.until is None:
            return None
        start = pause.until
    return start + left


def retreat(end: datetime, seconds: int, pauses: Pauses) -> datetime:
    """The first instant at which no more than so many counted seconds were left until `end`, which is in no pause."""
    left = timedelta(seconds=seconds)
    for pause in reversed(pauses):
        if pause.until is None or pause.until > end:
            continue
        if left < end - pause.until:
            break
        left -= end - pause.until
        end = pause.since
    return end - left


# -- working time ---------------------------------------------------------------------------------------------


def advance_working(start: datetime, seconds: int, pauses: Pauses, calendar: WorkCalendar) -> datetime | None:
    """The first instant at which so many seconds of working time have counted.

    None when a pause without end comes first. Working time that is used up at the close of the office ends there, not
    when it opens again.
    """
    if seconds == 0:
        return start
    left = timedelta(seconds=seconds)
    for span in calendar.open_spans(start):
        for since, until in _between(span, pauses):
            if left <= until - since:
                return since + left
            left -= until - since
        if pauses and pauses[-1].until is None and pauses[-1].since <= span[1]:
            return None
    return None  # pragma: no cover -- open_spans never ends


def retreat_working(end: datetime, seconds: int, pauses: Pauses, calendar: WorkCalendar) -> datetime:
    """The last instant at which so many seconds of working time were left until `end`."""
    left = timedelta(seconds=seconds)
    for span in calendar.open_spans_back(end):
        for since, until in reversed(list(_between(span, pauses))):
            if left <= until - since:
                return until - left
            left -= until - since
    return end  # pragma: no cover -- open_spans_back never ends


def _between(span: Span, pauses: Pauses) -> Iterator[Span]:
    """What is left of a stretch without the pauses in it."""
    since, end = span
    for pause in pauses:
        if pause.since >= end:
            break
        if pause.since > since:
            yield since, pause.since
        if pause.until is None:
            return
        since = max(since, pause.until)
    if since < end:
        yield since, end


# -- days -----------------------------------------------------------------------------------------------------


def advance_days(
    start: datetime, duration: Duration, pauses: Pauses, calendar: WorkCalendar, edge: Callable[[date], datetime]
) -> datetime | None:
    """The edge (its end, its beginning) of the day on which a limit counted in days is reached.

    None when a pause without end comes first. What would be reached in a pause waits for the first such edge after it.
    """
    day = calendar.shift(calendar.local_date(start), duration)
    waits = False
    for pause in pauses:
        if pause.since >= edge(day):
            break
        if pause.until is None:
            return None
        if not waits:
            day = moved(day, pause, duration.unit, calendar)
        while pause.since < edge(day) < pause.until:  # its last day had begun: what is left is an edge to come
            day = calendar.shift_working_days(day, 1) if duration.unit is Unit.WORKING_DAYS else day + DAY
            waits = True
    return edge(day)


def retreat_days(end: datetime, duration: Duration, pauses: Pauses, calendar: WorkCalendar) -> date:
    """The day so many counted days before the day of `end` (which is in no pause); the duration is negative."""
    day = calendar.shift(calendar.local_date(end), duration)
    for pause in reversed(pauses):
        if pause.until is None or pause.until > end:
            continue
        if calendar.local_date(pause.until) <= day:
            break
        day = moved(day, pause, duration.unit, calendar, back=True)
    return day


def moved(day: date, pause: Suspension, unit: Unit, calendar: WorkCalendar, *, back: bool = False) -> date:
    """A day moved by the days of a pause that has an end, in working days or else in calendar days."""
    first = calendar.local_date(pause.since)
    last = calendar.local_date(pause.until or pause.since)
    if unit is Unit.WORKING_DAYS:
        count = calendar.working_days_between(first, last)
        return calendar.shift_working_days(day, -count if back else count)
    return day - (last - first) if back else day + (last - first)
