"""Gates: what a regulation forbids. `record` asks before it writes; the sweep asks about facts that arrived anyway.

A gate is judged by what had happened at the event's instant, in this case (`models/timeline/gates.py`), in the other
cases of the same person, department or whatever `of` names, and in the counts of the regulation's counters.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, exists, or_, select

from models.calendar.hours import hours_of
from models.language.durations import parse_duration
from models.language.words import is_hole
from models.store.schema import cases, events
from models.timeline.gates import applies, facts_of, forbids, unapproved
from models.timeline.reading import timeline
from models.timeline.story import Event, Status, among
from tasks.organisation.registry import Pinned
from tasks.record import counters
from tasks.record.same_party import same_matter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.durations import Duration
    from models.language.permissions import Gate
    from models.language.regulation import Regulation

_OF_CASES = frozenset({"open_cases", "late_cases"})


class Guarded(NamedTuple):
    """The event in question and the case it belongs to; a case that does not exist yet has no id."""

    case_id: int | None
    facts: Mapping[str, Any]
    history: Sequence[Event]
    event: Event

    @property
    def before(self) -> list[Event]:
        """What had happened in the case before the event, in order."""
        mark = (self.event.at, self.event.id)
        earlier = (other for other in self.history if (other.at, other.id) < mark)
        return sorted(earlier, key=lambda event: (event.at, event.id))


def violated(connection: Connection, regulation: Regulation, calendar: WorkCalendar, guarded: Guarded) -> list[Gate]:
    """The gates that forbid the event, judged by what had happened at its instant; approvals that it waits for too."""
    name = guarded.event.name
    gates = [gate for gate in regulation.gates if gate.guards == name]
    guards = [approval for approval in regulation.approvals if approval.guards == name]
    if not gates and not guards:
        return []
    before, fields = guarded.before, guarded.facts
    own = hours_of(regulation, calendar)
    facts = facts_of(guarded.event, fields, own)
    found = [
        gate
        for gate in gates
        if applies(gate, guarded.event, facts, before)
        and (
            forbids(gate, guarded.event, fields, before, regulation, calendar)
            or _exceeds(connection, gate, regulation, calendar, guarded, facts)
        )
    ]
    found += [
        regulation.approval_gate(approval.id)
        for approval in guards
        if unapproved(approval, guarded.event, fields, before, own)
    ]
    return found


def _exceeds(
    connection: Connection,
    gate: Gate,
    regulation: Regulation,
    calendar: WorkCalendar,
    guarded: Guarded,
    facts: Mapping[str, Any],
) -> bool:
    """Whether it is one too many; a limit that nobody has set forbids nothing."""
    if gate.counts is None or isinstance(gate.at_most, str):
        return False
    if gate.counts == "events":
        return 1 + sum(other.name == gate.guards for other in guarded.before) > gate.at_most
    if gate.counts in _OF_CASES:
        return _count_cases(connection, gate, regulation, calendar, guarded, facts) > gate.at_most
    counter = next(one for one in regulation.counters if one.id == gate.counts)
    asked = counters.Asked(regulation.regulation, guarded.case_id, guarded.facts, guarded.event)
    return counters.count(connection, counter, calendar, asked) > gate.at_most


def _count_cases(
    connection: Connection,
    gate: Gate,
    regulation: Regulation,
    calendar: WorkCalendar,
    guarded: Guarded,
    facts: Mapping[str, Any],
) -> float:
    """How many open or late cases there are, or what they sum up to; where nobody is named, nothing is counted."""
    if is_hole(gate.late_by) or not all(facts.get(name) not in (None, "") for name in gate.of):
        return 0
    late_by = parse_duration(gate.late_by) if gate.counts == "late_cases" else None
    rows = _others(connection, gate, regulation, guarded, facts)
    known = _histories(connection, [row.id for row in rows], guarded.event.at)
    pinned = Pinned(connection)
    total = 0.0
    if gate.counts == "open_cases" and gate.kind is None and not gate.having:
        total += _quantity(gate, facts)
    for row in rows:
        rules = pinned(row.regulation_id) if row.regulation_id is not None else regulation
        if _counts(gate, row, known[row.id], rules, calendar, guarded.event.at, late_by):
            total += _quantity(gate, row.fields)
    return total


def _quantity(gate: Gate, facts: Mapping[str, Any]) -> float:
    if not gate.quantity:
        return 1
    try:
        return float(facts.get(gate.quantity) or 1)
    except ValueError:
        return 1


_COLUMNS = tuple(
    cases.c[name] for name in ("id", "regulation_id", "fields", "level", "department", "handler", "closed_at")
)


def _others(
    connection: Connection, gate: Gate, regulation: Regulation, guarded: Guarded, facts: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """The other cases of the same matter that were opened before, without those known to be closed by then."""
    at = guarded.event.at
    unread = exists().where(events.c.case_id == cases.c.id, events.c.applied_at.is_(None))
    before: Any = cases.c.opened_at <= at
    if guarded.case_id is not None:
        earlier = and_(cases.c.opened_at == at, cases.c.id < guarded.case_id)
        before = and_(cases.c.id != guarded.case_id, or_(cases.c.opened_at < at, earlier))
    kind = gate.kind or regulation.opens(gate.guards) or regulation.kind
    whose = cases.c.kind == kind
    if gate.kind is None:
        whose = and_(whose, cases.c.regulation == regulation.regulation)
    return connection.execute(
        select(*_COLUMNS).where(
            whose,
            *(same_matter(name, facts[name]) for name in gate.of),
            before,
            or_(cases.c.closed_at.is_(None), cases.c.closed_at > at, unread),
        )
    ).all()


def _histories(connection: Connection, ids: Sequence[int], at: datetime) -> dict[int, list[Event]]:
    """What had happened in these cases by an instant."""
    found: dict[int, list[Event]] = defaultdict(list)
    columns = (events.c.case_id, events.c.name, events.c.at, events.c.fields, events.c.id)
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for row in connection.execute(select(*columns).where(events.c.case_id.in_(some), events.c.at <= at)):
            found[row.case_id].append(Event(*row[1:]))
    return found


def _counts(
    gate: Gate,
    row: Row[Any],
    known: list[Event],
    rules: Regulation,
    calendar: WorkCalendar,
    at: datetime,
    late_by: Duration | None,
) -> bool:
    """Whether the case counts: it was open then, what it has to have happened, and it was late enough."""
    if gate.having and not any(among(event, gate.having) for event in known):
        return False
    facts = {**row.fields, "level": row.level, "department": row.department, "handler": row.handler}
    story = timeline(facts, known, rules, calendar, at)
    if story.status in (Status.CLOSED, Status.WITHDRAWN):
        return False
    if late_by is None:
        return True
    clocks = {rule.id for rule in rules.approval_clocks}
    for deadline in story.deadlines:
        if deadline.met_at is not None or deadline.due_at is None or deadline.due_at >= at or deadline.ended_at:
            continue
        if deadline.soft or deadline.rule in clocks:
            continue
        if calendar.local_date(at) >= calendar.shift(calendar.local_date(deadline.due_at), late_by):
            return True
    return False
