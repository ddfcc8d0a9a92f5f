"""The pure timeline: every deadline of a case with its instants, from its events and its regulation.

`timeline(case, events, regulation, calendar, now)` knows no clock, no database and no Prefect; the sweep, `explain`
and the tests call it or store what it said. How it reads a case:

1. Events in order of `at` tell when the case was opened, closed, reopened, and in which round it is (`rounds.py`).
2. Pauses (paused .. resumed, an approved postponement, what the regulation adds) do not count (`pauses.py`).
3. Each rule whose conditions hold starts a clock at its start event, once a round, or at each one (`every_start`).
4. The clock ends at the first stop event that is not before `opens`; else with the round, the case, or by giving up
   (`clock.py`).
5. What is left of the clock at `now` gives the state, and the instants at which somebody is to be told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.clock import Clock, Link
from models.pauses import instant_of, merged, suspensions
from models.permits import notices, standing, with_turns
from models.regulation import Gate, Regulation, Rule, holds
from models.rounds import Round, rounds_of, starts
from models.story import (
    FLAGGED,
    REOPENED,
    RESUME,
    ROUNDS_EXHAUSTED,
    SILENT,
    Deadline,
    Event,
    Planned,
    State,
    Status,
    Suspension,
    Timeline,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from models.calendar import WorkCalendar
    from models.pauses import Pauses

__all__ = [
    "FLAGGED",
    "REOPENED",
    "RESUME",
    "ROUNDS_EXHAUSTED",
    "SILENT",
    "Deadline",
    "Event",
    "Planned",
    "State",
    "Status",
    "Suspension",
    "Timeline",
    "instant_of",
    "timeline",
]


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
    openings = {regulation.opening, *regulation.openings}
    ordered = sorted(events, key=lambda event: (event.at, event.name not in openings, event.id))
    if regulation.counters:
        ordered = standing(ordered)
    if regulation.approvals:
        ordered = with_turns(ordered, regulation, fields, calendar)
    rounds, status, closed_at = rounds_of(ordered, regulation, fields)
    pauses = suspensions(ordered, regulation, calendar)
    deadlines: list[Deadline] = []
    for rule in (*regulation.rules, *regulation.approval_clocks):
        own = merged(pauses, rule.id) if pauses else ()
        deadlines += _of_rule(
            rule, rounds, regulation=regulation, fields=fields, calendar=calendar, pauses=own, now=now
        )
    for gate in (*regulation.gates, *regulation.approval_gates):
        deadlines += _flags(gate, ordered, regulation)
    for rung in regulation.rungs:
        deadlines += notices(rung, ordered, regulation)
    if status is Status.OPEN and any(pause.covers(now) for pause in pauses if not pause.rules):
        status = Status.WAITING
    return Timeline(status, rounds[-1].number, closed_at, tuple(deadlines))


def _of_rule(
    rule: Rule,
    rounds: Sequence[Round],
    *,
    regulation: Regulation,
    fields: Mapping[str, Any],
    calendar: WorkCalendar,
    pauses: Pauses,
    now: datetime,
) -> Iterator[Deadline]:
    """The rule's clocks: one a round, or one for each start event, numbered through."""
    number = 0
    if rule.is_asleep:
        return
    for current in rounds:
        facts = {**fields, "round": current.number}
        if not holds(rule.when, facts):
            continue
        chain: tuple[Link, ...] = ()
        last: int | None = None
        for index in starts(rule, current, regulation):
            if last is not None and rule.counts_from == "previous_due":
                chain = (*chain, (current.events[last], current.events[last + 1 : index]))
            number = number + 1 if rule.every_start else current.number
            yield Clock(rule, number, facts, regulation, calendar, pauses, chain).run(current, index, now)
            last = index


def _flags(gate: Gate, events: Sequence[Event], regulation: Regulation) -> list[Deadline]:
    """What arrived although the gate forbids it: told once to whoever the gate names, over when the case is."""
    found: list[Deadline] = []
    ended: Event | None = None
    for event in events:
        if event.name == FLAGGED and event.fields.get("gate") == gate.id:
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
        if event.name in regulation.closing:
            ended = event
        elif event.name == REOPENED:
            ended = None
    if ended is None:
        return found
    return [
        replace(item, state=State.VOID, ended_at=ended.at, ended_by=ended.name, plan=(), past=item.plan)
        if item.starts_at < ended.at
        else replace(item, state=State.VOID, ended_at=ended.at, ended_by=ended.name, plan=())
        for item in found
    ]
