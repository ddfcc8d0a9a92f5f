"""Recurring duties, pure: when the case of each occurrence opens, and when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.periods import period_of
from models.calendar.recurrence import Occurrence, upcoming
from models.language.durations import Duration, Unit, parse_duration
from models.timeline.pauses import retreat_working

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.language.rules import Duty
    from models.timeline.story import Deadline

KIND = "duty"
"""The kind of the cases that the calendar opens."""
SECOND = timedelta(seconds=1)
CADENCES = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "half_year": "half-year", "year": "annual"}
"""Of the statement that fulfils a duty; there is none of a day."""


class Opening(NamedTuple):
    """A case that is to be opened at `at` (UTC) for one occurrence."""

    at: datetime
    occurrence: Occurrence


class Reported(NamedTuple):
    """The statement that fulfils an occurrence, by cadence and period."""

    cadence: str
    period: str


def openings(duty: Duty, started: datetime, done: datetime | None, work: WorkCalendar) -> Iterator[Opening]:
    """What is to be open after `done`, the opening of the last one (None = nothing was yet), in order, without end.

    Only what falls due from `started` on, when the regulation came into force; what should have opened by then opens at
    once. What is due after `done` although it opens no later may be open already, or never was because its `lead` was
    shorter then: the caller knows. Nothing while the duty waits for a setting.
    """
    if duty.is_asleep:
        return
    for occurrence in upcoming(duty, max(started - SECOND, done or started - SECOND), work, duty.covers):
        yield Opening(max(_opens_at(duty, occurrence, work), started), occurrence)


def _opens_at(duty: Duty, occurrence: Occurrence, work: WorkCalendar) -> datetime:
    """With its period, or so long before it is due: in days with the beginning of the day, counted from the named one.

    At the latest with the day on which it is due: a holiday may have moved that to an earlier one.
    """
    last = work.start_of_day(work.local_date(occurrence.at))
    if not duty.lead:
        return min(occurrence.begins, last)
    lead = parse_duration(duty.lead)
    if lead.unit is Unit.SECONDS:
        return occurrence.at - timedelta(seconds=lead.count)
    if lead.unit is Unit.WORKING_SECONDS:
        return retreat_working(occurrence.at, lead.count, (), work)
    return min(work.start_of_day(work.shift(occurrence.day, Duration(-lead.count, lead.unit, duty.lead))), last)


def named_day(occurrence: Occurrence, work: WorkCalendar) -> date | None:
    """The day that the text names, where a holiday moved the due instant away from it."""
    return None if work.local_date(occurrence.at) == occurrence.day else occurrence.day


def reported_in(duty: Duty, occurrence: Occurrence, work: WorkCalendar) -> Reported | None:
    """The statement that fulfils this occurrence: of the running period, or of the one before it (`covers: last`)."""
    cadence = CADENCES.get(duty.fulfilled_by or "")
    if cadence is None:
        return None
    period = period_of(cadence, work.start_of_day(occurrence.day), work.zone)
    return Reported(cadence, (period.before(work.zone) if duty.covers == "last" else period).label)


def over_at(regulation: Regulation, deadlines: Sequence[Deadline]) -> datetime | None:
    """When the case of a duty closes by itself: with its last clock, when every clock in it has ended."""
    duties = {duty.id for duty in regulation.duties}
    ends = [deadline.ended_at for deadline in deadlines]
    if None in ends or not any(deadline.rule in duties for deadline in deadlines):
        return None
    return max(end for end in ends if end is not None)
