"""Which stretches of a clock counted and which did not: the part of the story that people ask about first."""

from __future__ import annotations

from datetime import UTC, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import DAY
from models.language.durations import Duration, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from models.calendar.work_calendar import WorkCalendar
    from models.timeline.story import Suspension

PAUSE = "pause:"
"""Before the event that paused a stretch."""


class Why(StrEnum):
    """Why a stretch counts or does not: the office was closed, the day was not worked; else `pause:` and an event."""

    COUNTED = "counted"
    OFFICE_CLOSED = "office_closed"
    FREE_DAY = "free_day"


class Span(NamedTuple):
    """A half-open stretch of a clock (UTC) and why it did or did not count."""

    since: datetime
    until: datetime
    why: str

    @property
    def counted(self) -> bool:
        """Whether the clock ran."""
        return self.why == Why.COUNTED


def spans(
    since: datetime, until: datetime, duration: Duration | None, pauses: Sequence[Suspension], calendar: WorkCalendar
) -> list[Span]:
    """The stretches of a clock from its start to `until`, in order; without a duration only pauses are told apart."""
    unit = duration.unit if duration else Unit.SECONDS
    base: Iterator[Span] = iter([Span(since, until, Why.COUNTED)])
    if unit is Unit.WORKING_SECONDS:
        base = _office(since, until, calendar)
    elif unit is Unit.WORKING_DAYS:
        base = _days(since, until, calendar)
    cut = (piece for span in base for piece in _cut(span, pauses))
    return [
        Span(pieces[0].since, pieces[-1].until, why)
        for why, group in groupby(cut, key=lambda span: span.why)
        if (pieces := list(group))
    ]


def counted_seconds(found: Sequence[Span]) -> int:
    """How many seconds counted."""
    return int(sum((span.until - span.since).total_seconds() for span in found if span.counted))


def _office(since: datetime, until: datetime, calendar: WorkCalendar) -> Iterator[Span]:
    """Office hours, and what lies between them."""
    last = since
    for opens, closes in calendar.open_spans(since):
        if opens >= until:
            break
        yield from _closed(last, opens, calendar)
        yield Span(opens, min(closes, until), Why.COUNTED)
        last = min(closes, until)
    yield from _closed(last, until, calendar)


def _closed(since: datetime, until: datetime, calendar: WorkCalendar) -> Iterator[Span]:
    """A stretch without office hours; it is put down to free days when a whole one lies in it."""
    if since >= until:
        return
    day, last = calendar.local_date(since), calendar.local_date(until)
    days = (day + DAY * n for n in range((last - day).days + 1))
    yield Span(
        since, until, Why.FREE_DAY if any(not calendar.is_working_day(day) for day in days) else Why.OFFICE_CLOSED
    )


def _days(since: datetime, until: datetime, calendar: WorkCalendar) -> Iterator[Span]:
    """Working days and free days; the day of the start is day 0 and counts as far as it goes."""
    first, last = calendar.local_date(since), calendar.local_date(until)
    for n in range((last - first).days + 1):
        day = first + DAY * n
        begin, end = max(since, _midnight(day, calendar)), min(until, _midnight(day + DAY, calendar))
        if begin < end:
            yield Span(begin, end, Why.COUNTED if calendar.is_working_day(day) else Why.FREE_DAY)


def _midnight(day: date, calendar: WorkCalendar) -> datetime:
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)


def _cut(span: Span, pauses: Sequence[Suspension]) -> Iterator[Span]:
    """A stretch that would count, without the pauses in it."""
    if not span.counted:
        yield span
        return
    since = span.since
    for pause in pauses:
        begin, end = max(pause.since, since), min(pause.until or span.until, span.until)
        if begin >= end:
            continue
        if since < begin:
            yield Span(since, begin, Why.COUNTED)
        yield Span(begin, end, PAUSE + pause.why)
        since = end
    if since < span.until:
        yield Span(since, span.until, Why.COUNTED)
