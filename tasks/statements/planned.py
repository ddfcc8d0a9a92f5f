"""When the statement of each period is made, by the settings: moved to the next working day when that day is free.

A half-year is reported while it runs (the text wants it in the first ten days of June and December), read up to that
instant; when the half-year has ended, on the date of its quarter, a revision with the full figures follows.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import DAY
from models.calendar.periods import CADENCES, Period, period_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from models.calendar.work_calendar import WorkCalendar
    from models.settings import Settings

OFF = "off"
LOANS = "loans"
"""The cadence of the monthly list of what was not returned; its periods are months."""
MISSED = 12
"""So many missed periods of a cadence are made up for after downtime."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_COMPLETED = "1 09:00"
"""When a half-year is completed, where no date is set for quarters."""


class PlannedStatement(NamedTuple):
    """The statement of a period is made at this instant (UTC)."""

    cadence: str
    period: Period
    at: datetime

    @property
    def known_from(self) -> datetime:
        """Data of this instant or later is what the statement is to show."""
        return min(self.at, self.period.until)


def planned(settings: Settings, calendar: WorkCalendar, cadence: str, now: datetime) -> list[PlannedStatement]:
    """What was to be made by `now`, the oldest first, at most the last so many (`MISSED`)."""
    found: list[PlannedStatement] = []
    period = period_of("monthly" if cadence == LOANS else cadence, now, calendar.zone)
    for _ in range(MISSED + 2):
        instants = instants_of(settings, calendar, cadence, period)
        found += [PlannedStatement(cadence, period, at) for at in instants if at <= now]
        period = period.before(calendar.zone)
    return sorted(found, key=lambda one: one.at)[-MISSED:]


def all_planned(settings: Settings, calendar: WorkCalendar, now: datetime) -> Iterator[list[PlannedStatement]]:
    """For each cadence, what was to be made by `now`."""
    for cadence in (*CADENCES, LOANS):
        yield planned(settings, calendar, cadence, now)


def instants_of(settings: Settings, calendar: WorkCalendar, cadence: str, period: Period) -> list[datetime]:
    """The instants at which the statement of that period is made; none when the cadence is switched off."""
    given = {
        "weekly": settings.statement_weekly,
        "monthly": settings.statement_monthly,
        "quarterly": settings.statement_quarterly,
        "half-year": settings.statement_half_year,
        "annual": settings.statement_annual,
        LOANS: settings.statement_loans,
    }[cadence]
    if given == OFF:
        return []
    after = calendar.local_date(period.until)
    if cadence == "half-year":
        running = [
            day for day in _year_days(given, after.year - (after.month == 1)) if _lies_in(day[0], period, calendar)
        ]
        completed = settings.statement_quarterly if settings.statement_quarterly != OFF else _COMPLETED
        days = [*running, _month_day(completed, after)]
    elif cadence == "annual":
        days = _year_days(given, after.year)
    elif cadence == "weekly":
        name, hour = given.split()
        days = [(after + DAY * _WEEKDAYS.index(name), _hour(hour))]
    else:
        days = [_month_day(given, after)]
    return [_at(day, hour, calendar) for day, hour in days]


def _month_day(given: str, after: date) -> tuple[date, time]:
    """`8 09:00` in the month that begins when the period has ended."""
    day, hour = given.split()
    return after.replace(day=int(day)), _hour(hour)


def _year_days(given: str, year: int) -> list[tuple[date, time]]:
    """`06-05 09:00,12-05 09:00` in that year."""
    found = []
    for part in given.split(","):
        day, hour = part.split()
        month, number = map(int, day.split("-"))
        found.append((datetime(year, month, number, tzinfo=UTC).date(), _hour(hour)))
    return found


def _lies_in(day: date, period: Period, calendar: WorkCalendar) -> bool:
    return calendar.local_date(period.since) <= day < calendar.local_date(period.until)


def _hour(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _at(day: date, hour: time, calendar: WorkCalendar) -> datetime:
    worked = day if calendar.is_working_day(day) else calendar.shift_working_days(day, 1)
    return datetime.combine(worked, hour, calendar.zone).astimezone(UTC)
