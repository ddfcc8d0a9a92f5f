"""Periods of statements: weeks, months, quarters, half-years and years of the organisation's zone.

A label names one as people write it: 2026-W47 (ISO week, Monday to Sunday), 2026-11, 2026-Q4, 2026-H2, 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import DAY
from models.calendar.work_calendar import add_months
from models.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class StatementCadence(StrEnum):
    """How often a statement is made."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEAR = "half-year"
    ANNUAL = "annual"


WEEKLY = "weekly"
MONTHS = {"monthly": 1, "quarterly": 3, "half-year": 6, "annual": 12}
"""How many months the cadences have that consist of months."""
CADENCES = (WEEKLY, *MONTHS)
_WRITTEN = {WEEKLY: "2026-W47", "monthly": "2026-11", "quarterly": "2026-Q4", "half-year": "2026-H2", "annual": "2026"}
_LABELS = {
    WEEKLY: r"-W(\d{1,2})",
    "monthly": r"-(\d{1,2})",
    "quarterly": r"-Q([1-4])",
    "half-year": r"-H([12])",
    "annual": r"()",
}
_WEEK = 7
_FIRST_YEAR, _LAST_YEAR = 1901, 2199
"""Beyond them lies a slip of the pen."""


class Bucket(NamedTuple):
    """A part of a period, for a trend: a day (2026-11-05) or a month (2026-11); UTC, half-open."""

    label: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Period:
    """One period; `since` and `until` are UTC, half-open, midnights of the organisation's zone."""

    cadence: str
    label: str
    since: datetime
    until: datetime

    def before(self, zone: ZoneInfo) -> Period:
        """The period just before (环比)."""
        return _holding(self.cadence, self.since.astimezone(zone).date() - DAY, zone)

    def year_ago(self, zone: ZoneInfo) -> Period:
        """The same period of last year (同比); a week 53 is compared with that year's last week."""
        first = self.since.astimezone(zone).date()
        if self.cadence != WEEKLY:
            return _holding(self.cadence, add_months(first, -12), zone)
        year, week, _ = first.isocalendar()
        return _of_week(year - 1, min(week, _weeks_in(year - 1)), zone)

    def buckets(self, zone: ZoneInfo) -> tuple[Bucket, ...]:
        """Its days, or its months when it is longer than one."""
        first, last = self.since.astimezone(zone).date(), self.until.astimezone(zone).date()
        found = []
        while first < last:
            by_day = self.cadence in (WEEKLY, "monthly")
            following = first + DAY if by_day else add_months(first, 1)
            label = first.isoformat() if by_day else f"{first:%Y-%m}"
            found.append(Bucket(label, _midnight(first, zone), _midnight(following, zone)))
            first = following
        return tuple(found)


def parse_period(cadence: str, label: str, zone: ZoneInfo) -> Period:
    """The period of that name; UsageError says how one is written."""
    _check(cadence)
    found = re.fullmatch(r"(\d{4})" + _LABELS[cadence], label.strip().upper())
    try:
        if not found or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
            raise ValueError  # noqa: TRY301 -- the two ways of being wrong get one advice
        year = int(found[1])
        if cadence == WEEKLY:
            return _of_week(year, int(found[2]), zone)
        months = MONTHS[cadence]
        return _holding(cadence, date(year, (int(found[2] or 1) - 1) * months + 1, 1), zone)
    except ValueError:
        msg = f"{label[:20]!r} is no period of a {cadence} statement: write it like {_WRITTEN[cadence]}"
        raise UsageError(msg) from None


def period_of(cadence: str, instant: datetime, zone: ZoneInfo) -> Period:
    """The period in which an instant lies."""
    _check(cadence)
    return _holding(cadence, instant.astimezone(zone).date(), zone)


def latest_period(cadence: str, now: datetime, zone: ZoneInfo) -> Period:
    """The last one that is complete at `now`."""
    return period_of(cadence, now, zone).before(zone)


def _check(cadence: str) -> None:
    if cadence not in CADENCES:
        raise UsageError(f"unknown cadence {cadence[:20]!r}: use one of {', '.join(CADENCES)}")


def _holding(cadence: str, day: date, zone: ZoneInfo) -> Period:
    """The period of that cadence in which the day lies."""
    if cadence == WEEKLY:
        year, week, _ = day.isocalendar()
        return _of_week(year, week, zone)
    months = MONTHS[cadence]
    part = (day.month - 1) // months
    first = date(day.year, part * months + 1, 1)
    ends = {"monthly": f"-{first.month:02d}", "quarterly": f"-Q{part + 1}", "half-year": f"-H{part + 1}", "annual": ""}
    label = f"{day.year}{ends[cadence]}"
    return Period(cadence, label, _midnight(first, zone), _midnight(add_months(first, months), zone))


def _of_week(year: int, week: int, zone: ZoneInfo) -> Period:
    monday = date.fromisocalendar(year, week, 1)
    return Period(WEEKLY, f"{year}-W{week:02d}", _midnight(monday, zone), _midnight(monday + DAY * _WEEK, zone))


def _weeks_in(year: int) -> int:
    """How many ISO weeks a year has: 28 December always lies in the last."""
    return date(year, 12, 28).isocalendar().week


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
