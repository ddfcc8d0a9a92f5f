"""The pure timeline: every deadline of a case with its instants, from its events and its regulation.

`timeline(case, events, regulation, calendar, now)` knows no clock, no database and no Prefect; the sweep, `explain`
and the tests call it or store what it said. How it reads a case:

1. Events in order of `at` tell when the case was opened, closed, reopened, and in which round it is.
2. Pauses (paused .. resumed, an approved postponement, what the regulation adds) are stretches that do not count.
3. Each rule whose conditions hold starts a clock at its start event, once a round, or at each one (`every_start`).
4. The clock ends at the first stop event that is not before `opens`; else with the round, the case, or by giving up.
5. What is left of the clock at `now` gives the state, and the instants at which somebody is to be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from models.durations import Duration, Unit, parse_duration
from models.errors import UsageError
from models.instants import DAY, parse_instant
from models.regulation import Gate, Limit, Match, Regulation, Rule, holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.calendar import WorkCalendar

FLAGGED = "flagged"
"""The event by which Duban notes that a fact arrived although a gate forbids it; its field `gate` names the gate."""
ROUNDS_EXHAUSTED = "rounds_exhausted"
"""Derived, never stored: another round would begin, but the regulation allows no more."""
REOPENED = "reopened"


class State(StrEnum):
    """Of a deadline. `late` = met after the due instant, `breached` = passed and not met."""

    OPEN = "open"
    MET = "met"
    LATE = "late"
    BREACHED = "breached"
    PAUSED = "paused"
    VOID = "void"


class Status(StrEnum):
    """Of a case; `waiting` = paused."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Event(NamedTuple):
    """What happened to a case: its name, the instant it happened (UTC), its fields, and its order of arrival."""

    name: str
    at: datetime
    fields: Mapping[str, Any] = {}
    id: int = 0


class Suspension(NamedTuple):
    """A stretch that does not count; `until` is None while its end is not known."""

    since: datetime
    until: datetime | None
    why: str
    rules: tuple[str, ...] = ()


class Planned(NamedTuple):
    """An instant at which a step fires (or, for `resume`, a paused clock goes on)."""

    at: datetime
    step: str


RESUME = "resume"
BREACH = "breach"
SILENT = frozenset({RESUME, BREACH})
"""Planned instants at which only the state changes: a pause ends, or the due instant passes after the due notice."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A rule applied to one case in one round. Instants are UTC; `due_at` is None while a pause has no end."""

    rule: str
    round: int
    starts_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    state: State
    met_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    limit: str | None = None
    provisional: bool = False
    attempts: int = 0
    plan: tuple[Planned, ...] = ()
    pauses: tuple[Suspension, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The case as it stands at an instant."""

    status: Status
    round: int
    closed_at: datetime | None
    deadlines: tuple[Deadline, ...]


@dataclass(slots=True)
class _Round:
    """One round: the events from the one that opens it to the one that opens the next, both included."""

    number: int
    events: list[Event] = field(default_factory=list)
    over_at: datetime | None = None


def timeline(
    fields: Mapping[str, Any],
    events: Iterable[Event],
    regulation: Regulation,
    calendar: WorkCalendar,
    now: datetime,
) -> Timeline:
    """Every deadline of a case with these fields and events, as it stands at `now` (UTC).

    All given events count, also those after `now`: the caller decides what is known.
    """
    opening = regulation.opening
    ordered = sorted(events, key=lambda event: (event.at, event.name != opening, event.id))
    rounds, status, closed_at = _rounds(ordered, regulation, fields)
    pauses = _suspensions(ordered, regulation, calendar)
    deadlines: list[Deadline] = []
    for rule in regulation.rules:
        number = 0
        previous: Deadline | None = None
        for current in rounds:
            facts = {**fields, "round": current.number}
            if not holds(rule.when, facts):
                continue
            for index in _starts(rule, current, regulation):
                number = number + 1 if rule.every_start else current.number
                base = previous.due_at if previous and rule.counts_from == "previous_due" else None
                clock = _Clock(rule, number, {**facts, "term": number}, regulation, calendar, pauses)
                previous = clock.run(current, index, base or current.events[index].at, now)
                deadlines.append(previous)
    for gate in regulation.gates:
        deadlines += _flags(gate, rounds, regulation)
    if status is Status.OPEN and any(
        p.since <= now and (p.until is None or now < p.until) for p in pauses if not p.rules
    ):
        status = Status.WAITING
    return Timeline(status, rounds[-1].number if rounds else 1, closed_at, tuple(deadlines))


# -- rounds ---------------------------------------------------------------------------------------------------


def _rounds(
    events: Sequence[Event], regulation: Regulation, fields: Mapping[str, Any]
) -> tuple[list[_Round], Status, datetime | None]:
    """Cut the events into rounds; also the status and the instant of closing."""
    if not events:
        return [], Status.OPEN, None
    rule = regulation.rounds
    cap = rule.at_most
    if cap is not None and rule.unless and holds(rule.unless, fields):
        cap = None
    if rule.per_case and str(fields.get(rule.per_case) or "").isdigit():
        cap = int(fields[rule.per_case])
    current = _Round(1)
    rounds = [current]
    status, closed_at = Status.OPEN, None
    for event in events:
        current.events.append(event)
        again = event.name == REOPENED
        if not again and closed_at is None and any(match.matches(event.name, event.fields) for match in rule.next):
            again = cap is None or current.number < cap
            if not again:
                current.events.append(Event(ROUNDS_EXHAUSTED, event.at, event.fields, event.id))
        if again:
            current.over_at = event.at
            current = _Round(current.number + 1, [event])
            rounds.append(current)
            status, closed_at = Status.OPEN, None
        elif event.name in regulation.closing and closed_at is None:
            status = Status.WITHDRAWN if event.name == "withdrawn" else Status.CLOSED
            closed_at = event.at
    return rounds, status, closed_at


def _starts(rule: Rule, current: _Round, regulation: Regulation) -> Iterable[int]:
    """Where in the round's events the rule's clock starts; the event that opens a later round counts as the opening."""
    closed = False
    for index, event in enumerate(current.events):
        name = regulation.opening if index == 0 and current.number > 1 else event.name
        last = current.over_at is not None and index == len(current.events) - 1
        if any(match.matches(name, event.fields) or match.matches(event.name, event.fields) for match in rule.start):
            if (not closed or event.name in regulation.closing) and not (last and _opens_next(rule, event, regulation)):
                yield index
                if not rule.every_start:
                    return
        closed = closed or event.name in regulation.closing


def _opens_next(rule: Rule, event: Event, regulation: Regulation) -> bool:
    """Whether the event that opens the next round starts this rule there rather than here."""
    return rule.every_start or any(match.event in (regulation.opening, event.name) for match in rule.start)


# -- pauses ---------------------------------------------------------------------------------------------------

_DATE_ONLY = re.compile(r"^\s*\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*$")
_RESUMING = (Match(event="resumed"),)


def instant_of(value: Any, calendar: WorkCalendar, *, end: bool) -> datetime | None:
    """The instant that a field of a case or event gives; a bare date means its end, or else its notice hour."""
    if value in (None, ""):
        return None
    if isinstance(value, str) and _DATE_ONLY.match(value):
        day = calendar.local_date(parse_instant(value, calendar.zone))
        return calendar.end_of_day(day) if end else calendar.notice(day)
    if isinstance(value, date) and not isinstance(value, datetime):
        return calendar.end_of_day(value) if end else calendar.notice(value)
    return parse_instant(value, calendar.zone)


def _readable(value: Any, calendar: WorkCalendar, *, end: bool) -> datetime | None:
    """The same; a word that is no date gives none: a fact that another program wrote must not stop the sweep."""
    try:
        return instant_of(value, calendar, end=end)
    except UsageError:
        return None


def _suspensions(events: Sequence[Event], regulation: Regulation, calendar: WorkCalendar) -> list[Suspension]:
    """Every stretch in which clocks stand still, in order of its beginning."""
    found: list[Suspension] = []
    kinds: list[tuple[tuple[Match, ...], tuple[Match, ...], tuple[str, ...]]] = [
        ((Match(event="paused"),), _RESUMING, ()),
        ((Match(event="postponement_approved"),), _RESUMING, ()),
    ]
    names = {event.name for event in events}
    kinds += [(pause.start, (*pause.stop, *_RESUMING), pause.rules) for pause in regulation.pauses]
    for starts, stops, rules in kinds:
        if not any(match.event in names for match in starts):
            continue
        open_since: Event | None = None
        for event in events:
            if open_since is not None:
                until = _readable(open_since.fields.get("until"), calendar, end=False)
                ends = event.name == REOPENED or event.name in regulation.closing
                ends = ends or any(match.matches(event.name, event.fields) for match in stops)
                if until is not None and until <= event.at:
                    found.append(Suspension(open_since.at, max(until, open_since.at), open_since.name, rules))
                    open_since = None
                elif ends:
                    found.append(Suspension(open_since.at, event.at, open_since.name, rules))
                    open_since = None
            if any(match.matches(event.name, event.fields) for match in starts):
                if open_since is not None:
                    found.append(Suspension(open_since.at, event.at, open_since.name, rules))
                open_since = event
        if open_since is not None:
            until = _readable(open_since.fields.get("until"), calendar, end=False)
            found.append(
                Suspension(open_since.at, max(until, open_since.at) if until else None, open_since.name, rules)
            )
    return sorted(found, key=lambda pause: pause.since)


def _merged(pauses: Iterable[Suspension], rule: str, start: datetime) -> tuple[Suspension, ...]:
    """The pauses of a rule after its start, overlapping ones as one."""
    merged: list[Suspension] = []
    for pause in pauses:
        if (pause.rules and rule not in pause.rules) or (pause.until is not None and pause.until <= start):
            continue
        since = max(pause.since, start)
        if pause.until is not None and pause.until <= since:
            continue
        last = merged[-1] if merged else None
        if last and (last.until is None or since <= last.until):
            until = None if last.until is None or pause.until is None else max(last.until, pause.until)
            merged[-1] = last._replace(until=until)
        else:
            merged.append(pause._replace(since=since))
    return tuple(merged)


# -- clock arithmetic ------------------------------------------------------------------------------------------


def advance(start: datetime, seconds: int, pauses: Sequence[Suspension]) -> datetime | None:
    """The instant at which so many seconds have counted; None when a pause without end comes first."""
    left = timedelta(seconds=seconds)
    for pause in pauses:
        if pause.until is not None and pause.until <= start:
            continue
        if pause.since > start:
            if left <= pause.since - start:
                break
            left -= pause.since - start
        if pause.until is None:
            return None
        start = pause.until
    return start + left


def retreat(end: datetime, seconds: int, pauses: Sequence[Suspension]) -> datetime:
    """The instant at which so many counted seconds were left until `end`."""
    left = timedelta(seconds=seconds)
    for pause in reversed(pauses):
        if pause.until is None or pause.since >= end or pause.until > end:
            continue
        if left < end - pause.until:
            break
        left -= end - pause.until
        end = pause.since
    return end - left


def advance_working(
    start: datetime, seconds: int, pauses: Sequence[Suspension], calendar: WorkCalendar
) -> datetime | None:
    """The instant at which so many seconds of working time have counted."""
    if seconds == 0:
        return start
    left = timedelta(seconds=seconds)
    for opens, closes in calendar.open_spans(start):
        since = opens
        for pause in pauses:
            if pause.since >= closes:
                break
            if pause.until is not None and pause.until <= since:
                continue
            if pause.since > since:
                if left <= pause.since - since:
                    return since + left
                left -= pause.since - since
            if pause.until is None:
                return None
            since = pause.until
            if since >= closes:
                break
        if since < closes:
            if left <= closes - since:
                return since + left
            left -= closes - since
    return None  # pragma: no cover -- open_spans never ends


# -- one clock ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Clock:
    """One rule at work on one case in one round."""

    rule: Rule
    number: int
    facts: Mapping[str, Any]
    regulation: Regulation
    calendar: WorkCalendar
    suspensions: Sequence[Suspension]

    def run(self, current: _Round, index: int, base: datetime, now: datetime) -> Deadline:
        """From the start event at `index` to the end of the clock, or to `now`; limits count from `base`."""
        start = current.events[index]
        pauses = _merged(self.suspensions, self.rule.id, start.at)
        following = current.events[index + 1 :]
        due_at, limit, provisional = self._due(base, pauses, (start, *following))
        opens_at = self._opens(start.at, due_at, pauses)
        met_at, ended_at, ended_by, attempts = self._end(current, following, opens_at, start)
        state = _state(due_at, met_at, ended_at, pauses, now)
        plan: tuple[Planned, ...] = ()
        if state in (State.OPEN, State.PAUSED) or (state is State.BREACHED and ended_at is None):
            plan = self._plan(start.at, opens_at, due_at, pauses)
        return Deadline(
            rule=self.rule.id,
            round=self.number,
            starts_at=start.at,
            opens_at=opens_at,
            due_at=due_at,
            state=state,
            met_at=met_at,
            ended_at=ended_at,
            ended_by=ended_by,
            limit=limit,
            provisional=provisional,
            attempts=attempts,
            plan=plan,
            pauses=pauses,
        )

    def _due(
        self, base: datetime, pauses: Sequence[Suspension], events: Sequence[Event]
    ) -> tuple[datetime | None, str | None, bool]:
        """The tightest of the limits: its instant, its text, and whether an unpublished year has a say."""
        best: tuple[datetime | None, str] | None = None
        provisional = False
        for limit in self.rule.within:
            due, text = self._given_date(limit, events), limit.date or ""
            if due is None:
                duration = limit.duration(self.facts)
                if duration is None:
                    continue
                text = duration.text
                due = self._after(base, duration, pauses)
                if duration.uses_calendar:
                    first = self.calendar.local_date(base)
                    last = self.calendar.local_date(due) if due else first + DAY * 30
                    provisional = provisional or self.calendar.is_provisional(first, last)
            if best is None or (due is not None and (best[0] is None or due < best[0])):
                best = due, text
        return (*best, provisional) if best else (None, None, False)

    def _given_date(self, limit: Limit, events: Sequence[Event]) -> datetime | None:
        """A date that an event of the round, or the case, carries; the newest counts."""
        if not limit.date or not holds(limit.when, self.facts):
            return None
        given = [event.fields[limit.date] for event in events if event.fields.get(limit.date) not in (None, "")]
        return _readable(given[-1] if given else self.facts.get(limit.date), self.calendar, end=True)

    def _after(self, base: datetime, duration: Duration, pauses: Sequence[Suspension]) -> datetime | None:
        """Where a limit ends that begins at `base`; after a pause the clock goes on with what was left."""
        if duration.unit is Unit.SECONDS:
            return advance(base, duration.count, pauses)
        if duration.unit is Unit.WORKING_SECONDS:
            return advance_working(base, duration.count, pauses, self.calendar)
        calendar = self.calendar
        ends = calendar.close_of_day if duration.unit is Unit.WORKING_DAYS else calendar.end_of_day
        day = calendar.shift(calendar.local_date(base), duration)
        for pause in pauses:
            if pause.since >= ends(day):
                break
            if pause.until is None:
                return None
            first, last = calendar.local_date(pause.since), calendar.local_date(pause.until)
            if duration.unit is Unit.WORKING_DAYS:
                day = calendar.shift_working_days(day, calendar.working_days_between(first, last))
            else:
                day += last - first
        return ends(day)

    def _opens(self, start: datetime, due_at: datetime | None, pauses: Sequence[Suspension]) -> datetime | None:
        """The opening instant; counted back from the due instant when the duration is negative."""
        if not self.rule.opens:
            return None
        duration = parse_duration(self.rule.opens)
        if duration.count < 0:
            if due_at is None:
                return None
            if duration.in_days:
                return self.calendar.start_of_day(self.calendar.shift(self.calendar.local_date(due_at), duration))
            return retreat(due_at, -duration.count, pauses)
        if duration.count == 0:
            return start
        if duration.unit is Unit.SECONDS:
            return advance(start, duration.count, pauses)
        if duration.unit is Unit.WORKING_SECONDS:
            return advance_working(start, duration.count, pauses, self.calendar)
        return self.calendar.start_of_day(self.calendar.shift(self.calendar.local_date(start), duration))

    def _end(
        self, current: _Round, following: Sequence[Event], opens_at: datetime | None, start: Event
    ) -> tuple[datetime | None, datetime | None, str | None, int]:
        """Met when; else ended when and by what; and how many attempts failed."""
        rule, give_up = self.rule, self.rule.give_up
        attempts = 0
        for event in following:
            if any(match.matches(event.name, event.fields) for match in rule.stops) and (
                opens_at is None or event.at >= opens_at
            ):
                return event.at, event.at, event.name, attempts
            if event.name in self.regulation.closing and event is not start:
                return None, event.at, event.name, attempts
            if give_up and event.name == give_up.event:
                attempts += 1
                if attempts >= give_up.at_most or (give_up.at_once and holds(give_up.at_once, event.fields)):
                    return None, event.at, event.name, attempts
            if rule.every_start and any(match.matches(event.name, event.fields) for match in rule.start):
                return None, event.at, event.name, attempts
        if current.over_at is not None:
            return None, current.over_at, "round", attempts
        return None, None, None, attempts

    def _plan(
        self,
        start: datetime,
        opens_at: datetime | None,
        due_at: datetime | None,
        pauses: Sequence[Suspension],
    ) -> tuple[Planned, ...]:
        """Every instant at which something is to happen, in order."""
        plan = [Planned(pause.until, RESUME) for pause in pauses if pause.until is not None]
        calendar = self.calendar
        for name, (distance, _) in self.rule.steps().items():
            if name == "opens":
                if opens_at is not None:
                    in_days = parse_duration(self.rule.opens or "PT0S").in_days
                    told = calendar.notice(calendar.local_date(opens_at)) if in_days else opens_at
                    plan.append(Planned(max(told, opens_at), name))
                continue
            if due_at is None or distance is None:
                continue
            at: datetime | None
            if distance.in_days:
                at = calendar.notice(calendar.shift(calendar.local_date(due_at), distance))
                at = _outside(at, pauses, due_at)
            elif distance.count < 0 and distance.unit is Unit.SECONDS:
                at = retreat(due_at, -distance.count, pauses)
            elif distance.count < 0:
                at = calendar.back_working_time(due_at, -distance.count)
            elif distance.unit is Unit.WORKING_SECONDS:
                at = advance_working(due_at, distance.count, pauses, calendar)
            else:
                at = advance(due_at, distance.count, pauses) if distance.count else due_at
            if at is None or (distance.count < 0 and at <= start):
                continue
            plan.append(Planned(at, name))
        if due_at is not None and Planned(due_at, "due") not in plan:
            plan.append(Planned(due_at, BREACH))
        plan.sort()
        return tuple(plan)


def _outside(at: datetime, pauses: Sequence[Suspension], due_at: datetime) -> datetime | None:
    """A step measured in days that would fall into a pause waits; after the due instant it moves by the whole pause."""
    for pause in pauses:
        if pause.since > at:
            break
        if pause.until is None:
            return None
        if pause.since >= due_at:
            at += DAY * (pause.until.date() - pause.since.date()).days
        at = max(at, pause.until) if pause.since <= at < pause.until else at
    return at


def _state(
    due_at: datetime | None,
    met_at: datetime | None,
    ended_at: datetime | None,
    pauses: Sequence[Suspension],
    now: datetime,
) -> State:
    """An event at the due instant still meets it; closing at the due instant still ends the clock in time."""
    if met_at is not None:
        return State.MET if due_at is None or met_at <= due_at else State.LATE
    if ended_at is not None:
        return State.BREACHED if due_at is not None and due_at < ended_at else State.VOID
    if due_at is not None and due_at <= now:
        return State.BREACHED
    if any(pause.since <= now and (pause.until is None or now < pause.until) for pause in pauses):
        return State.PAUSED
    return State.OPEN


# -- gates ----------------------------------------------------------------------------------------------------


def _flags(gate: Gate, rounds: Sequence[_Round], regulation: Regulation) -> list[Deadline]:
    """What arrived although the gate forbids it: told once to whoever the gate names, over when the case is."""
    found: list[Deadline] = []
    ended: datetime | None = None
    seen: set[int] = set()
    for current in rounds:
        for event in current.events:
            if event.name == FLAGGED and event.fields.get("gate") == gate.id and event.id not in seen:
                seen.add(event.id)
                found.append(
                    Deadline(
                        rule=gate.id,
                        round=len(found) + 1,
                        starts_at=event.at,
                        opens_at=event.at,
                        due_at=None,
                        state=State.OPEN,
                        plan=(Planned(event.at, "opens"),),
                    )
                )
            ended = event.at if event.name in regulation.closing else None if event.name == REOPENED else ended
    if ended is None:
        return found
    return [replace(item, state=State.VOID, ended_at=ended, plan=()) for item in found]
