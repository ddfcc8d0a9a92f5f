"""The deadlines of a story once more, from the pure timeline alone: no database, no sweep.

Only for cases that nothing but their own events decides: where a counter, an approval or the calendar notes an event,
the record alone can tell.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from models.calendar.hours import hours_of
from models.timeline.case import Case
from models.timeline.reading import timeline
from tasks.scenarios.compare import ended, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from tasks.scenarios.compare import Comparison
    from tasks.scenarios.play import Played
    from tasks.scenarios.scenario import Story


def differences(
    pack: Regulation, story: Story, played: Played, calendar: WorkCalendar, compared: Comparison
) -> Iterator[str]:
    """Where the timeline says something else than the story."""
    now = story.now.replace(tzinfo=calendar.zone).astimezone(UTC)
    own_hours = hours_of(pack, calendar)
    derived = {outcome.event for rule in pack.rules for outcome in rule.on_late}
    for name, case_id in played.named.items():
        case = compared.cases[case_id]
        recorded = [(event, at) for number, event, at in played.recorded if number == case_id]
        own = [entry for entry in played.events[case_id] if entry.retracted_at is None]
        if any((entry.name, entry.at) not in recorded and entry.name not in derived for entry in own):
            continue
        opening = next(one for one in story.open if one.case == name)
        events = [entry.event for entry in own if (entry.name, entry.at) in recorded]
        level = opening.level or next(iter(pack.levels), None)
        told = Case(case.fields, level, case.department, case.handler, events)
        found = {
            (deadline.rule, deadline.round): (compared.local(deadline.due_at), deadline.state.value)
            for deadline in timeline(told, pack, own_hours, now).deadlines
        }
        for one in story.expect.deadlines:
            if one.case != name or (one.rule, one.round) not in found:
                continue
            due, state = found[one.rule, one.round]
            if due != ended(one.due) or (one.state is not None and state != one.state.value):
                yield f"timeline of {one.rule} round {one.round}: due {said(due)}, {state}"
