"""The organisation's calendar: which days are worked, when the office is open, and arithmetic with both.

Working days follow the Chinese calendar with its make-up Saturdays and Sundays (`chinesecalendar`). For a year
that the State Council has not published, the public holidays of `holidays` stand in, without make-up days, and
every answer that rests on them is provisional. Local exceptions come on top of both.
"""

from __future__ import annotations

import calendar as months
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from models.calendar.instants import DAY
from models.errors import CalendarError
from models.language.durations import Duration, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from models.language.calendars import Hours

LONGEST_SEARCH = 366
"""A calendar without a working day in so many days is an error, not a hang."""

LAST_SECOND = time(23, 59, 59)

Span = tuple[datetime, datetime]
"""A half-open stretch of time, UTC."""


@lru_cache(maxsize=64)
def published_days(year: int) -> frozenset[date] | None:
    """The working days of a published year; None when the State Council has not published it (or before 2004)."""
    import chinese_calendar  # noqa: PLC0415 -- 25 ms that a command without working days does not pay

    first = date(year, 1, 1)
    try:
        return frozenset(
            day
            for day in (first + DAY * n for n in range(366 if months.isleap(year) else 365))
            if chinese_calendar.is_workday(day)
        )
    except NotImplementedError:
        return None


def last_published_year() -> int:
    """The newest year whose working days are known."""
    from chinese_calendar.constants import holidays  # noqa: PLC0415 -- see published_days

    newest: date = max(holidays)
    return newest.year


@lru_cache(maxsize=64)
def assumed_days(year: int) -> frozenset[date]:
    """Monday to Friday without the statutory holidays: the best guess for a year that is not published."""
    import holidays  # noqa: PLC0415 -- 100 ms, needed for unpublished years only

    free = holidays.country_holidays("CN", years=year)
    first = date(year, 1, 1)
    days = (first + DAY * n for n in range(366 if months.isleap(year) else 365))
    return frozenset(day for day in days if day.weekday() < 5 and day not in free)  # noqa: PLR2004 -- Saturday


@dataclass(frozen=True)
class WorkCalendar:
    """Working days and office hours in one zone. All instants are aware UTC datetimes."""

    zone: ZoneInfo
    office_hours: tuple[tuple[time, time], ...] = ((time(9), time(18)),)
    notice_hour: time = time(9)
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    """Local exceptions: True = worked, False = free."""
    unpublished: frozenset[int] = frozenset()
    """Years to treat as unpublished although the library knows them (for trials of what publication changes)."""

    # -- days -------------------------------------------------------------------------------------------------

    def is_working_day(self, day: date) -> bool:
        """Whether that day is worked."""
        exception = self.exceptions.get(day)
        if exception is not None:
            return exception
        days = self._published(day.year)
        return day in (assumed_days(day.year) if days is None else days)

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether an answer that rests on these days may still change when a year is published."""
        return any(self._published(year) is None for year in range(first.year, last.year + 1))

    def _published(self, year: int) -> frozenset[date] | None:
        return None if year in self.unpublished else published_days(year)

    def local_date(self, instant: datetime) -> date:
        """The day of an instant in the organisation's zone."""
        return instant.astimezone(self.zone).date()

    def start_of_day(self, day: date) -> datetime:
        """Midnight at which the day begins."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def end_of_day(self, day: date) -> datetime:
        """The last second of the day: limits in calendar days end with it."""
        return datetime.combine(day, LAST_SECOND, self.zone).astimezone(UTC)

    def close_of_day(self, day: date) -> datetime:
        """The close of the office that day: limits in working days end with it."""
        return datetime.combine(day, self.office_hours[-1][1], self.zone).astimezone(UTC)

    def notice(self, day: date) -> datetime:
        """The notice hour of the day, at which steps measured in days fire."""
        return datetime.combine(day, self.notice_hour, self.zone).astimezone(UTC)

    def shift_working_days(self, day: date, count: int) -> date:
        """The count-th working day after (before, when negative) the day, which itself is day 0."""
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            day = self._next_working_day(day + step, step)
        return day

    def _next_working_day(self, day: date, step: timedelta) -> date:
        """That day or the first worked one after it (before it, when the step is negative)."""
        first = day
        for _ in range(LONGEST_SEARCH):
            if self.is_working_day(day):
                return day
            day += step
        msg = f"no working day within {LONGEST_SEARCH} days of {first}: check the calendar's exceptions"
        raise CalendarError(msg)

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie after `first` up to and including `last`."""
        return sum(self.is_working_day(first + DAY * n) for n in range(1, (last - first).days + 1))

    def shift(self, day: date, duration: Duration) -> date:
        """A day moved by a duration counted in days; months keep the day or fall back to the month's last."""
        if duration.unit is Unit.WORKING_DAYS:
            return self.shift_working_days(day, duration.count)
        if duration.unit is Unit.MONTHS:
            return add_months(day, duration.count)
        return day + DAY * duration.count

    # -- working time -----------------------------------------------------------------------------------------

    def open_spans(self, since: datetime) -> Iterator[Span]:
        """The office's open stretches from an instant on, the first one cut to it; they never end."""
        day = self.local_date(since)
        while True:
            day = self._next_working_day(day, DAY)
            for opens, closes in self._office(day):
                if closes > since:
                    yield max(opens, since), closes
            day += DAY

    def open_spans_back(self, until: datetime) -> Iterator[Span]:
        """The office's open stretches before an instant, the latest first and cut to it; they never end."""
        day = self.local_date(until)
        while True:
            day = self._next_working_day(day, -DAY)
            for opens, closes in reversed(self._office(day)):
                if opens < until:
                    yield opens, min(closes, until)
            day -= DAY

    def _office(self, day: date) -> list[Span]:
        """The open stretches of a working day."""
        return [
            (
                datetime.combine(day, opens, self.zone).astimezone(UTC),
                datetime.combine(day, closes, self.zone).astimezone(UTC),
            )
            for opens, closes in self.office_hours
        ]

    def working_seconds(self, since: datetime, until: datetime) -> int:
        """How much working time lies between two instants, in seconds."""
        total = timedelta()
        for begin, end in self.open_spans(since):
            if begin >= until:
                break
            total += min(end, until) - begin
        return int(total.total_seconds())

    def is_open(self, instant: datetime) -> bool:
        """Whether the office is open at that instant; at the close it is not."""
        begin, _ = next(self.open_spans(instant))
        return begin == instant

    @cached_property
    def by_hours(self) -> dict[tuple[Hours, ...], WorkCalendar]:
        """The same with the hours of regulations that have their own, as far as one asked (`hours.py`)."""
        return {}

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever an answer of this calendar may change: exceptions, hours, or a newly published year."""
        hours = f"{self.zone.key}|{self.office_hours}|{self.notice_hour}"
        text = f"{hours}|{sorted(self.exceptions.items())}|{last_published_year()}|{sorted(self.unpublished)}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def add_months(day: date, count: int) -> date:
    """The same day so many months on; 31 January + 1 month is the last day of February."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def read_exceptions(lines: Iterator[str] | list[str], name: str) -> dict[date, bool]:
    """Local exceptions, one a line: `2026-10-10 work` or `2026-10-11 free`; `#` starts a comment."""
    found: dict[date, bool] = {}
    words = {"work": True, "上班": True, "free": False, "放假": False}
    for number, line in enumerate(lines, 1):
        parts = line.split("#", 1)[0].replace(",", " ").split()
        if not parts:
            continue
        try:
            day, word = parts
            found[date.fromisoformat(day)] = words[word]
        except (ValueError, KeyError) as error:
            msg = f"{name}:{number}: write a day and `work` or `free`, like `2026-10-10 work`"
            raise CalendarError(msg) from error
    return found
