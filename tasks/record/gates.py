"""Gates: what a regulation forbids. `record` asks before it writes; the sweep asks about facts that arrived anyway.

A gate is judged by what had happened at the event's instant, in this case (`models/timeline/gates.py`), in the other
cases of the same person, department or whatever `of` names, and in the counts of the regulation's counters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, or_, select

from models.calendar.hours import hours_of
from models.language.durations import parse_duration
from models.language.words import is_hole
from models.store.schema import cases, events
from models.timeline.case import Case
from models.timeline.gates import applies, attempts_owed, comes_late, facts_of, forbids, unapproved
from models.timeline.reading import timeline
from models.timeline.story import Status, matches_any
from tasks.organisation.registry import Pinned
from tasks.record import counters
from tasks.record.cases import histories
from tasks.record.same_party import same_party

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.durations import Duration
    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from models.timeline.story import Event

_OF_CASES = frozenset({"open_cases", "late_cases"})


def violated(
    connection: Connection, regulation: Regulation, calendar: WorkCalendar, case: Case, event: Event
) -> list[Gate]:
    """The gates that forbid the event, judged by what had happened at its instant; approvals that it waits for too."""
    gates = [gate for gate in regulation.gates if gate.guards == event.name]
    guards = [approval for approval in regulation.approvals if approval.guards == event.name]
    attempts = any(gate.guards == event.name for gate in regulation.attempts.values())
    if not gates and not guards and not attempts:
        return []
    own = hours_of(regulation, calendar)
    asked = _Asked(connection, regulation, calendar, case.before(event), event, facts_of(case, event, own))
    found = [
        gate
        for gate in gates
        if applies(gate, event, asked.facts, asked.case)
        and (forbids(gate, event, asked.case, regulation, calendar) or asked.exceeds(gate))
    ]
    found += [
        regulation.approval_gate(approval.id) for approval in guards if unapproved(approval, event, asked.case, own)
    ]
    return [*found, *attempts_owed(asked.case, event, regulation, own)] if attempts else found


def too_late(regulation: Regulation, calendar: WorkCalendar, case: Case, event: Event) -> list[Gate]:
    """The gates for which a fact comes too late: it is recorded, and told to whoever the gate names."""
    gates = [gate for gate in regulation.gates if gate.guards == event.name and gate.not_after]
    if not gates:
        return []
    own, before = hours_of(regulation, calendar), case.before(event)
    facts = facts_of(case, event, own)
    return [
        gate
        for gate in gates
        if applies(gate, event, facts, before) and comes_late(gate, event, before, regulation, own)
    ]


@dataclass(slots=True)
class _Asked:
    """An event in question: its case just before it, and the facts that conditions may ask for."""

    connection: Connection
    regulation: Regulation
    calendar: WorkCalendar
    case: Case
    event: Event
    facts: Mapping[str, Any]

    def exceeds(self, gate: Gate) -> bool:
        """Whether it is one too many; a limit that nobody has set forbids nothing."""
        if gate.counts is None or isinstance(gate.at_most, str):
            return False
        if gate.counts == "events":
            return 1 + sum(other.name == gate.guards for other in self.case.events) > gate.at_most
        if gate.counts in _OF_CASES:
            return self._misses_amount(gate) or self._count_cases(gate) > gate.at_most
        counter = next(one for one in self.regulation.counters if one.id == gate.counts)
        name = self.regulation.regulation
        return counters.count(self.connection, counter, name, self.calendar, self.case, self.event) > gate.at_most

    def _misses_amount(self, gate: Gate) -> bool:
        """Whether an amount is to be summed that this case does not give: nothing is not less than the limit."""
        field = self.regulation.fields.get(gate.quantity or "")
        own = gate.counts == "open_cases" and gate.kind is None and not gate.having
        return bool(field and field.is_ == "amount" and own and self.facts.get(str(gate.quantity)) in (None, ""))

    def _count_cases(self, gate: Gate) -> float:
        """How many open or late cases there are, or what they sum up to; where nobody is named, nothing is counted."""
        if is_hole(gate.late_by) or not all(self.facts.get(name) not in (None, "") for name in gate.of):
            return 0
        late_by = parse_duration(gate.late_by) if gate.counts == "late_cases" else None
        rows = self._others(gate)
        known = histories(self.connection, [row.id for row in rows], self.event.at)
        pinned = Pinned(self.connection)
        total = 0.0
        if gate.counts == "open_cases" and gate.kind is None and not gate.having:
            total += _quantity(gate, self.facts)
        for row in rows:
            rules = pinned(row.regulation_id) if row.regulation_id is not None else self.regulation
            other = Case.of(row, known[row.id])
            if _counts(gate, other, rules, self.calendar, self.event.at, late_by):
                total += _quantity(gate, row.fields)
        return total

    def _others(self, gate: Gate) -> Sequence[Row[Any]]:
        """The other cases of the same matter that were opened before, without those known to be closed by then."""
        at = self.event.at
        unread = exists().where(events.c.case_id == cases.c.id, events.c.applied_at.is_(None))
        before: Any = cases.c.opened_at <= at
        if self.case.id is not None:
            earlier = and_(cases.c.opened_at == at, cases.c.id < self.case.id)
            before = and_(cases.c.id != self.case.id, or_(cases.c.opened_at < at, earlier))
        kind = gate.kind or self.regulation.opens(gate.guards) or self.regulation.kind
        whose = cases.c.kind == kind
        if gate.kind is None:
            whose = and_(whose, cases.c.regulation == self.regulation.regulation)
        return self.connection.execute(
            select(*_COLUMNS).where(
                whose,
                *(same_party(name, self.facts[name]) for name in gate.of),
                before,
                or_(cases.c.closed_at.is_(None), cases.c.closed_at > at, unread),
            )
        ).all()


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


def _counts(
    gate: Gate, case: Case, rules: Regulation, calendar: WorkCalendar, at: datetime, late_by: Duration | None
) -> bool:
    """Whether the case counts: it was open then, what it has to have happened, and it was late enough."""
    if gate.having and not any(matches_any(event, gate.having) for event in case.events):
        return False
    story = timeline(case, rules, calendar, at)
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
