"""One clock: a rule at work on one case in one round, from its start event to its end or to `now`.

What a clock says of an event at some instant rests on the pauses and dates known by then: a pause that begins after
a clock has ended does not move what it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from models.language.conditions import holds
from models.language.durations import parse_duration
from models.language.limits import branches
from models.timeline.due import Chain, Due, Limits, Term, after
from models.timeline.pauses import Pauses, clipped, ended_by, known_at, retreat_days
from models.timeline.penalties import Lateness, is_owed_in_any_case
from models.timeline.planning import Plan, before
from models.timeline.story import NOTED_BY, NOTED_ID, REVIEW, SILENT, Deadline, Event, Planned, State, matches_any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.language.rules import Rule

SLIP = "slip"


class End(NamedTuple):
    """How a clock ended, if it did: at which of the following events, met or not."""

    position: int
    at: datetime | None = None
    by: str | None = None
    met: bool = False
    attempts: int = 0
    own: bool = False
    """By an event that its own lateness gave: it was late before it ended."""


class Stretch(NamedTuple):
    """What a clock looks at: its start event, the events of the round that follow, and where the round is over."""

    start: Event
    following: Sequence[Event]
    over_at: datetime | None = None


class Surroundings(NamedTuple):
    """What a clock asks of the rest of the case."""

    level_at: Callable[[datetime], str | None]
    due_of: Callable[[str, datetime], datetime | None]
    """The due instant of another rule's clock in the same round."""


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
    around: Surroundings
    chain: tuple[Link, ...] = ()
    term: Term | None = None
    """Of a series: the term that this clock is."""
    ends_before: Callable[[Event], bool] | None = None
    """Of a series: whether an event that would meet it meets a later term, and so ends this one."""

    def run(self, stretch: Stretch, now: datetime) -> Deadline:
        """From the start event to the end of the clock, or to `now`."""
        start, following, _ = stretch
        end = self._end(stretch)
        known = self.pauses if end.at is None else known_at(self.pauses, end.at)
        due = self._due(start, following[: end.position], known)
        pauses = clipped(known, start.at)
        opens_at = self._opens(start.at, due, pauses)
        state = _state(due.at, end, pauses, now)
        steps = Plan(self.rule, start.at, due, known, self.calendar, end.at or now).steps(opens_at)
        late = self._lateness(due, end, known, now)
        if late and (limited := [one for one in branches(self.rule.penalty) if one.limit]):
            ends = {one.limit: self._due(start, following[: end.position], known, one.limit).at for one in limited}
            late = replace(late, limits=ends)
        penalties, more_at = late.owed() if late else ([], None)
        noted, coming = late.noted() if late else ([], [])
        plan: tuple[Planned, ...] = tuple(steps)
        past: tuple[Planned, ...] = ()
        if end.at is not None:
            plan, past = (), tuple(_before_end(steps, end, pauses) + self._closed_late(stretch, end, state))
        elif more_at is not None and not is_owed_in_any_case(self.rule, self.regulation):
            coming = [*coming, more_at]
        if plan and coming:
            plan = tuple(sorted({*plan, *(Planned(at, REVIEW) for at in coming)}))
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
            penalties=tuple(penalties),
            noted=tuple(noted),
            missing=due.missing,
            soft=self.rule.soft,
        )

    # -- the end ----------------------------------------------------------------------------------------------

    def _end(self, stretch: Stretch) -> End:
        """The event with which it is met; else what ends the case, the trying, or the round before that."""
        rule, give_up = self.rule, self.rule.give_up
        start, following, over_at = stretch
        attempts = 0
        reached, wanted = 0.0, rule.times or 1
        for index, event in enumerate(following):
            if matches_any(event, rule.stops) and self.is_open_for(start, following, index):
                if self.ends_before and self.ends_before(event):
                    return End(index, event.at, event.name, attempts=attempts)
                reached += _quantity(rule, event)
                if reached >= wanted:
                    return End(index, event.at, event.name, met=True, attempts=attempts)
            over = event.name in self.regulation.closing
            if give_up and event.name == give_up.event:
                attempts += 1
                over = over or attempts >= give_up.at_most
                over = over or bool(give_up.at_once and holds(give_up.at_once, event.fields))
            if rule.every_start and matches_any(event, rule.start):
                over = True
            if over:
                return End(index, event.at, event.name, attempts=attempts, own=self._is_own(event))
        if over_at is not None:
            return End(len(following), over_at, "round", attempts=attempts)
        return End(len(following), attempts=attempts)

    def _is_own(self, event: Event) -> bool:
        """Whether this clock's own lateness gave the event."""
        return event.id == NOTED_ID and (event.fields[NOTED_BY], event.fields["round"]) == (self.rule.id, self.number)

    def is_open_for(self, start: Event, following: Sequence[Event], index: int) -> bool:
        """Whether the rule has opened when the event happens; at the opening instant it has."""
        if not self.rule.opens:
            return True
        event = following[index]
        known = ended_by(self.pauses, event.at)  # a window that was open before a pause is open in it
        due = self._due(start, following[:index], known) if self.rule.opens.startswith("-") else Due(None)
        opens_at = self._opens(start.at, due, clipped(known, start.at))
        return opens_at is not None and event.at >= opens_at

    # -- the due instant --------------------------------------------------------------------------------------

    def _due(self, start: Event, following: Sequence[Event], pauses: Pauses, only: str | None = None) -> Due:
        """Where the limits (or the one named `only`) end that begin at the start event.

        For a renewal they begin at the end of the link before it.
        """
        limits = Limits(self.rule, self.facts, self.calendar, self.around.due_of, self.term)
        wanted = replace(limits, only=only) if only else limits
        own = self.facts["term"]
        if not self.chain:
            return wanted.due(start.at, (start, *following), clipped(pauses, start.at), own)
        base = self.chain[0][0].at
        terms = Chain(base, clipped(pauses, base))
        for back, (earlier, between) in zip(range(len(self.chain), 0, -1), self.chain, strict=True):
            found = limits.due(base, (earlier, *between), clipped(pauses, base), own - back, terms)
            if found.at is None:  # the link before it has no due instant, so this one has none
                return wanted.due(start.at, (start, *following), clipped(pauses, start.at), own)._replace(at=None)
            base, terms = found.at, terms.then(found.at, found.months)
        return wanted.due(base, (start, *following), clipped(pauses, base), own, terms)

    def _opens(self, start: datetime, due: Due, pauses: Pauses) -> datetime | None:
        """The opening instant; a negative duration counts back from the due instant, but not past the start."""
        if not self.rule.opens:
            return None
        duration = parse_duration(self.rule.opens)
        if duration.count >= 0:
            edge = self.calendar.start_of_day
            return after(start, duration, pauses, self.calendar, edge) if duration.count else start
        if due.at is None:
            return None
        if duration.in_days:
            if due.dated:
                back = min(due.days_before(duration, self.calendar), self.calendar.local_date(due.at))
            else:
                back = retreat_days(due.at, duration, pauses, self.calendar)
            return max(self.calendar.start_of_day(back), start)
        return max(before(due, -duration.count, duration.unit, pauses, self.calendar), start)

    # -- what follows -----------------------------------------------------------------------------------------

    def _lateness(self, due: Due, end: End, pauses: Pauses, now: datetime) -> Lateness | None:
        """Only where lateness has consequences: a penalty, or an event."""
        if due.at is None or not (self.rule.penalty or self.rule.on_late):
            return None
        return Lateness(
            rule=self.rule,
            number=self.number,
            facts=self.facts,
            due_at=due.at,
            ended_at=end.at,
            own_end=end.own,
            pauses=pauses,
            calendar=self.calendar,
            now=now,
            level_at=self.around.level_at,
        )

    def _closed_late(self, stretch: Stretch, end: End, state: State) -> list[Planned]:
        """A clock that ended late is told of once more when the case closes."""
        if self.rule.closed_late is None or state not in (State.LATE, State.BREACHED):
            return []
        closing = (event for event in stretch.following[end.position :] if event.name in self.regulation.closing)
        closed = next(closing, None)
        return [Planned(closed.at, SLIP)] if closed else []


def _quantity(rule: Rule, event: Event) -> float:
    """What a stop counts: one, or the number that its field gives."""
    if not rule.quantity:
        return 1
    try:
        return float(event.fields.get(rule.quantity) or 1)
    except (TypeError, ValueError):
        return 1


def _before_end(steps: Sequence[Planned], end: End, pauses: Pauses) -> list[Planned]:
    """The steps that had become due before the clock ended, and in no pause."""
    assert end.at is not None  # noqa: S101 -- for the type checker: callers have looked
    told = (
        entry for entry in steps if entry.step not in SILENT and (entry.at < end.at or (end.own and entry.at == end.at))
    )
    return [entry for entry in told if not any(pause.covers(entry.at) for pause in pauses)]


def _state(due_at: datetime | None, end: End, pauses: Pauses, now: datetime) -> State:
    """An event at the due instant still meets it; closing at the due instant still ends the clock in time."""
    if end.at is not None:
        in_time = due_at is None or (end.at <= due_at and not end.own)
        return (State.MET if in_time else State.LATE) if end.met else (State.VOID if in_time else State.BREACHED)
    return running_state(due_at, now, paused=any(pause.covers(now) for pause in pauses))


def running_state(due_at: datetime | None, now: datetime, *, paused: bool) -> State:
    """Of a clock that has not ended; the sweep asks it too, when a step of the plan comes without the case being read.

    What is due is late, pause or not: a due instant that has passed lies before every pause that could move it.
    """
    if due_at is not None and due_at <= now:
        return State.BREACHED
    return State.PAUSED if paused else State.OPEN
