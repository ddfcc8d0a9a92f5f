"""Office hours of a regulation: seasons, days and shifts (past midnight, too) in place of the organisation's hours.

Working days stay what they are: the hours say when working time runs, when the office is open, and when it closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from models.calendar.instants import DAY, WEEKDAYS
from models.calendar.work_calendar import LONGEST_SEARCH, WorkCalendar
from models.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.calendar.work_calendar import Span
    from models.language.calendars import Hours
    from models.language.regulation import Regulation

_MONTH_DAY = 5
"""How long `05-01` is: a day of every year."""


@dataclass(frozen=True)
class OwnHours(WorkCalendar):
    """The organisation's calendar with the hours of one regulation."""

    hours: tuple[Hours, ...] = ()

    def open_spans(self, since: datetime) -> Iterator[Span]:
        """The open stretches from an instant on, the first one cut to it and each within one day; they never end."""
        for begin, end in self._spans(self.local_date(since), DAY):
            if end > since:
                yield max(begin, since), end

    def open_spans_back(self, until: datetime) -> Iterator[Span]:
        """The open stretches before an instant, the latest first and cut to it; they never end."""
        for begin, end in self._spans(self.local_date(until), -DAY):
            if begin < until:
                yield begin, min(end, until)

    def close_of_day(self, day: date) -> datetime:
        """The last close of what opens that day, at its end at the latest; a day without hours closes like others."""
        ends = [end for one in self.hours if self._holds(one, day) for _, end in self._of(one, day)]
        ends = ends or [end for one in self.hours for _, end in self._of(one, day)]
        return min(max(ends), self.end_of_day(day))

    def _spans(self, day: date, step: timedelta) -> Iterator[Span]:
        """What is open, day by day; an error when nothing is for a year."""
        idle = 0
        while idle <= LONGEST_SEARCH:
            found = self._office(day)
            yield from found if step > timedelta() else reversed(found)
            idle = 0 if found else idle + 1
            day += step
        msg = f"nothing is open within {LONGEST_SEARCH} days of {day}: check `hours` of the regulation"
        raise CalendarError(msg)

    def _office(self, day: date) -> list[Span]:
        """What is open on that day, also what began the day before; stretches that overlap count once."""
        midnight, following = self.start_of_day(day), self.start_of_day(day + DAY)
        begun = (span for first in (day - DAY, day) for one in self.hours if self._holds(one, first)
                 for span in self._of(one, first))  # fmt: skip
        found: list[Span] = []
        told = midnight
        for begin, end in sorted(begun):
            if min(end, following) > max(begin, told):
                found.append((max(begin, told), min(end, following)))
                told = found[-1][1]
        return found

    def _of(self, hours: Hours, day: date) -> Iterator[Span]:
        for text in hours.open:
            opens, closes = text.split("-")
            following = day + DAY if closes <= opens or closes == "24:00" else day
            yield self._at(day, opens), self._at(following, "00:00" if closes == "24:00" else closes)

    def _at(self, day: date, text: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(text), self.zone).astimezone(UTC)

    def _holds(self, hours: Hours, day: date) -> bool:
        """Whether these hours are kept on that day."""
        if not _in_season(hours, day):
            return False
        if hours.days == "working":
            return self.is_working_day(day)
        return hours.days == "all" or WEEKDAYS[day.weekday()] in hours.days


def hours_of(regulation: Regulation, calendar: WorkCalendar) -> WorkCalendar:
    """The calendar as this regulation keeps it: with its own hours where it has some."""
    if not regulation.hours:
        return calendar
    known = calendar.by_hours
    if regulation.hours not in known:
        known[regulation.hours] = OwnHours(
            calendar.zone,
            calendar.office_hours,
            calendar.notice_hour,
            calendar.exceptions,
            calendar.unpublished,
            regulation.hours,
        )
    return known[regulation.hours]


def _in_season(hours: Hours, day: date) -> bool:
    """A season of every year may run over its end (10-01 to 04-30)."""
    if hours.since is None or hours.until is None:
        return True
    begun = hours.since <= _written(day, hours.since)
    not_over = _written(day, hours.until) <= hours.until
    over_the_year = len(hours.since) == len(hours.until) == _MONTH_DAY and hours.since > hours.until
    return begun or not_over if over_the_year else begun and not_over


def _written(day: date, like: str) -> str:
    """The day in the form of another: with its year or without."""
    return f"{day:%m-%d}" if len(like) == _MONTH_DAY else day.isoformat()
