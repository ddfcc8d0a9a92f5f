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
    from collections.abc import Iterator, Mapping

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Approval, Gate
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Deadline, Timeline


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
    """Whether what had (not) happened in the case before the event forbids it: `requires`, `not_before`, `after`."""
    if not (gate.requires or gate.not_before or gate.after):
        return False
    story = timeline(case, regulation, calendar, event.at)
    happened = (*case.events, *story.noted)
    if gate.requires and not any(matches_any(earlier, gate.requires) for earlier in happened):
        return True
    for name, allows in ((gate.not_before, _has_opened), (gate.after, _is_over)):
        rule = _clock(name, case, regulation)
        if rule is not None and ((newest := _newest(rule, story)) is None or not allows(newest, event)):
            return True
    return False


def comes_late(gate: Gate, event: Event, case: Case, regulation: Regulation, calendar: WorkCalendar) -> bool:
    """Whether the event comes after the clock of `not_after` was due: a fact, which is recorded as late."""
    rule = _clock(gate.not_after, case, regulation)
    newest = _newest(rule, timeline(case, regulation, calendar, event.at)) if rule else None
    return newest is not None and newest.due_at is not None and event.at > newest.due_at


def attempts_owed(case: Case, event: Event, regulation: Regulation, calendar: WorkCalendar) -> Iterator[Gate]:
    """What forbids to close the case: a clock runs on which more attempts have to be made first (`give_up`)."""
    running = timeline(case, regulation, calendar, event.at).deadlines
    for name, gate in regulation.attempts.items():
        rule = regulation.rule(name)
        give_up = rule.give_up if isinstance(rule, Rule) else None
        own = [one for one in running if one.rule == name and one.ended_at is None]
        if give_up and gate.guards == event.name and any(one.attempts < give_up.after_attempts for one in own):
            yield gate


def _clock(name: str | None, case: Case, regulation: Regulation) -> Rule | None:
    """The rule that a gate names, where it speaks of the case and is not asleep."""
    rule = regulation.rule(name) if name else None
    speaks = isinstance(rule, Rule) and not rule.is_asleep and holds(_constant(rule), case.facts)
    return rule if isinstance(rule, Rule) and speaks else None


def _newest(rule: Rule, story: Timeline) -> Deadline | None:
    own = [deadline for deadline in story.deadlines if deadline.rule == rule.id]
    return max(own, key=lambda one: (one.starts_at, one.round), default=None)


def _constant(rule: Rule) -> dict[str, Any]:
    """The conditions that do not depend on how often or when the clock starts."""
    return {name: value for name, value in rule.when.items() if name not in _OF_START}


_OF_START = frozenset({"round", "term"}) | MOMENT


def _has_opened(deadline: Deadline, event: Event) -> bool:
    return deadline.opens_at is None or deadline.opens_at <= event.at


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
