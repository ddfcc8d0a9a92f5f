"""How approvals stand: who was asked, whose turn it is, and the start of that one's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models.language.conditions import holds
from models.timeline.moment import moment_facts
from models.timeline.story import Event, matches_any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Approval
    from models.language.regulation import Regulation


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
        if matches_any(event, approval.request):
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
