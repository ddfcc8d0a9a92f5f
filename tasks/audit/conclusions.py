"""What Duban concludes from facts, against `derived_events`: what lateness gave, and what gates say of facts.

Counters are in `counts.py`: they look over the borders of a case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from models.store.schema import cases, events
from models.timeline.duties import KIND as DUTY
from models.timeline.story import DERIVED_ID, FLAGGED, NOTED_BY, Event
from tasks.audit.finding import EVENT, NOTHING, Finding, said, shown
from tasks.record.gates import too_late, violated
from tasks.record.same_party import same_party

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection, Row

    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from tasks.audit.crowds import Crowds
    from tasks.audit.hindsight import Hindsight

_ELSEWHERE = frozenset({None, "events"})
"""What a gate counts without asking for other cases."""


def facts(past: Hindsight) -> Iterator[Finding]:
    """Whether the case has the opening event that every case has, and no event that cannot be as it is."""
    row = past.dossier.case
    if row.kind != DUTY and not any(past.rules.opens(one.name) for one in past.events):
        yield Finding(EVENT, row.number, expected=past.rules.opening_of(row.kind), found=NOTHING)
    for one in past.dossier.events:
        if one.applied_at is not None and one.link is None:
            yield Finding(EVENT, row.number, expected=said("link", "*"), found=f"{one.name} {shown(one.at)}")
        if one.applied_at is not None and one.applied_at > past.now:
            yield Finding(
                EVENT, row.number, expected=said("applied_at", past.now), found=said("applied_at", one.applied_at)
            )


def noted(past: Hindsight) -> Iterator[Finding]:
    """The events that lateness gives."""
    number = past.dossier.case.number
    wanted = {_key(event.name, event.at, event.fields): event for event in past.present.noted}
    for row in past.dossier.derived:
        if NOTED_BY not in row.fields or row.retracted_at is not None:
            continue
        event = wanted.pop(_key(row.name, row.at, row.fields), None)
        if event is None:
            yield Finding(EVENT, number, _rule(row), row.fields.get("round"), expected=NOTHING, found=_told(row))
        elif dict(event.fields) != dict(row.fields):
            yield Finding(EVENT, number, _rule(row), expected=shown(dict(event.fields)), found=shown(row.fields))
    for event in wanted.values():
        rule, round_ = event.fields[NOTED_BY], event.fields["round"]
        yield Finding(EVENT, number, rule, round_, expected=f"{event.name} {shown(event.at)}", found=NOTHING)


def flags(connection: Connection, past: Hindsight, crowds: Crowds) -> Iterator[Finding]:
    """What arrived although a gate forbids it is flagged, and nothing else is."""
    guarded = past.rules.guarded
    stored: dict[tuple[Any, ...], Row[Any]] = {
        (row.at, row.fields.get("event"), row.fields.get("gate")): row
        for row in past.dossier.derived
        if row.name == FLAGGED and row.retracted_at is None
    }
    number = past.dossier.case.number
    explained: set[tuple[Any, ...]] = set()
    for row in past.events:
        if row.name not in guarded:
            continue
        known = {key[2] for key in stored if key[:2] == (row.at, row.name)}
        forbidding: set[str] = set()
        for forbidding in _forbidding(connection, past, row, crowds):
            if forbidding == known:
                break
        for gate in known | forbidding:
            explained.add((row.at, row.name, gate))
            if (gate in known) != (gate in forbidding) and not _may_differ(connection, past, row, gate):
                sides = (NOTHING, f"{FLAGGED} {row.name} {shown(row.at)}")
                expected, found = sides if gate in known else sides[::-1]
                yield Finding(EVENT, number, gate, expected=expected, found=found)
    for key, row in stored.items():
        if key not in explained:
            yield Finding(EVENT, number, row.fields.get("gate"), expected=NOTHING, found=_told(row))


def _forbidding(connection: Connection, past: Hindsight, row: Row[Any], crowds: Crowds) -> Iterator[set[str]]:
    """The gates that forbid an event by what was known when it was taken in, read in ways that may all be right.

    First without gates over other cases of which too few are there; then with all; then with what was concluded in the
    very pass that took the event in.
    """
    event, case = Event(row.name, row.at, row.fields, row.id), past.known_at(row.applied_at)
    fresh = {DERIVED_ID + one.id for one in past.concluded if one.derived_at == row.applied_at}
    before = case.with_events(one for one in case.events if one.id not in fresh) if fresh else case
    asked = [
        gate
        for gate in past.rules.gates
        if gate.guards == event.name and not crowds.forbids_nothing(gate, past.rules, before, event)
    ]
    yield _judged(connection, past, _with_gates(past.rules, asked), before, event)
    yield _judged(connection, past, past.rules, before, event)
    yield _judged(connection, past, past.rules, case, event)


def _judged(connection: Connection, past: Hindsight, rules: Regulation, case: Case, event: Event) -> set[str]:
    gates = (*violated(connection, rules, past.calendar, case, event), *too_late(rules, past.calendar, case, event))
    return {gate.id for gate in gates}


_trimmed: dict[tuple[int, tuple[str, ...]], tuple[Regulation, Regulation]] = {}


def _with_gates(rules: Regulation, gates: Sequence[Gate]) -> Regulation:
    """The regulation with these gates only; made once."""
    if len(gates) == len(rules.gates):
        return rules
    key = (id(rules), tuple(gate.id for gate in gates))
    known = _trimmed.get(key)
    if known is None or known[0] is not rules:
        known = _trimmed[key] = (rules, rules.model_copy(update={"gates": tuple(gates)}))
    return known[1]


def _may_differ(connection: Connection, past: Hindsight, row: Row[Any], gate_id: str) -> bool:
    """Whether the gate counts over other cases, and of one of those something became known later."""
    gate = next((one for one in past.rules.gates if one.id == gate_id), None)
    if gate is None or gate.counts in _ELSEWHERE:
        return False
    facts_of = past.case.facts | dict(row.fields)
    later = exists().where(events.c.case_id == cases.c.id, events.c.at <= row.at, events.c.applied_at > row.applied_at)
    whose = [same_party(name, facts_of.get(name)) for name in gate.of if facts_of.get(name) not in (None, "")]
    query = select(cases.c.id).where(later, cases.c.id != past.dossier.case.id, *whose).limit(1)
    return connection.scalar(query) is not None


def _key(name: str, at: Any, fields: Any) -> tuple[Any, ...]:
    return name, at, fields[NOTED_BY], fields["round"]


def _rule(row: Row[Any]) -> str:
    return str(row.fields[NOTED_BY])


def _told(row: Row[Any]) -> str:
    return f"{row.name} {shown(row.at)}"
