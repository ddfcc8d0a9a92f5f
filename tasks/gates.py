"""Gates: what a regulation forbids. `record` asks before it writes; the sweep asks about facts that arrived anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, exists, or_, select

from models.durations import parse_duration
from models.regulation import holds
from models.schema import cases, events
from models.timeline import Event, timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.calendar import WorkCalendar
    from models.regulation import Gate, Regulation


COUNTS = frozenset({"events", "open_cases", "late_cases"})


class Guarded(NamedTuple):
    """The event in question and the case it belongs to; a case that does not exist yet has no id."""

    case_id: int | None
    facts: Mapping[str, Any]
    history: Sequence[Event]
    event: Event


def violated(connection: Connection, regulation: Regulation, calendar: WorkCalendar, guarded: Guarded) -> list[Gate]:
    """The gates that forbid the event, judged by what had happened at its instant."""
    return [
        gate
        for gate in regulation.gates
        if gate.guards == guarded.event.name
        and holds(gate.when, guarded.facts)
        and _exceeds(connection, gate, regulation, calendar, guarded)
    ]


def _exceeds(
    connection: Connection, gate: Gate, regulation: Regulation, calendar: WorkCalendar, guarded: Guarded
) -> bool:
    """Whether it is one too many; a limit that nobody has set forbids nothing."""
    if gate.counts not in COUNTS or isinstance(gate.at_most, str):
        return False
    return _count(connection, gate, regulation, calendar, guarded) > gate.at_most


def _count(
    connection: Connection, gate: Gate, regulation: Regulation, calendar: WorkCalendar, guarded: Guarded
) -> float:
    event = guarded.event
    if gate.counts == "events":
        same = (other for other in guarded.history if other.name == event.name)
        return 1 + sum((other.at, other.id) < (event.at, event.id) for other in same)
    person = str(guarded.facts.get(gate.of[0]) or "")
    if not person:
        return 0
    others = _open_cases(connection, regulation, person, guarded)
    if gate.counts == "open_cases":
        return sum(_quantity(gate, row.fields) for row in others) + _quantity(gate, guarded.facts)
    late_by = parse_duration(gate.late_by)
    return sum(_is_late(connection, regulation, calendar, row, event.at, late_by) for row in others)


def _quantity(gate: Gate, facts: Mapping[str, Any]) -> float:
    if not gate.quantity:
        return 1
    try:
        return float(facts.get(gate.quantity) or 1)
    except ValueError:
        return 1


def _open_cases(connection: Connection, regulation: Regulation, person: str, guarded: Guarded) -> Sequence[Any]:
    """The person's other cases under this regulation that were opened before and not closed at the event's instant."""
    at = guarded.event.at
    over = exists().where(events.c.case_id == cases.c.id, events.c.name.in_([*regulation.closing]), events.c.at <= at)
    before: Any = cases.c.opened_at <= at
    if guarded.case_id is not None:
        earlier = and_(cases.c.opened_at == at, cases.c.id < guarded.case_id)
        before = and_(cases.c.id != guarded.case_id, or_(cases.c.opened_at < at, earlier))
    return connection.execute(
        select(cases.c.id, cases.c.fields, cases.c.level, cases.c.department, cases.c.handler).where(
            cases.c.kind == regulation.kind,
            cases.c.party == person,
            cases.c.regulation == regulation.regulation,
            before,
            ~over,
        )
    ).all()


def _is_late(
    connection: Connection, regulation: Regulation, calendar: WorkCalendar, row: Any, at: datetime, late_by: Any
) -> bool:
    """Whether a deadline of the case was running late at that instant, by so many days at least."""
    known = [
        Event(*found)
        for found in connection.execute(
            select(events.c.name, events.c.at, events.c.fields, events.c.id).where(
                events.c.case_id == row.id, events.c.at <= at
            )
        )
    ]
    facts = {**row.fields, "level": row.level, "department": row.department, "handler": row.handler}
    for deadline in timeline(facts, known, regulation, calendar, at).deadlines:
        if deadline.met_at is not None or deadline.due_at is None or deadline.due_at >= at or deadline.ended_at:
            continue
        from_day = calendar.shift(calendar.local_date(deadline.due_at), late_by)
        if calendar.local_date(at) >= from_day:
            return True
    return False
