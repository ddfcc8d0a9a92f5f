"""One clock: a rule at work on one case in one round, from its start event to its end or to `now`.

What a clock says of an event at some instant rests on the pauses and dates known by then: a pause that begins after
a clock has ended does not move what it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from models.durations import Duration, Unit, parse_duration
from models.instants import DAY
from models.pauses import (
    Pauses,
    advance,
    advance_days,
    advance_working,
    clipped,
    ended_by,
    known_at,
    moved,
    readable_instant,
    retreat,
    retreat_days,
    retreat_working,
)
from models.regulation import Limit, Regulation, Rule, holds
from models.story import BREACH, RESUME, SILENT, Deadline, Event, Planned, State, among

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from models.calendar import WorkCalendar
    from models.rounds import Round


class Due(NamedTuple):
    """Where the tightest limit ends: None without a limit, and while a pause has no end."""

    at: datetime | None
    limit: str | None = None
    provisional: bool = False
    """An unpublished year has a say."""
    dated: bool = False
    """A date that was given: pauses do not move it."""


class End(NamedTuple):
    """How a clock ended, if it did: at which of the following events, met or not."""

    position: int
    at: datetime | None = None
    by: str | None = None
    met: bool = False
    attempts: int = 0


Link = tuple["Event", "Sequence[Event]"]
"""A start event and the events that follow it."""


@dataclass(slots=True)
class Clock:
    """The rule, the case's facts, the rule's pauses, and for a renewal the links before it (oldest first)."""

    rule: Rule
    number: int
    facts: Mapping[str, Any]
    regulation: Regulation
    calendar: WorkCalendar
    pauses: Pauses
    chain: tuple[Link, ...] = ()

    def run(self, current: Round, index: int, now: datetime) -> Deadline:
        """From the start event at `index` to the end of the clock, or to `now`."""
        start, following = current.events[index], current.events[index + 1 :]
        end = self._end(current, start, following)
        known = self.pauses if end.at is None else known_at(self.pauses, end.at)
        due = self._due(start, following[: end.position], known)
        pauses = clipped(known, start.at)
        opens_at = self._opens(start.at, due, pauses)
        state = _state(due.at, end, pauses, now)
        plan = self._plan(start.at, opens_at, due, known)
        past: tuple[Planned, ...] = ()
        if end.at is not None:
            due_by_then = (entry for entry in plan if entry.at < end.at and entry.step not in SILENT)
            past = tuple(entry for entry in due_by_then if not any(pause.covers(entry.at) for pause in pauses))
            plan = ()
        return Deadline(
            rule=self.rule.id,
            round=self.number,
            starts_at=start.at,
            opens_at=opens_at,
            due_at=due.at,
            state=state,
            met_at=end.at if end.met else None,
            ended_at=end.at,
            ended_by=end.by,
            limit=due.limit,
            provisional=due.provisional,
            attempts=end.attempts,
            plan=plan,
            past=past,
            pauses=pauses,
        )

    # -- the end ----------------------------------------------------------------------------------------------

    def _end(self, current: Round, start: Event, following: Sequence[Event]) -> End:
        """The first event that meets it; else what ends the case, the trying, or the round before that."""
        rule, give_up = self.rule, self.rule.give_up
        attempts = 0
        for index, event in enumerate(following):
            if among(event, rule.stops) and self._is_open_for(start, following, index):
                return End(index, event.at, event.name, met=True, attempts=attempts)
            over = event.name in self.regulation.closing
            if give_up and event.name == give_up.event:
                attempts += 1
                over = over or attempts >= give_up.at_most
                over = over or bool(give_up.at_once and holds(give_up.at_once, event.fields))
            if rule.every_start and among(event, rule.start):
                over = True
            if over:
                return End(index, event.at, event.name, attempts=attempts)
        if current.over_at is not None:
            return End(len(following), current.over_at, "round", attempts=attempts)
        return End(len(following), attempts=attempts)

    def _is_open_for(self, start: Event, following: Sequence[Event], index: int) -> bool:
        """Whether the rule has opened when the event happens; at the opening instant it has."""
        if not self.rule.opens:
            return True
        event = following[index]
        known = ended_by(self.pauses, event.at)  # a window that was open before a pause is open in it
        due = self._due(start, following[:index], known) if self.rule.opens.startswith("-") else Due(None)
        opens_at = self._opens(start.at, due, clipped(known, start.at))
        return opens_at is not None and event.at >= opens_at

    # -- the due instant --------------------------------------------------------------------------------------

    def _due(self, start: Event, following: Sequence[Event], pauses: Pauses) -> Due:
        """Where the limits end that begin at the start event, or (for a renewal) at the end of the link before it."""
        if not self.chain:
            return self._tightest(start.at, (start, *following), clipped(pauses, start.at))
        base: datetime | None = self.chain[0][0].at
        for before, (earlier, between) in zip(range(len(self.chain), 0, -1), self.chain, strict=True):
            if base is not None:
                base = self._tightest(base, (earlier, *between), clipped(pauses, base), self.number - before).at
        if base is None:  # the link before it has no due instant, so this one has none
            return self._tightest(start.at, (start, *following), clipped(pauses, start.at))._replace(at=None)
        return self._tightest(base, (start, *following), clipped(pauses, base))

    def _tightest(self, base: datetime, events: Sequence[Event], pauses: Pauses, term: int | None = None) -> Due:
        """The tightest of the limits that begin at `base`; `term` is this clock's number, or that of a link before."""
        facts = {**self.facts, "term": self.number if term is None else term}
        best: Due | None = None
        provisional = False
        for limit in self.rule.within:
            if limit.date and (given := self._given_date(limit, events)) is not None:
                due = Due(_outside(given, pauses), limit.date, dated=True)
            else:
                if (duration := limit.duration(facts)) is None:
                    continue
                due = Due(self._after(base, duration, pauses, self._end_of(duration)), duration.text)
                if duration.uses_calendar:
                    first = self.calendar.local_date(base)
                    last = self.calendar.local_date(due.at) if due.at else first + DAY * 30
                    provisional = provisional or self.calendar.is_provisional(first, last)
            if best is None or (due.at is not None and (best.at is None or due.at < best.at)):
                best = due
        return best._replace(provisional=provisional) if best else Due(None)

    def _given_date(self, limit: Limit, events: Sequence[Event]) -> datetime | None:
        """A date that an event of the round, or the case, carries; the newest counts."""
        name = limit.date or ""
        if not holds(limit.when, self.facts):
            return None
        given = [event.fields[name] for event in events if event.fields.get(name) not in (None, "")]
        return readable_instant(given[-1] if given else self.facts.get(name), self.calendar, end=True)

    def _end_of(self, duration: Duration) -> Callable[[date], datetime]:
        return self.calendar.close_of_day if duration.unit is Unit.WORKING_DAYS else self.calendar.end_of_day

    def _after(
        self, base: datetime, duration: Duration, pauses: Pauses, edge: Callable[[date], datetime]
    ) -> datetime | None:
        """Where a stretch ends that begins at `base`, in days at the edge of the day."""
        if duration.unit is Unit.SECONDS:
            return advance(base, duration.count, pauses)
        if duration.unit is Unit.WORKING_SECONDS:
            return advance_working(base, duration.count, pauses, self.calendar)
        return advance_days(base, duration, pauses, self.calendar, edge)

    def _opens(self, start: datetime, due: Due, pauses: Pauses) -> datetime | None:
        """The opening instant; a negative duration counts back from the due instant, but not past the start."""
        if not self.rule.opens:
            return None
        duration = parse_duration(self.rule.opens)
        if duration.count >= 0:
            return self._after(start, duration, pauses, self.calendar.start_of_day) if duration.count else start
        if due.at is None:
            return None
        if duration.in_days:
            back = retreat_days(due.at, duration, () if due.dated else pauses, self.calendar)
            return max(self.calendar.start_of_day(back), start)
        return max(self._before(due, -duration.count, duration.unit, pauses), start)

    def _before(self, due: Due, seconds: int, unit: Unit, pauses: Pauses) -> datetime:
        """The instant at which so much (working) time is left; a given date comes nearer in a pause, too."""
        assert due.at is not None  # noqa: S101 -- for the type checker: callers have looked
        counting = () if due.dated else pauses
        if unit is Unit.WORKING_SECONDS:
            return retreat_working(due.at, seconds, counting, self.calendar)
        return retreat(due.at, seconds, counting)

    # -- the plan ---------------------------------------------------------------------------------------------

    def _plan(self, start: datetime, opens_at: datetime | None, due: Due, pauses: Pauses) -> tuple[Planned, ...]:
        """Every instant at which something is to happen, in order."""
        plan = [Planned(pause.until, RESUME) for pause in pauses if pause.until and pause.until > start]
        for name, (distance, _) in self.rule.steps().items():
            if name == "opens":
                if opens_at is not None:
                    plan.append(Planned(self._told_at(opens_at), name))
            elif due.at is not None and distance is not None:
                at = self._step(start, due, distance, pauses)
                if at is not None:
                    plan.append(Planned(at, name))
        if due.at is not None and Planned(due.at, "due") not in plan:
            plan.append(Planned(due.at, BREACH))
        plan.sort()
        return tuple(plan)

    def _told_at(self, opens_at: datetime) -> datetime:
        """When the opening is told: at once, or at the notice hour of a day that opens."""
        if not parse_duration(self.rule.opens or "PT0S").in_days:
            return opens_at
        return max(self.calendar.notice(self.calendar.local_date(opens_at)), opens_at)

    def _step(self, start: datetime, due: Due, distance: Duration, pauses: Pauses) -> datetime | None:
        """The instant of a step; None when a pause without end holds it, or when it is no reminder in time."""
        assert due.at is not None  # noqa: S101 -- for the type checker: callers have looked
        if distance.in_days:
            at = self._day_step(due.at, distance, pauses)
        elif distance.count == 0:
            at = due.at
        elif distance.count > 0:
            at = self._after(due.at, distance, clipped(pauses, due.at), self.calendar.end_of_day)
        else:
            at = _outside(self._before(due, -distance.count, distance.unit, pauses), pauses)
        if at is None or (distance.count < 0 and not start < at < due.at):
            return None
        return at

    def _day_step(self, due_at: datetime, distance: Duration, pauses: Pauses) -> datetime | None:
        """The notice hour of the day; in a pause it waits, and a pause after the due instant moves it by its days."""
        day = self.calendar.shift(self.calendar.local_date(due_at), distance)
        at = self.calendar.notice(day)
        for pause in pauses:
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


def _outside(instant: datetime, pauses: Pauses) -> datetime | None:
    """An instant that would fall into a pause waits for its end; None when that is not known."""
    for pause in pauses:
        if pause.since < instant and (pause.until is None or instant < pause.until):
            return pause.until
    return instant


def _state(due_at: datetime | None, end: End, pauses: Pauses, now: datetime) -> State:
    """An event at the due instant still meets it; closing at the due instant still ends the clock in time."""
    if end.at is not None:
        in_time = due_at is None or end.at <= due_at
        return (State.MET if in_time else State.LATE) if end.met else (State.VOID if in_time else State.BREACHED)
    if due_at is not None and due_at <= now:
        return State.BREACHED
    return State.PAUSED if any(pause.covers(now) for pause in pauses) else State.OPEN
