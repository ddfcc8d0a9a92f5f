"""What lateness costs, as rows of the ledger: who pays, how much, from which instant on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.timeline.story import Charge

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from models.language.limits import Penalty
    from models.language.regulation import Regulation
    from models.language.rules import Rule

STANDING = "(case_id, rule, round, seq) WHERE withdrawn_at IS NULL"
"""Each charge of a deadline stands at most once, whoever notices the overrun first."""


def rows_of(
    charges: Iterable[Charge], rule: Rule, case: Any, number: int, regulation: Regulation
) -> list[dict[str, Any]]:
    """The rows of these charges; none for a level of which the rule's table says nothing."""
    found = []
    for charge in charges:
        penalty = charge.penalty
        amount, points = penalty.of(charge.level)
        if not (amount or points or penalty.share or penalty.measure):
            continue
        found.append(
            {
                "case_id": getattr(case, "case_id", None) or case.id,
                "rule": rule.id,
                "round": number,
                "seq": charge.number,
                "who": payer(penalty, case, regulation),
                "amount": amount,
                "points": points,
                "share": penalty.share.part if penalty.share else None,
                "of": penalty.share.of if penalty.share else None,
                "measure": f"{penalty.measure.zh} ({penalty.measure.en})" if penalty.measure else None,
                "at": charge.at,
            }
        )
    return found


def at_due(rule: Rule, case: Any, number: int, due_at: datetime, regulation: Regulation) -> list[dict[str, Any]]:
    """What is owed in any case when the due instant passes."""
    if rule.penalty is None or rule.soft or not rule.penalty.is_plain:
        return []
    return rows_of([Charge(0, due_at, rule.penalty, case.level)], rule, case, number, regulation)


def payer(penalty: Penalty, case: Any, regulation: Regulation) -> str:
    """The department, the person whom the case names for the role, or else the role."""
    charged = penalty.charged_to
    if charged == "department":
        return case.department or charged
    role = regulation.roles.get(charged)
    named = (role.person if role else None) or ("handler" if charged == "handler" else None)
    who = case.handler if named == "handler" else case.fields.get(named) if named else None
    return str(who or charged)
