"""The pure timeline: every deadline of a case with its instants, from its events and its regulation.

`timeline(case, regulation, calendar, now)` knows no clock, no database and no Prefect; the sweep, `explain`
and the tests call it or store what it said. How it reads a case:

1. Events in order of `at` tell when the case was opened, closed, reopened, and in which round it is (`rounds.py`).
2. Pauses (paused .. resumed, an approved postponement, what the regulation adds) do not count (`pauses.py`).
3. Each rule whose conditions hold starts a clock at its start event, once a round, or at each one (`every_start`),
   or again and again by itself (`series.py`).
4. The clock ends at the first stop event that is not before `opens`; else with the round, the case, or by giving up
   (`clock.py`).
5. What is left of the clock at `now` gives the state, and the instants at which somebody is to be told
   (`planning.py`); what was not met in time has its penalties (`penalties.py`).
6. What was not met may give an event of its own (`on_late`): the case is read anew with it, the earliest such event
   first, until no other one follows. An event changes nothing that lies before it, so each reading settles one more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from models.calendar.hours import hours_of
from models.errors import UsageError
from models.language.conditions import holds
from models.language.rules import DUTY_OPENED, Rule
from models.timeline import notices
from models.timeline.approvals import with_turns
from models.timeline.clock import Clock, Link, Stretch, Surroundings
from models.timeline.duties import over_at
from models.timeline.moment import MOMENT, moment_facts
from models.timeline.pauses import merged, suspensions
from models.timeline.rounds import Round, rounds_of, starts
from models.timeline.series import Series
from models.timeline.story import (
    NOTED_BY,
    RAISED,
    RAISED_FROM,
    Deadline,
    Event,
    Status,
    Timeline,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.pauses import Pauses

MOST_NOTED = 1000
"""A case on which Duban would note more than so many events has rules that feed each other without an end."""


def timeline(case: Case, regulation: Regulation, calendar: WorkCalendar, now: datetime) -> Timeline:
    """Every deadline of the case as it stands at `now` (UTC).

    All its events count, also those after `now`: the caller decides what is known. What is on record of `on_late` is
    left aside: the timeline derives it again.
    """
    recorded = [event for event in case.events if NOTED_BY not in event.fields]
    reading = _Reading(case.facts, regulation, hours_of(regulation, calendar), now)
    found = reading.read(recorded)
    noted: list[Event] = []
    while (new := _first_new(found, noted)) is not None:
        if len(noted) == MOST_NOTED:
            raise UsageError(f"regulation {regulation.regulation}: `on_late` of its rules never comes to an end")
        noted.append(new)
        found = reading.read([*recorded, *noted])
    return replace(found, noted=tuple(noted)) if noted else found


def _first_new(found: Timeline, noted: Sequence[Event]) -> Event | None:
    """The earliest event that follows from lateness and is not reckoned with yet."""
    new = [event for deadline in found.deadlines for event in deadline.noted if event not in noted]
    return min(new, key=lambda event: event.at, default=None)


@dataclass(slots=True)
class _Reading:
    """One case under its regulation: read once for each event that follows from another."""

    fields: Mapping[str, Any]
    regulation: Regulation
    calendar: WorkCalendar
    now: datetime

    def read(self, events: Iterable[Event]) -> Timeline:
        """The deadlines that these events make."""
        regulation, fields = self.regulation, self.fields
        openings = {regulation.opening, *regulation.openings, DUTY_OPENED}
        ordered = sorted(events, key=lambda event: (event.at, event.name not in openings, event.id))
        if regulation.approvals:
            ordered = with_turns(ordered, regulation, fields, self.calendar)
        level_at = _levels(ordered, fields, regulation)
        rounds, status, closed_at = rounds_of(ordered, regulation, fields)
        pauses = suspensions(ordered, regulation, self.calendar)
        names = {event.name for event in ordered}
        rules = [*regulation.rules, *regulation.approval_clocks]
        if DUTY_OPENED in names:
            rules += [rule for duty in regulation.duties if isinstance(rule := regulation.rule(duty.id), Rule)]
        dues: dict[tuple[str, int], list[Deadline]] = {}
        by_rule: dict[str, list[Deadline]] = {}
        for rule in _in_order(rules):
            own = merged(pauses, rule.id) if pauses else ()
            by_rule[rule.id] = list(self._of_rule(rule, rounds, own, level_at, dues))
        deadlines = [deadline for rule in rules for deadline in by_rule[rule.id]]
        for gate in (*regulation.gates, *regulation.derived_gates):
            deadlines += notices.of_gate(gate, ordered, regulation)
        for rung in regulation.rungs:
            deadlines += notices.of_rung(rung, ordered, regulation, {**fields, "level": level_at(self.now)})
        if DUTY_OPENED in names and status is Status.OPEN and (closed_at := over_at(regulation, deadlines)) is not None:
            status = Status.CLOSED
        if status is Status.OPEN and any(pause.covers(self.now) for pause in pauses if not pause.rules):
            status = Status.WAITING
        return Timeline(
            status=status,
            round=rounds[-1].number,
            closed_at=closed_at,
            deadlines=tuple(deadlines),
            level=level_at(self.now),
            trouble=_trouble(deadlines, regulation),
        )

    def _of_rule(
        self,
        rule: Rule,
        rounds: Sequence[Round],
        pauses: Pauses,
        level_at: Callable[[datetime], str | None],
        dues: dict[tuple[str, int], list[Deadline]],
    ) -> Iterator[Deadline]:
        """The rule's clocks: one a round, or one for each start event or term, numbered through."""
        if rule.is_asleep:
            return
        number = 0
        for current in rounds:
            chain: tuple[Link, ...] = ()
            last: int | None = None
            around = Surroundings(level_at, _due_in(dues, current.number))
            for index in starts(rule, current, self.regulation):
                start = current.events[index]
                own = number + 1 if rule.every_start or rule.repeat else current.number
                facts = self._facts(rule, current, start, own, level_at)
                if not rule.repeat and not holds(rule.when, facts):
                    continue
                if last is not None and rule.counts_from == "previous_due":
                    chain = (*chain, (current.events[last], current.events[last + 1 : index]))
                last = index
                stretch = Stretch(start, current.events[index + 1 :], current.over_at)
                if rule.repeat:
                    series = Series(rule, facts, self.regulation, self.calendar, pauses, around)
                    found = list(series.run(stretch, self.now, own))
                else:
                    clock = Clock(rule, own, facts, self.regulation, self.calendar, pauses, around, chain)
                    found = [clock.run(stretch, self.now)]
                number = max([own, *(deadline.round for deadline in found)])
                dues.setdefault((rule.id, current.number), []).extend(found)
                yield from found

    def _facts(
        self, rule: Rule, current: Round, start: Event, term: int, level_at: Callable[[datetime], str | None]
    ) -> dict[str, Any]:
        """What conditions may ask of a clock that starts here."""
        facts = {**self.fields, "round": current.number, "term": term, "level": level_at(start.at)}
        if not rule.every_start:  # a new term does not inherit the date of the one before it
            facts |= _dates_before(rule, current, start)
        return facts | moment_facts(start, self.calendar) if rule.asks & MOMENT else facts


def _dates_before(rule: Rule, current: Round, start: Event) -> dict[str, Any]:
    """The dates of the rule's limits that were named in the round before the clock started; the newest counts."""
    names = [limit.date for limit in rule.within if limit.date]
    if not names:
        return {}
    earlier = current.events[: current.events.index(start)]
    return {name: event.fields[name] for event in earlier for name in names if event.fields.get(name) not in (None, "")}


def _levels(
    events: Sequence[Event], fields: Mapping[str, Any], regulation: Regulation
) -> Callable[[datetime], str | None]:
    """The level of the case at an instant: what it was given, or what a graver one raised it to."""
    base = fields.get(RAISED_FROM, fields.get("level"))
    order = list(regulation.levels)
    raised: list[tuple[datetime, str]] = []
    level = base
    for event in events:
        own = event.name == RAISED or NOTED_BY in event.fields or "counter" in event.fields
        new = event.fields.get("level") if own else None
        if new in order and (level not in order or order.index(new) > order.index(level)):
            raised.append((event.at, new))
            level = new
    if not raised:
        return lambda _instant: base
    return lambda instant: next((name for at, name in reversed(raised) if at <= instant), base)


def _in_order(rules: Sequence[Rule]) -> Sequence[Rule]:
    """The rules, each after those whose due instants limit it; what goes round in a circle stays as it is."""
    if not any(limit.due_of for rule in rules for limit in rule.within):
        return rules
    by_id = {rule.id: rule for rule in rules}
    found: dict[str, Rule] = {}
    visiting: set[str] = set()

    def visit(rule: Rule) -> None:
        if rule.id in found or rule.id in visiting:
            return
        visiting.add(rule.id)
        for limit in rule.within:
            if limit.due_of in by_id:
                visit(by_id[limit.due_of])
        found[rule.id] = rule

    for rule in rules:
        visit(rule)
    return list(found.values())


def _due_in(
    dues: Mapping[tuple[str, int], Sequence[Deadline]], number: int
) -> Callable[[str, datetime], datetime | None]:
    """Where a rule's clock falls due in that round: of several terms the one that runs at an instant."""

    def find(rule: str, at: datetime) -> datetime | None:
        found = dues.get((rule, number), ())
        running = [deadline for deadline in found if deadline.starts_at <= at] or found[:1]
        return running[-1].due_at if running else None

    return find


def _trouble(deadlines: Iterable[Deadline], regulation: Regulation) -> str | None:
    """Which figures the running clocks lack, and in which clauses; None when none."""
    found: dict[str, None] = {}
    for deadline in deadlines:
        rule = regulation.rule(deadline.rule) if deadline.missing and deadline.ended_at is None else None
        for what in deadline.missing if isinstance(rule, Rule) else ():
            assert rule is not None  # noqa: S101 -- for the type checker
            setting = regulation.settings.get(what.removeprefix("$"))
            clauses = dict.fromkeys([*(setting.clauses if setting else ()), *rule.cite.clauses])
            zh, en = ("未设定", "is not set") if what.startswith("$") else ("表中没有", "has no row in the table")
            where = ", ".join(clauses) or rule.cite.article
            found[f"{where}: {deadline.rule}: {what.removeprefix('$')} {zh} ({en})"] = None
    return "; ".join(found) or None
