"""What lateness costs, as rows of the ledger: who pays, how much, from which instant on, and what is withdrawn."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.language.limits import DEPARTMENT
from models.language.rules import Rule
from models.store.bulk import update_many
from models.store.chain import insert_sealed
from models.store.schema import penalties
from models.timeline.penalties import PAYER, is_owed_in_any_case, penalty_when_due
from models.timeline.story import State
from models.wording.catalogue import both

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.regulation import Regulation
    from models.timeline.story import Deadline, OwedPenalty

LATE = frozenset({State.BREACHED, State.LATE})
MET = "met"
MOVED = "moved"
LESS_LATE = "less_late"
GRAVER = "graver"
CASE_AMENDED = "amended"
"""Why a penalty is withdrawn, by the keys of the note's words."""
STANDING = "(case_id, rule, round, seq) WHERE withdrawn_at IS NULL"
"""Each penalty of a deadline stands at most once, whoever notices the overrun first."""


class Ledger:
    """The penalties of a batch of cases: what is owed, and what stands on record and is owed no more.

    What was withdrawn stays in the table with its note; only the cases of `known` can have anything there.
    """

    def __init__(self, connection: Connection, known: Collection[int], now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.owed: list[dict[str, Any]] = []
        self.withdrawn: list[dict[str, Any]] = []
        self.standing: dict[tuple[int, str, int], list[Row[Any]]] = defaultdict(list)
        if known:
            table = penalties.c
            query = select(penalties).where(table.case_id.in_(list(known)), table.withdrawn_at.is_(None))
            for row in connection.execute(query):
                self.standing[row.case_id, row.rule, row.round].append(row)

    def judge(self, case: Row[Any], deadline: Deadline, old: Row[Any] | None, rules: Regulation) -> None:
        """What a deadline costs now, beside what it cost by its `old` row."""
        rule = rules.rule(deadline.rule)
        if not isinstance(rule, Rule) or rule.penalty is None:
            return
        owed = rows_of(deadline.penalties, rule, case, deadline.round, rules)
        self.owed += owed
        if old is None or old.state not in LATE:
            return
        if deadline.state not in LATE or deadline.due_at != old.due_at:  # for another instant it is owed anew
            why = MET if deadline.state is State.MET else MOVED
            self.withdraw_all(case.id, deadline.rule, deadline.round, why)
            return
        figures = {row["seq"]: (row["amount"], row["points"]) for row in owed}
        for row in self.standing[case.id, deadline.rule, deadline.round]:
            if row.seq not in figures and not rule.penalty.is_plain:
                self._withdraw(row, LESS_LATE)
            elif row.seq in figures and figures[row.seq] != (row.amount, row.points):
                self._withdraw(row, GRAVER)

    def withdraw_all(self, case_id: int, rule: str, number: int, why: str) -> None:
        """Nothing of that deadline is owed any more."""
        for row in self.standing[case_id, rule, number]:
            self._withdraw(row, why)

    def _withdraw(self, row: Row[Any], why: str) -> None:
        self.withdrawn.append({"id": row.id, "withdrawn_at": self.now, "note": both(f"engine.penalty.{why}")})

    def flush(self) -> None:
        """Write it: first what makes room, then what is owed."""
        update_many(self.connection, penalties, self.withdrawn)
        insert_sealed(self.connection, penalties, self.owed, unless=STANDING)


def rows_of(
    owed: Iterable[OwedPenalty], rule: Rule, case: Any, number: int, regulation: Regulation
) -> list[dict[str, Any]]:
    """The rows of these; none for a level of which the rule's table says nothing."""
    found = []
    for one in owed:
        penalty = one.penalty
        amount, points = penalty.of(one.level)
        if not (amount or points or penalty.share or penalty.measure):
            continue
        found += [
            {
                "case_id": getattr(case, "case_id", None) or case.id,
                "rule": rule.id,
                "round": number,
                "seq": one.number + place * PAYER,
                "who": payer(role, case, regulation),
                "amount": amount,
                "points": points,
                "share": penalty.share.part if penalty.share else None,
                "of": penalty.share.of if penalty.share else None,
                "measure": f"{penalty.measure.zh} ({penalty.measure.en})" if penalty.measure else None,
                "at": one.at,
            }
            for place, role in enumerate(penalty.charged_to)
        ]
    return found


def at_due(rule: Rule, case: Any, number: int, due_at: datetime, regulation: Regulation) -> list[dict[str, Any]]:
    """What is owed in any case when the due instant passes."""
    if rule.penalty is None or not is_owed_in_any_case(rule, regulation):
        return []
    return rows_of([penalty_when_due(rule.penalty, due_at, case.level)], rule, case, number, regulation)


def payer(who: str, case: Any, regulation: Regulation) -> str:
    """The department, the person whom the case names for the role, or else the role."""
    if who == DEPARTMENT:
        return case.department or who
    person = regulation.person_named(who, {**case.fields, "handler": case.handler})
    return person or (case.handler if who == "handler" else None) or who
