"""What approvals and counters are to the timeline: clocks that start by themselves, and notices.

An approval is one rule for each role that may decide. The clock of the role whose turn it is starts at a derived event
(`asked-...`), which exists in the timeline only. A rung of a counter is a rule as well; it starts at the event that
the engine noted when the count was reached.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from models.language.conditions import Match, holds
from models.language.limits import fines
from models.language.permissions import Gate
from models.language.rules import DONE, Rule
from models.rounds import last_end
from models.story import Charge, Deadline, Event, Planned, State, among

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.calendar import WorkCalendar
    from models.language.permissions import Approval, Counter
    from models.regulation import Regulation

COUNTED = "counted"
"""Noted on the case whose event brought a counter to a rung that names no event of its own."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def moment_facts(event: Event, calendar: WorkCalendar) -> dict[str, Any]:
    """What the instant of an event says of itself: the time of the day, the weekday, and whether it is worked."""
    local = event.at.astimezone(calendar.zone)
    return {
        "time": f"{local:%H:%M}",
        "weekday": _WEEKDAYS[local.weekday()],
        "in_hours": calendar.is_open(event.at),
    }


# -- approvals -------------------------------------------------------------------------------------------------


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


class Course(NamedTuple):
    """How an approval stands: what was asked, whose turn it is (None = nobody's), and what came of it."""

    request: Event | None = None
    roles: tuple[str, ...] = ()
    """Who decides, in turn."""
    turn: str | None = None
    approved: bool = False


def courses(
    approval: Approval, events: Sequence[Event], fields: Mapping[str, Any], calendar: WorkCalendar
) -> Iterator[tuple[Event | None, Course]]:
    """How the approval stands before anything happened, and after each event (in order) that changes it."""
    now = Course()
    yield None, now
    for event in events:
        if among(event, approval.request):
            facts = {**fields, **moment_facts(event, calendar), **event.fields}
            roles = tuple(dict.fromkeys(approval.approvers(facts))) if holds(approval.when, facts) else ()
            now = Course(event, roles, roles[0] if roles else None)
        elif now.turn is None:
            continue
        elif event.name == approval.refuse:
            now = now._replace(turn=None)
        elif event.name == approval.approve:
            left = now.roles[now.roles.index(now.turn) + 1 :]
            now = now._replace(turn=left[0] if left else None, approved=not left)
        else:
            continue
        yield event, now


def with_turns(
    events: Sequence[Event], regulation: Regulation, fields: Mapping[str, Any], calendar: WorkCalendar
) -> list[Event]:
    """The events, each that hands an approval to somebody followed by the start of that one's clock."""
    names = {event.name for event in events}
    asked: dict[int, list[Event]] = {}
    for approval in regulation.approvals:
        if not any(match.event in names for match in approval.request):
            continue
        for event, course in courses(approval, events, fields, calendar):
            if event is not None and course.turn is not None:
                clock = regulation.approval_clock(approval.id, course.turn)
                turn = event._replace(name=clock.start[0].event)
                asked.setdefault(id(event), []).append(turn)
    return [one for event in events for one in (event, *asked.get(id(event), ()))] if asked else list(events)


# -- counters --------------------------------------------------------------------------------------------------


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


def notices(rule: Rule, events: Sequence[Event], regulation: Regulation, facts: Mapping[str, Any]) -> list[Deadline]:
    """What a counter has to tell of the case: each note once; it is over when the case is, unless it came later."""
    cost = next((penalty for penalty in fines(rule.penalty) if holds(penalty.when, facts)), None)
    found: list[Deadline] = []
    for event in events:
        if among(event, rule.start):
            found.append(
                Deadline(
                    rule=rule.id,
                    round=len(found) + 1,
                    starts_at=event.at,
                    opens_at=event.at,
                    due_at=None,
                    state=State.OPEN,
                    plan=(Planned(event.at, "opens"),),
                    charges=(Charge(0, event.at, cost, facts.get("level")),) if cost else (),
                )
            )
    ended = last_end(events, regulation)
    if ended is None:
        return found
    return [
        replace(item, state=State.VOID, ended_at=ended.at, ended_by=ended.name, plan=(), past=item.plan)
        if item.starts_at < ended.at
        else item
        for item in found
    ]
