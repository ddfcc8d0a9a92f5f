"""The plan of a clock: every instant at which somebody is told or its state changes, in order.

What goes on without an end (a step told again and again, a fine for each day) is planned one instant ahead, with a
`review` there: the case is looked at anew, and the plan goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from models.language.durations import Duration, Unit, parse_duration
from models.timeline.due import Due, after, outside, times
from models.timeline.pauses import Pauses, clipped, moved, retreat, retreat_working
from models.timeline.story import BREACH, RESUME, REVIEW, Planned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.rules import Rule


@dataclass(slots=True)
class Plan:
    """A clock that started, with its due instant and its pauses; `until` is its end, or now."""

    rule: Rule
    start: datetime
    due: Due
    pauses: Pauses
    calendar: WorkCalendar
    until: datetime

    def steps(self, opens_at: datetime | None) -> list[Planned]:
        """Every instant at which something is to happen, in order."""
        due, rule = self.due, self.rule
        plan = [Planned(pause.until, RESUME) for pause in self.pauses if pause.until and pause.until > self.start]
        late: list[tuple[str, Duration, datetime]] = []
        for name, (distance, _) in rule.steps().items():
            if name == "opens":
                if opens_at is not None:
                    plan.append(Planned(self._told_at(opens_at), name))
            elif distance is None:
                if (lower := rule.after_start(name)) and (at := self._lower_edge(lower)) is not None:
                    plan.append(Planned(at, name))
            elif due.at is not None and (at := self._step(distance)) is not None:
                plan.append(Planned(at, name))
                if rule.again(name):
                    late.append((name, distance, at))
        for name, distance, at in late:
            plan += self._again(name, distance, at, plan)
        if due.at is not None and Planned(due.at, "due") not in plan:
            plan.append(Planned(due.at, BREACH))
        plan.sort()
        return plan

    def _told_at(self, opens_at: datetime) -> datetime:
        """When the opening is told: at once, or at the notice hour of a day that opens, unless it is due by then."""
        if not parse_duration(self.rule.opens or "PT0S").in_days:
            return opens_at
        notice = max(self.calendar.notice(self.calendar.local_date(opens_at)), opens_at)
        return notice if self.due.at is None or notice < self.due.at else opens_at

    def _lower_edge(self, distance: Duration) -> datetime | None:
        """A reminder so long after the start; only before it is due."""
        at = after(self.start, distance, clipped(self.pauses, self.start), self.calendar, self.calendar.notice)
        if at is None or at < self.start or (self.due.at is not None and at >= self.due.at):
            return None
        return at

    def _again(self, name: str, distance: Duration, first: datetime, plan: list[Planned]) -> Iterator[Planned]:
        """A step again and again, until a later one begins; the first instant to come ends it with a review."""
        every = self.rule.again(name)
        assert every is not None  # noqa: S101 -- for the type checker: the caller has looked
        names = list(self.rule.steps())
        later = [at for at, other in plan if other in names[names.index(name) + 1 :] and at >= first]
        end = min(later, default=None)
        last = first
        for number in count(1):
            if last > self.until:
                yield Planned(last, REVIEW)
                return
            at = self._nth(distance, every, number, first)
            if at is None or at <= last or (end is not None and at >= end):
                return
            yield Planned(at, name)
            last = at

    def _nth(self, distance: Duration, every: Duration, number: int, first: datetime) -> datetime | None:
        """The instant of the nth repetition: counted from the due instant where the units allow."""
        if distance.unit is every.unit or distance.count == 0:
            return self._step(Duration(distance.count + every.count * number, every.unit, every.text))
        return after(first, times(every, number), clipped(self.pauses, first), self.calendar, self.calendar.notice)

    def _step(self, distance: Duration) -> datetime | None:
        """The instant of a step; None when a pause without end holds it, or when it is no reminder in time."""
        due_at = self.due.at
        assert due_at is not None  # noqa: S101 -- for the type checker: callers have looked
        if distance.in_days:
            at = self._day_step(due_at, distance)
        elif distance.count == 0:
            at = due_at
        elif distance.count > 0:
            at = after(due_at, distance, clipped(self.pauses, due_at), self.calendar, self.calendar.end_of_day)
        else:
            at = outside(before(self.due, -distance.count, distance.unit, self.pauses, self.calendar), self.pauses)
        if at is None or (distance.count < 0 and not self.start < at < due_at):
            return None
        return max(at, self.start) if due_at > self.start else at  # "due today" of what began in the afternoon

    def _day_step(self, due_at: datetime, distance: Duration) -> datetime | None:
        """The notice hour of the day; in a pause it waits, and a pause after the due instant moves it by its days."""
        day = self.calendar.shift(self.calendar.local_date(due_at), distance)
        if distance.count < 0 and self.due.day is not None:
            named = self.due.days_before(distance, self.calendar)
            day = named if self.calendar.notice(named) < due_at else day  # a holiday moved it to an earlier day
        at = self.calendar.notice(day)
        for pause in self.pauses:
            if pause.since >= at:
                break
            if pause.until is None:
                return None
            if pause.since >= due_at:
                day = moved(day, pause, distance.unit, self.calendar)
                at = self.calendar.notice(day)
            if pause.since < at < pause.until:
                at = max(pause.until, self.calendar.notice(self.calendar.local_date(pause.until)))
        return at


def before(due: Due, seconds: int, unit: Unit, pauses: Pauses, calendar: WorkCalendar) -> datetime:
    """The instant at which so much (working) time is left; a given date comes nearer in a pause, too."""
    assert due.at is not None  # noqa: S101 -- for the type checker: callers have looked
    counting = () if due.dated else pauses
    if unit is Unit.WORKING_SECONDS:
        return retreat_working(due.at, seconds, counting, calendar)
    return retreat(due.at, seconds, counting)
