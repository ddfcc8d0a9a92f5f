"""Periods by their labels, and working time: nine to six on the working days of the Chinese calendar."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import chinese_calendar

from tests.oracle.files import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DAY = timedelta(days=1)
OPENS, CLOSES = time(9), time(18)


class Period(NamedTuple):
    """From the first moment on, up to but without the second."""

    label: str
    since: datetime
    until: datetime

    def has(self, moment: datetime | None) -> bool:
        """Whether a moment lies in it."""
        return moment is not None and self.since <= moment < self.until

    def as_far_as(self, moment: datetime) -> Period:
        """What of it lies before a moment."""
        return self._replace(until=max(min(self.until, moment), self.since))


def period(label: str) -> Period:
    """`2025-W07`, `2025-07`, `2025-Q3`, `2025-H2` or `2025`."""
    year, _, rest = label.partition("-")
    if rest.startswith("W"):
        monday = midnight(date.fromisocalendar(int(year), int(rest[1:]), 1))
        return Period(label, monday, monday + 7 * DAY)
    months = {"Q": 3, "H": 6, "": 12}.get(rest[:1], 1)
    first = 1 if not rest else int(rest) if months == 1 else (int(rest[1:]) - 1) * months + 1
    return Period(label, _month(int(year), first), _month(int(year), first + months))


def buckets(whole: Period) -> Iterator[Period]:
    """The months of a longer period, the days of a week or a month."""
    by_month = whole.until - whole.since > 40 * DAY
    since = whole.since
    while since < whole.until:
        until = _month(since.year, since.month + 1) if by_month else since + DAY
        yield Period(f"{since:%Y-%m}" if by_month else f"{since:%Y-%m-%d}", since, until)
        since = until


def months_until(first: datetime, until: datetime) -> Iterator[Period]:
    """The months from the one of a moment on, as far as they lie before another."""
    since = _month(first.year, first.month)
    while since < until:
        yield period(f"{since:%Y-%m}")
        since = _month(since.year, since.month + 1)


def local(instant: datetime) -> datetime:
    """An instant of the world as a moment here."""
    return instant.astimezone(UTC).replace(tzinfo=None) + SHANGHAI


def midnight(day: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time())


def _month(year: int, month: int) -> datetime:
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)  # noqa: DTZ001 -- local as everything here


@cache
def is_worked(day: date) -> bool:
    """Whether the office is open that day."""
    return bool(chinese_calendar.is_workday(day))


def working_time(since: datetime, until: datetime) -> timedelta:
    """How much of the time between was office time, day by day."""
    found = timedelta()
    day = since.date()
    while day <= until.date():
        if is_worked(day):
            begin = max(since, datetime.combine(day, OPENS))
            end = min(until, datetime.combine(day, CLOSES))
            found += max(end - begin, timedelta())
        day += DAY
    return found


def quantile(lengths: Iterable[timedelta], share: float) -> int | None:
    """The smallest length, in seconds, that at least such a share of all does not exceed."""
    ordered = sorted(lengths)
    if not ordered:
        return None
    return int(ordered[max(math.ceil(share * len(ordered)), 1) - 1].total_seconds())
