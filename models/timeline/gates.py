"""What a gate says of an event by the story of its case: what had happened, which clock ran, what was approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.language.conditions import holds
from models.language.rules import Rule
from models.timeline.approvals import courses
from models.timeline.moment import MOMENT, moment_facts
from models.timeline.reading import timeline
from models.timeline.story import Event, State, matches_any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Approval, Gate
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Deadline


def facts_of(case: Case, event: Event, calendar: WorkCalendar) -> dict[str, Any]:
    """What a condition of a gate may ask: the case, the event's instant, and the event's own fields before both."""
    return {**case.facts, **moment_facts(event, calendar), **event.fields}


def applies(gate: Gate, event: Event, facts: Mapping[str, Any], case: Case) -> bool:
    """Whether the gate is about this event, and nothing that happened before (the events of the case) lifts it."""
    return (
        gate.guards == event.name
        and holds(gate.when, facts)
        and not any(matches_any(earlier, gate.unless) for earlier in case.events)
    )


def forbids(gate: Gate, event: Event, case: Case, regulation: Regulation, calendar: WorkCalendar) -> bool:
    """Whether what had (not) happened in the case before the event forbids it: `requires`, `inside`, `after`."""
    if not (gate.requires or gate.inside or gate.after):
        return False
    story = timeline(case, regulation, calendar, event.at)
    happened = (*case.events, *story.noted)
    if gate.requires and not any(matches_any(earlier, gate.requires) for earlier in happened):
        return True
    for name, allows in ((gate.inside, _is_open), (gate.after, _is_over)):
        rule = regulation.rule(name) if name else None
        if not isinstance(rule, Rule) or rule.is_asleep or not holds(_constant(rule), case.facts):
            continue
        own = [deadline for deadline in story.deadlines if deadline.rule == rule.id]
        if not own or not allows(max(own, key=lambda one: (one.starts_at, one.round)), event):
            return True
    return False


def _constant(rule: Rule) -> dict[str, Any]:
    """The conditions that do not depend on how often or when the clock starts."""
    return {name: value for name, value in rule.when.items() if name not in _OF_START}


_OF_START = frozenset({"round", "term"}) | MOMENT


def _is_open(deadline: Deadline, event: Event) -> bool:
    opened = deadline.opens_at is None or deadline.opens_at <= event.at
    in_time = deadline.due_at is None or event.at <= deadline.due_at
    return deadline.ended_at is None and opened and in_time


def _is_over(deadline: Deadline, event: Event) -> bool:
    if deadline.ended_at is not None or deadline.state is State.BREACHED:
        return True
    last = deadline.due_at or deadline.opens_at
    return last is not None and last <= event.at and not (deadline.due_at is None and deadline.missing)


def unapproved(approval: Approval, event: Event, case: Case, calendar: WorkCalendar) -> bool:
    """Whether the event still waits for this approval: it was not asked for, not decided, or refused."""
    facts = facts_of(case, event, calendar)
    if approval.guards != event.name or not holds(approval.when, facts):
        return False
    last = [course for _, course in courses(approval, case.events, case.facts, calendar)][-1]
    if last.request is None:
        return bool(approval.approvers(facts))
    return bool(last.roles) and not last.approved
