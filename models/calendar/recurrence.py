"""When something recurs: the due instants that a `Calendar` of the rule language gives, each with its period.

An occurrence is found in three steps: the days that the calendar picks in a period (`_picked`), each moved when it is
not worked (`_shifted`), and the instant on that day. A period without such a day falls back rather than being left
out: the 31st of a month with 30 days is its last, and so is the 7th working day of a week with five. Only a fifth
Monday that a month does not have, and what `holiday: skip` leaves out, does not occur.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import DAY, WEEKDAYS
from models.calendar.work_calendar import add_months
from models.language.words import is_hole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.calendar.work_calendar import WorkCalendar
    from models.language.calendars import Calendar

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""How many months the periods have that consist of months."""
_WEEK = 7
_SEARCH = {"day": 10, "week": 28, "month": 70, "quarter": 200, "half_year": 400, "year": 800}
"""So many days are looked through at once for the next occurrence."""
_NOTHING_LEFT = 8 * 366
"""A calendar without an occurrence in so many days has none any more: dates of years that are over."""
_SHORT = 5
"""How long `06-10` is."""


class Occurrence(NamedTuple):
    """One time that something falls due.

    `day` is the one that the text names, before a holiday moved `at` away from it: lengths of days before the due
    instant count from there. `begins` is where the running period does (UTC); `label` names the period it is about, or
    the day (and hour) where the calendar picks several in a period.
    """

    at: datetime
    day: date
    begins: datetime
    label: str


class _Period(NamedTuple):
    """Days of one period, both included."""

    first: date
    last: date


def next_occurrence(calendar: Calendar, after: datetime, work: WorkCalendar) -> Occurrence | None:
    """The first that is due later than `after`; None when there is none, or while the calendar waits for a setting."""
    return next(upcoming(calendar, after, work), None)


def next_instant(calendar: Calendar, after: datetime, work: WorkCalendar) -> datetime | None:
    """Its due instant."""
    found = next_occurrence(calendar, after, work)
    return found.at if found else None


def occurrences(
    calendar: Calendar, since: datetime, until: datetime, work: WorkCalendar, covers: str = "this"
) -> Iterator[Occurrence]:
    """Everything that falls due after `since` up to `until`, in order."""
    for found in upcoming(calendar, since, work, covers):
        if found.at > until:
            return
        yield found


def upcoming(calendar: Calendar, after: datetime, work: WorkCalendar, covers: str = "this") -> Iterator[Occurrence]:
    """Everything that falls due later than `after`, in order, without end; `covers` as of a duty decides the labels."""
    if is_asleep(calendar):
        return
    span = DAY * _SEARCH[calendar.every or "year"]
    since = after
    empty = timedelta()
    while empty < DAY * _NOTHING_LEFT:
        found = _between(calendar, since, since + span, work, covers)
        yield from found
        since += span
        empty = timedelta() if found else empty + span


def is_asleep(calendar: Calendar) -> bool:
    """Whether it waits for a setting: how often, on which day, at what hour."""
    parts = (calendar.every, calendar.day, calendar.working_day, *calendar.weekday, *calendar.dates, *calendar.at)
    return any(is_hole(part) for part in parts)


def _between(calendar: Calendar, since: datetime, until: datetime, work: WorkCalendar, covers: str) -> list[Occurrence]:
    """What falls due after `since` up to `until`, in order.

    No day moves beyond the next working day or back before the last one, so only the days between are picked from.
    """
    first = _worked(work.local_date(since) - DAY, -DAY, work)
    last = _worked(work.local_date(until) + DAY, DAY, work)
    found = []
    for period in _periods(calendar, first, last):
        for picked in _picked(calendar, period, work):
            day = _shifted(calendar, picked, work)
            if day is None:
                continue
            for at, hour in _instants(calendar, day, work):
                if since < at <= until:
                    label = _label(calendar, period, picked, hour, covers)
                    begins = work.start_of_day(min(period.first, picked))
                    found.append(Occurrence(at, picked, begins, label))
    return sorted(set(found))  # a weekday or a date may be written twice


# -- periods -------------------------------------------------------------------------------------------------------


def _periods(calendar: Calendar, first: date, last: date) -> Iterator[_Period]:
    """The periods whose occurrences may lie on these days; of dates each is a period of its own."""
    if calendar.dates:
        for year in range(first.year, last.year + 1):
            yield from (_Period(day, day) for text in calendar.dates if (day := _dated(text, year)) is not None)
        return
    every = str(calendar.every)
    period = _period(every, first)
    while period.first <= last:
        yield period
        period = _period(every, period.last + DAY)
    if calendar.before is not None:  # the last Friday before the 2nd lies in the month before
        yield period


def _period(every: str, day: date) -> _Period:
    """The period in which the day lies."""
    if every == "day":
        return _Period(day, day)
    if every == "week":
        monday = day - DAY * day.weekday()
        return _Period(monday, monday + DAY * (_WEEK - 1))
    months = MONTHS[every]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return _Period(first, add_months(first, months) - DAY)


def _dated(text: str, year: int) -> date | None:
    """`06-10` in that year (the 29th of February falls back), `2026-09-01` in its own."""
    if len(text) > _SHORT:
        day = date.fromisoformat(text)
        return day if day.year == year else None
    month, number = map(int, text.split("-"))
    first = date(year, month, 1)
    return min(first + DAY * (number - 1), add_months(first, 1) - DAY)


# -- days ----------------------------------------------------------------------------------------------------------


def _picked(calendar: Calendar, period: _Period, work: WorkCalendar) -> Iterator[date]:
    """The days that the calendar picks in the period; its last day when it says nothing."""
    if calendar.working_day is not None:
        yield _nth_working_day(period, int(calendar.working_day), work)
    elif calendar.day is not None:
        count = int(calendar.day)
        day = period.first + DAY * (count - 1) if count > 0 else period.last + DAY * (count + 1)
        yield max(period.first, min(day, period.last))
    elif calendar.before is not None:
        day = min(period.first + DAY * (calendar.before - 2), period.last)
        while WEEKDAYS[day.weekday()] not in calendar.weekday:
            day -= DAY
        yield day
    elif calendar.weekday:
        yield from _weekdays(calendar, period)
    else:
        yield period.last


def _weekdays(calendar: Calendar, period: _Period) -> Iterator[date]:
    """Each such weekday of the period, or the nth ones."""
    for name in calendar.weekday:
        first = period.first + DAY * ((WEEKDAYS.index(str(name)) - period.first.weekday()) % _WEEK)
        count = (period.last - first).days // _WEEK + 1 if first <= period.last else 0
        wanted = calendar.nth or range(1, count + 1)
        yield from {first + DAY * _WEEK * (n - 1 if n > 0 else count + n) for n in wanted if 0 < abs(n) <= count}


def _nth_working_day(period: _Period, count: int, work: WorkCalendar) -> date:
    """The nth one, or the last there is; in a period without any its last day, which a holiday then moves."""
    days = (period.last - period.first).days + 1
    worked = (period.first + DAY * n for n in (range(days) if count > 0 else range(days - 1, -1, -1)))
    found = period.last
    for number, day in enumerate((day for day in worked if work.is_working_day(day)), 1):
        found = day
        if number == abs(count):
            break
    return found


def _shifted(calendar: Calendar, day: date, work: WorkCalendar) -> date | None:
    """The day, or where its holiday rule moves it; None when it is left out."""
    rule = calendar.on_free_days
    if rule == "keep" or work.is_working_day(day):
        return day
    return None if rule == "skip" else _worked(day, DAY if rule == "next" else -DAY, work)


def _worked(day: date, step: timedelta, work: WorkCalendar) -> date:
    """That day, or the first worked one in that direction."""
    return day if work.is_working_day(day) else work.shift_working_days(day, 1 if step > timedelta() else -1)


def _instants(calendar: Calendar, day: date, work: WorkCalendar) -> Iterator[tuple[datetime, str]]:
    """The due instants of a day, each with the hour by which several are told apart."""
    for text in calendar.at:
        instant = datetime.combine(day, time.fromisoformat(text), work.zone).astimezone(UTC)
        yield instant, text if len(calendar.at) > 1 else ""
    if not calendar.at:
        yield (work.close_of_day(day) if calendar.working_day is not None else work.end_of_day(day)), ""


# -- names ---------------------------------------------------------------------------------------------------------


def _label(calendar: Calendar, period: _Period, day: date, hour: str, covers: str) -> str:
    """2026-W47, 2026-11, 2026-Q4, 2026-H2, 2026; of a day 2026-11-24; of several hours 2026-11-24T17:00."""
    picks_days = calendar.weekday and calendar.before is None
    several = len(calendar.nth) > 1 or len(calendar.weekday) > 1 or (calendar.every != "week" and not calendar.nth)
    if hour or calendar.dates or (picks_days and several):
        return day.isoformat() + (f"T{hour}" if hour else "")
    every = str(calendar.every)
    if covers == "last":
        period = _period(every, period.first - DAY)
    first = period.first
    return {
        "day": first.isoformat(),
        "week": "{}-W{:02d}".format(*first.isocalendar()[:2]),
        "month": f"{first:%Y-%m}",
        "quarter": f"{first.year}-Q{(first.month + 2) // 3}",
        "half_year": f"{first.year}-H{(first.month + 5) // 6}",
        "year": str(first.year),
    }[every]
