"""Minutes, walked one by one: which of them count for a clock, and where so many have counted.

It shares no code with the models. Everything given to it lies on whole minutes; only the end of a calendar day does
not (23:59:59). A minute is named by the instant at which it begins.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WALK = 300 * 24 * 60
"""So many minutes a walk goes at most: longer than anything that the tests draw."""


@dataclass(frozen=True)
class Happened:
    """An event."""

    name: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Law:
    """One rule in the oracle's own words; amounts are (count, unit), units m, wm, D, WD, M; signs as in the packs."""

    starts: tuple[str, ...] = ("registered",)
    stops: tuple[str, ...] = ("done",)
    every_start: bool = False
    from_previous_due: bool = False
    limits: tuple[tuple[int, str], ...] = ()
    dated: bool = False
    opens: tuple[int, str] | None = None
    reminders: tuple[tuple[int, str], ...] = ()
    late_steps: tuple[tuple[int, str], ...] = ()
    attempts: int | None = None
    next_round: str | None = None
    rounds: int | None = None
    hours: tuple[tuple[time, time], ...] = ((time(9), time(18)),)
    notice: time = time(9)
    exceptions: Mapping[date, bool] = field(default_factory=dict)


def works(law: Law, day: date) -> bool:
    """Monday to Friday, unless an exception says otherwise."""
    return law.exceptions.get(day, day.weekday() < 5)


def local(instant: datetime) -> datetime:
    """Wall-clock time."""
    return instant.astimezone(ZONE)


def at_time(day: date, clock: time) -> datetime:
    """The instant of a wall-clock time."""
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


# -- pauses -----------------------------------------------------------------------------------------------------


class Pauses:
    """For each minute whether the clocks stand still, found by living through the events."""

    def __init__(self, events: list[Happened], notice: time, before: datetime | None = None) -> None:
        self.minutes: set[datetime] = set()
        self.forever_from: datetime | None = None
        if not events:
            return
        ends: dict[str, datetime | None] = {}  # what is paused -> when it resumes by itself
        waiting = list(events)
        minute = events[0].at
        while waiting or any(end is not None for end in ends.values()):
            ends = {kind: end for kind, end in ends.items() if end is None or end > minute}
            while waiting and waiting[0].at == minute:
                event = waiting.pop(0)
                if event.name in ("resumed", "closed", "withdrawn", "reopened"):
                    ends.clear()
                elif event.name in ("paused", "postponement_approved"):
                    ends.pop(event.name, None)
                    until = self._until(event, notice)
                    if until is None or until > minute:
                        ends[event.name] = until
            if ends:
                self.minutes.add(minute)
            minute += MINUTE
        if ends:
            self.forever_from = minute - MINUTE
        if before is not None:
            self._forget_what_begins_from(before)

    @staticmethod
    def _until(event: Happened, notice: time) -> datetime | None:
        text = event.fields.get("until")
        if text is None:
            return None
        if len(text) == len("2026-01-01"):
            return at_time(date.fromisoformat(text), notice)
        return datetime.fromisoformat(text).astimezone(UTC)

    def _forget_what_begins_from(self, instant: datetime) -> None:
        kept: set[datetime] = set()
        for minute in sorted(self.minutes):
            if minute < instant or minute - MINUTE in kept:
                kept.add(minute)
        if self.forever_from is not None and self.forever_from not in kept:
            self.forever_from = None
        self.minutes = kept

    def still(self, minute: datetime) -> bool:
        """Whether the clocks stand still in the minute that begins then."""
        return minute in self.minutes or (self.forever_from is not None and minute >= self.forever_from)

    def inside(self, instant: datetime) -> bool:
        """Whether an instant lies within a pause, neither at its beginning nor at its end."""
        if instant.second:
            return self.still(instant.replace(second=0))
        return self.still(instant) and self.still(instant - MINUTE)

    def ended(self, instant: datetime) -> datetime | None:
        """The end of the pause around an instant."""
        minute = instant.replace(second=0)
        while self.still(minute):
            if self.forever_from is not None and minute >= self.forever_from:
                return None
            minute += MINUTE
        return minute


# -- walking ----------------------------------------------------------------------------------------------------


def open_minute(law: Law, minute: datetime) -> bool:
    """Whether the office is open in it."""
    wall = local(minute)
    return works(law, wall.date()) and any(begin <= wall.time() < end for begin, end in law.hours)


def counting(law: Law, unit: str, pauses: Pauses) -> Callable[[datetime], bool]:
    """Which minutes count."""
    if unit == "wm":
        return lambda minute: open_minute(law, minute) and not pauses.still(minute)
    return lambda minute: not pauses.still(minute)


def walk(law: Law, start: datetime, amount: tuple[int, str], pauses: Pauses) -> datetime | None:
    """The first instant at which so many minutes have counted."""
    count, unit = amount
    counts = counting(law, unit, pauses)
    left = count * 60
    instant = start
    for _ in range(WALK):
        if left == 0:
            return instant
        minute = instant.replace(second=0)
        if pauses.forever_from is not None and minute > pauses.forever_from:
            return None
        whole = (minute + MINUTE - instant).seconds
        if counts(minute):
            if left <= whole:
                return instant + timedelta(seconds=left)
            left -= whole
        instant = minute + MINUTE
    return None


def walk_back(end: datetime, count: int, counts: Callable[[datetime], bool]) -> datetime:
    """The last instant at which so many counted minutes were left."""
    left = count * 60
    instant = end
    while True:
        minute = instant.replace(second=0) if instant.second else instant - MINUTE
        whole = int((instant - minute).total_seconds())
        if counts(minute):
            if left <= whole:
                return instant - timedelta(seconds=left)
            left -= whole
        instant = minute


def walk_days(
    law: Law, start: datetime, amount: tuple[int, str], pauses: Pauses, edge: time | None, *, end: bool
) -> datetime | None:
    """Midnights that count, until there are enough; then the next edge of a day that is not within a pause."""
    count, unit = amount
    if unit == "M":
        count = (months_on(local(start).date(), count) - local(start).date()).days
    seen = 0
    minute = start.replace(second=0) + (MINUTE if start.second else timedelta())
    reached = False
    for _ in range(WALK):
        if pauses.forever_from is not None and minute > pauses.forever_from:
            return None
        wall = local(minute)
        counts_today = unit != "WD" or works(law, wall.date())
        if wall.hour == wall.minute == 0 and minute > start and counts_today and not pauses.still(minute - MINUTE):
            seen += 1
            reached = seen == count
            if reached and not end:
                return minute
        if end and seen >= count and counts_today:
            if edge is None and (wall.hour, wall.minute) == (23, 59) and not pauses.still(minute):
                return minute + timedelta(seconds=59)
            if edge is not None and wall.time() == edge and not pauses.inside(minute):
                return minute
        minute += MINUTE
    return None


def months_on(day: date, count: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = day.year, day.month
    for _ in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def shifted(law: Law, day: date, amount: tuple[int, str]) -> date:
    """A day so many days on or back."""
    count, unit = amount
    step = DAY if count > 0 else -DAY
    left = abs(count)
    while left:
        day += step
        if unit == "D" or works(law, day):
            left -= 1
    return day
