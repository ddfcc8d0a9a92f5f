"""What may be wrong with calendars, office hours and recurring duties."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from models.language.durations import parse_duration
from models.language.words import is_hole
from models.packs.findings.names import (
    Finding,
    Path,
    unknown_among_steps,
    unknown_in_penalty,
    unknown_matches,
    unknown_outcomes,
    unknown_roles,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.calendars import Calendar
    from models.language.regulation import Regulation

LEAP_YEAR = 2024
DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "half_year": 184, "year": 366}
WORKING_DAYS = {"day": 1, "week": 7, "month": 25, "quarter": 70, "half_year": 135, "year": 265}


def calendar_findings(calendar: Calendar, path: Path) -> Iterator[Finding]:
    """A calendar says how often or names its dates, and picks one day a period in one way."""
    if (calendar.every is None) == (not calendar.dates):
        yield path, "a calendar has either `every` (day, week, month, quarter, half_year, year) or `dates`"
    ways = [calendar.day is not None, calendar.working_day is not None, bool(calendar.weekday), bool(calendar.dates)]
    if sum(ways) > 1:
        yield path, "one of `day`, `working_day`, `weekday` and `dates` picks the day"
    if (calendar.nth or calendar.before is not None) and not calendar.weekday:
        yield path, "`nth` and `before` pick among weekdays: give `weekday`"
    if calendar.nth and calendar.before is not None:
        yield path, "`nth` and `before` cannot both pick the weekday"
    if calendar.before is not None and calendar.every in ("day", "week"):
        yield (*path, "before"), "`before` is a day of the month: give `every: month`"
    for key, longest in (("day", DAYS), ("working_day", WORKING_DAYS)):
        number = getattr(calendar, key)
        most = longest.get(str(calendar.every), max(longest.values()))
        if isinstance(number, int) and (number == 0 or abs(number) > most):
            yield (*path, key), f"there is no day {number} in a {calendar.every}"
    for index, text in enumerate(calendar.dates):
        yield from _date(text, (*path, "dates", index))


def _date(text: str, path: Path) -> Iterator[Finding]:
    """A day of every year or of one exists."""
    if is_hole(text):
        return
    try:
        date.fromisoformat(text if text.count("-") > 1 else f"{LEAP_YEAR}-{text}")
    except ValueError:
        yield path, f"there is no day {text}"


def duty_findings(regulation: Regulation) -> Iterator[Finding]:
    """Every duty has a calendar, and what it names exists."""
    for index, duty in enumerate(regulation.duties):
        place: Path = ("duties", index)
        yield from calendar_findings(duty, place)
        yield from unknown_roles((duty.responsible,), regulation, (*place, "responsible"))
        yield from unknown_roles(duty.copies, regulation, (*place, "copies"))
        if duty.each and duty.each != "department":
            yield from unknown_roles((duty.each,), regulation, (*place, "each"))
        steps = unknown_among_steps(duty.remind, duty.escalate, regulation)
        yield from (((*place, *path), text) for path, text in steps)
        yield from unknown_outcomes(duty.on_late, regulation, (*place, "on_late"))
        yield from unknown_in_penalty(duty.penalty, regulation, (*place, "penalty"))
        yield from unknown_matches(duty.stop, regulation, (*place, "stop"))
        if duty.lead and not is_hole(duty.lead) and parse_duration(duty.lead).count < 0:
            yield (*place, "lead"), "`lead` is a length of time before the due instant: write it without a minus"
        if duty.quantity and duty.times is None:
            yield (*place, "quantity"), "there is no sum to reach: give `times`"


def hours_findings(regulation: Regulation) -> Iterator[Finding]:
    """A season has a beginning and an end."""
    for index, hours in enumerate(regulation.hours):
        place: Path = ("hours", index)
        if (hours.since is None) != (hours.until is None):
            yield place, "a season has both `since` and `until`"
        for key in ("since", "until"):
            if (text := getattr(hours, key)) is not None:
                yield from _date(text, (*place, key))
