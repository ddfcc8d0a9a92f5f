"""Where a clock falls due: each limit for itself, and of several the one that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from models.calendar.instants import DAY
from models.calendar.recurrence import next_occurrence
from models.language.conditions import holds, text_of
from models.language.durations import Duration, Unit, parse_duration
from models.language.rules import DUE, DUTY_OPENED, NAMED_DAY
from models.language.words import is_hole
from models.timeline.pauses import (
    Pauses,
    advance,
    advance_days,
    advance_working,
    clipped,
    readable_instant,
    retreat,
    retreat_working,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.limits import Limit
    from models.language.rules import Rule
    from models.timeline.story import Event


class Due(NamedTuple):
    """Where the limit that counts ends: None without a limit, and while a pause has no end."""

    at: datetime | None
    limit: str | None = None
    provisional: bool = False
    """An unpublished year has a say."""
    dated: bool = False
    """A date that was given: pauses do not move it."""
    missing: tuple[str, ...] = ()
    """Figures that nobody has set: `$setting`, or `field=value` where a table has no such row."""
    day: date | None = None
    """The day that the text names, where a holiday moved `at` away from it: windows and reminders count from there."""
    months: int | None = None
    """How long the limit that counts is, where it is written in months."""

    def days_before(self, distance: Duration, calendar: WorkCalendar) -> date:
        """The day so long before (the distance is negative): counted from the day that the text names."""
        assert self.at is not None  # noqa: S101 -- for the type checker: callers have looked
        return calendar.shift(self.day or calendar.local_date(self.at), distance)


class Missing(NamedTuple):
    """A limit whose figure is not there."""

    what: str


class Chain(NamedTuple):
    """Terms that follow one another: the instant from which they count, and what counted before this one.

    Months are counted from the first day of the chain, so that a short February shortens one term and no later one:
    three months after a term that began on 31 January and ended on 28 February end on 31 May.
    """

    begins_at: datetime
    pauses: Pauses
    months: int = 0

    def after(self, length: Duration, calendar: WorkCalendar) -> datetime | None:
        """Where a term in months ends that comes next."""
        whole = Duration(self.months + length.count, Unit.MONTHS, length.text)
        return after(self.begins_at, whole, self.pauses, calendar, end_of(length, calendar))

    def then(self, ended_at: datetime, months: int | None) -> Chain:
        """After a term of so many months; one of another length begins the counting anew where it ended."""
        if months is None:
            return Chain(ended_at, clipped(self.pauses, ended_at))
        return self._replace(months=self.months + months)


class Term(NamedTuple):
    """A term of a series: its end (None while a pause has none), how its length is written, and the chain it is in."""

    ends_at: datetime | None
    length: Duration
    chain: Chain


@dataclass(slots=True)
class Limits:
    """The limits of one rule for a case with these facts."""

    rule: Rule
    facts: Mapping[str, Any]
    calendar: WorkCalendar
    due_of: Callable[[str, datetime], datetime | None]
    """The due instant of another rule's clock in the same round."""
    term: Term | None = None
    only: str | None = None
    """The name of the one limit that is asked about; all of them otherwise."""

    def due(
        self, base: datetime, events: Sequence[Event], pauses: Pauses, number: int, chain: Chain | None = None
    ) -> Due:
        """Of the limits that begin at `base` the tightest, or the longest; `number` is the term they are read for.

        `chain` are the terms before it, where it follows on others.
        """
        facts = {**self.facts, "term": number}
        chain = chain or (self.term.chain if self.term else Chain(base, pauses))
        best: Due | None = None
        provisional = False
        missing: list[str] = []
        for limit in self.rule.within:
            if (self.only and limit.name != self.only) or not holds(limit.when, facts):
                continue
            found = self._one(limit, base, events, pauses, facts, chain)
            if isinstance(found, Missing):
                missing.append(found.what)
                continue
            if found is None:
                continue
            provisional = provisional or found.provisional
            if best is None or self._goes_before(found, best):
                best = found
        if self.term is not None and not self.only:
            whole = self._of_term(self.term, base)
            provisional = provisional or whole.provisional
            if best is None or (whole.at is not None and (best.at is None or whole.at < best.at)):
                best = whole
        return best._replace(provisional=provisional) if best else Due(None, missing=tuple(missing))

    def _goes_before(self, one: Due, best: Due) -> bool:
        if self.rule.longest:
            return best.at is not None and (one.at is None or one.at > best.at)
        return one.at is not None and (best.at is None or one.at < best.at)

    def _one(
        self,
        limit: Limit,
        base: datetime,
        events: Sequence[Event],
        pauses: Pauses,
        facts: Mapping[str, Any],
        chain: Chain,
    ) -> Due | Missing | None:
        """One limit alone; None where it does not speak of the case, or not yet."""
        if limit.date and (given := self._given_date(limit.date, events)) is not None:
            return self._dated(limit, given, _named_day(limit.date, events), pauses)
        if limit.next:
            return self._next(limit, base, pauses)
        if limit.due_of:
            at = self.due_of(limit.due_of, base)
            return Due(at, limit.due_of) if at is not None else None
        if limit.by:
            value = facts.get(limit.by)
            text = limit.table.get(text_of(value)) if value is not None else None
            if text is None:
                return Missing(f"{limit.by}={'' if value is None else text_of(value)}")
        else:
            text = limit.of
        if text is None:  # a date that is not known yet
            return None
        return Missing(text) if is_hole(text) else self._lasting(parse_duration(text), base, pauses, chain)

    def _lasting(self, duration: Duration, base: datetime, pauses: Pauses, chain: Chain) -> Due:
        if duration.unit is Unit.MONTHS:
            return Due(chain.after(duration, self.calendar), duration.text, months=duration.count)
        at = after(base, duration, pauses, self.calendar, end_of(duration, self.calendar))
        return Due(at, duration.text, self._is_provisional(duration, base, at))

    def _is_provisional(self, duration: Duration, base: datetime, at: datetime | None) -> bool:
        if not duration.uses_calendar:
            return False
        first = self.calendar.local_date(base)
        return self.calendar.is_provisional(first, self.calendar.local_date(at) if at else first + DAY * 30)

    def _given_date(self, name: str, events: Sequence[Event]) -> datetime | None:
        """A date that an event of the round, or the case, carries; the newest counts."""
        given = [event.fields[name] for event in events if event.fields.get(name) not in (None, "")]
        return readable_instant(given[-1] if given else self.facts.get(name), self.calendar, end=True)

    def _dated(self, limit: Limit, given: datetime, named: date | None, pauses: Pauses) -> Due | Missing:
        """A date that was given, or so long before it; pauses do not move it, but it does not fall into one."""
        if limit.before is None:
            return Due(outside(given, pauses), limit.label, dated=True, day=named)
        if is_hole(limit.before):
            return Missing(limit.before)
        distance = parse_duration(limit.before)
        if distance.in_days:
            back = Duration(-distance.count, distance.unit, distance.text)
            at = min(given, end_of(distance, self.calendar)(Due(given, day=named).days_before(back, self.calendar)))
        elif distance.unit is Unit.WORKING_SECONDS:
            at = retreat_working(given, distance.count, (), self.calendar)
        else:
            at = retreat(given, distance.count, ())
        provisional = self._is_provisional(distance, at, given)
        return Due(outside(at, pauses), limit.label, provisional, dated=True)

    def _next(self, limit: Limit, base: datetime, pauses: Pauses) -> Due | Missing | None:
        """The next instant that the calendar gives; an event in the year's last hours may have it in the next year."""
        assert limit.next is not None  # noqa: S101 -- for the type checker: the caller has looked
        holes = [part for part in _parts(limit) if is_hole(part)]
        if holes:
            return Missing(str(holes[0]))
        found = next_occurrence(limit.next, base, self.calendar)
        if found is None:
            return None
        first, last = self.calendar.local_date(base), self.calendar.local_date(found.at)
        provisional = self.calendar.is_provisional(first, last)
        return Due(outside(found.at, pauses), limit.label, provisional, dated=True, day=found.day)

    def _of_term(self, term: Term, base: datetime) -> Due:
        return Due(term.ends_at, term.length.text, self._is_provisional(term.length, base, term.ends_at))


def _named_day(name: str, events: Sequence[Event]) -> date | None:
    """The day that the text names for a duty, where its case says that a holiday moved the due instant from it."""
    if name != DUE:
        return None
    said = [event.fields.get(NAMED_DAY) for event in events if event.name == DUTY_OPENED]
    return date.fromisoformat(str(said[0])) if said and said[0] else None


def _parts(limit: Limit) -> tuple[object, ...]:
    calendar = limit.next
    if calendar is None:
        return ()
    return (calendar.every, calendar.day, calendar.working_day, *calendar.weekday, *calendar.dates, *calendar.at)


def end_of(duration: Duration, calendar: WorkCalendar) -> Callable[[date], datetime]:
    """The edge at which a stretch of that kind ends: the close of the office for working days, else the day's end."""
    return calendar.close_of_day if duration.unit is Unit.WORKING_DAYS else calendar.end_of_day


def after(
    base: datetime, duration: Duration, pauses: Pauses, calendar: WorkCalendar, edge: Callable[[date], datetime]
) -> datetime | None:
    """Where a stretch ends that begins at `base`, in days at the edge of the day; None while a pause has no end."""
    if duration.unit is Unit.SECONDS:
        return advance(base, duration.count, pauses)
    if duration.unit is Unit.WORKING_SECONDS:
        return advance_working(base, duration.count, pauses, calendar)
    if duration.unit is Unit.WORKING_DAYS and duration.count == 0:
        base = _workday(base, calendar, edge)
        pauses = clipped(pauses, base)
    return advance_days(base, duration, pauses, calendar, edge)


def _workday(base: datetime, calendar: WorkCalendar, edge: Callable[[date], datetime]) -> datetime:
    """`base`, or the beginning of the next working day where that day is not worked or its office has closed."""
    day = calendar.local_date(base)
    if calendar.is_working_day(day) and edge(day) > base:
        return base
    return calendar.start_of_day(calendar.shift_working_days(day, 1))


def times(duration: Duration, count: int) -> Duration:
    """So many times the duration."""
    return Duration(duration.count * count, duration.unit, duration.text)


def outside(instant: datetime, pauses: Pauses) -> datetime | None:
    """An instant that would fall into a pause waits for its end; None when that is not known."""
    for pause in pauses:
        if pause.since < instant and (pause.until is None or instant < pause.until):
            return pause.until
    return instant
