"""How many other cases somebody had open, or late, at most: so that gates over cases need no question of each case.

Read once for a chunk. Only where the bound does not settle it, the gate itself is asked.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from models.language.words import is_hole
from models.store.in_array import in_array
from models.store.schema import cases, deadlines
from tasks.record.same_party import PARTY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection, Row

    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Event

OPEN, LATE = "open_cases", "late_cases"


class Crowds:
    """The cases of everybody whose cases are in a chunk."""

    def __init__(self, connection: Connection, rows: Iterable[Row[Any]]) -> None:
        """`rows` are the cases of the chunk."""
        self._connection = connection
        self._parties = {row.party for row in rows if row.party}
        self._known: dict[str, list[Any]] | None = None

    def forbids_nothing(self, gate: Gate, rules: Regulation, case: Case, event: Event) -> bool:
        """Whether the gate cannot forbid the event: fewer cases of that person were open (or due) than it takes."""
        if gate.counts not in (OPEN, LATE) or gate.not_before or gate.after or gate.requires:
            return False
        summed = rules.fields.get(gate.quantity or "")
        if summed is not None and summed.is_ == "amount":  # one that is missing is refused
            return False
        name = next((one for one in gate.of if one in PARTY), None)
        if is_hole(gate.at_most) or name is None:
            return is_hole(gate.at_most)
        party = str(event.fields.get(name) or case.facts.get(name) or "")
        if party not in self._parties:
            return not party
        kind = gate.kind or rules.opens(gate.guards) or rules.kind
        others = [
            one
            for one in self._of(party)
            if one.id != case.id
            and one.kind == kind
            and one.opened_at <= event.at
            and (one.closed_at is None or one.closed_at > event.at)
            and (gate.counts == OPEN or (one.due_at is not None and one.due_at < event.at))
        ]
        own = gate.counts == OPEN and gate.kind is None and not gate.having
        total = sum(_quantity(gate, one.fields) for one in others)
        return total + (_quantity(gate, {**case.fields, **event.fields}) if own else 0) <= int(gate.at_most)

    def _of(self, party: str) -> list[Any]:
        if self._known is None:
            self._known = defaultdict(list)
            first = func.min(deadlines.c.due_at, type_=deadlines.c.due_at.type).label("due_at")
            columns = [cases.c[name] for name in ("id", "party", "kind", "opened_at", "closed_at")]
            columns.append(cases.c.fields)
            query = select(*columns, first).outerjoin(deadlines, deadlines.c.case_id == cases.c.id)
            query = query.where(in_array(self._connection, cases.c.party, self._parties)).group_by(cases.c.id)
            for row in self._connection.execute(query):
                self._known[row.party].append(row)
        return self._known[party]


def _quantity(gate: Gate, fields: Mapping[str, Any]) -> float:
    """What a case adds; a text that is no number counts as one."""
    try:
        return float(fields.get(gate.quantity) or 1) if gate.quantity else 1
    except (TypeError, ValueError):
        return 1
