"""The rules that approvals and counters are to the timeline: clocks that start by themselves, and notices.

An approval is one rule for each role that may decide. The clock of the role whose turn it is starts at a derived event
(`asked-...`), which exists in the timeline only. A rung of a counter is a rule as well; it starts at the event that
the engine noted when the count was reached.
"""

from __future__ import annotations

from models.language.conditions import Match
from models.language.permissions import Approval, Counter, Gate
from models.language.rules import DONE, Rule

CLOSED = "closed"
"""The event that a clock with attempts still owed forbids; whoever withdraws a case is asked for nothing."""
COUNTED = "counted"
"""Noted on the case whose event brought a counter to a rung that names no event of its own."""


def approval_rules(approval: Approval) -> dict[str, Rule]:
    """The clock of each role that may decide; called like the approval where there is only one."""
    roles = list(dict.fromkeys(approver.role for approver in approval.by))
    found = {}
    for role in roles:
        name = approval.id if len(roles) == 1 else f"{approval.id}-{role.replace('_', '-')}"
        found[role] = Rule(
            id=name,
            cite=approval.cite,
            title=approval.title,
            do=approval.do,
            start=(Match(event=f"asked-{name}"),),
            stop=(Match(event=approval.approve), Match(event=approval.refuse)),
            every_start=True,
            opens="PT0S",
            within=approval.within,
            responsible=role,
            remind=approval.remind,
            escalate=approval.escalate,
        )
    return found


def approval_gate(approval: Approval) -> Gate:
    """What tells the approvers that the event they guard happened without them."""
    roles = tuple(dict.fromkeys(approver.role for approver in approval.by))
    return Gate(
        id=f"{approval.id}-guard",
        cite=approval.cite,
        title=approval.title,
        guards=approval.guards or approval.approve,
        requires=(Match(event=approval.approve),),
        when=approval.when,
        flag=roles,
    )


def closing_gate(rule: Rule) -> Gate:
    """What forbids to close a case while the rule's clock runs and attempts are still owed (`give_up`)."""
    return Gate(
        id=f"{rule.id}-attempts",
        cite=rule.cite,
        title=rule.title,
        guards=CLOSED,
        flag=(rule.responsible,),
    )


def rung_rules(counter: Counter) -> list[Rule]:
    """What tells of each rung; called like the counter where there is only one."""
    alone = len(counter.ladder) == 1
    return [
        Rule(
            id=counter.id if alone else f"{counter.id}-{number}",
            cite=counter.cite,
            title=counter.title,
            do=rung.do,
            start=(Match(event=rung.event or COUNTED, where={"counter": counter.id, "rung": number}),),
            stop=(Match(event=DONE),),
            every_start=True,
            opens="PT0S",
            responsible=rung.to[0],
            copies=rung.to[1:],
            penalty=rung.penalty,
        )
        for number, rung in enumerate(counter.ladder, 1)
    ]
