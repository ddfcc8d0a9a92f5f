"""What an event that closes a case leaves undone: the clocks that it ends and that nothing has met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.timeline.reading import timeline

if TYPE_CHECKING:
    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Deadline, Event, Timeline


def undone(story: Timeline, event: Event) -> tuple[Deadline, ...]:
    """The clocks of a story that this event ended without their being met; what blocks nobody is left out."""
    return tuple(
        one
        for one in story.deadlines
        if one.ended_at == event.at and one.ended_by == event.name and one.met_at is None and not one.soft
    )


def left_open(case: Case, event: Event, regulation: Regulation, calendar: WorkCalendar) -> tuple[Deadline, ...]:
    """The same of an event that is not on record yet; nothing for one that closes no case."""
    if event.name not in regulation.closing:
        return ()
    before = case.before(event)
    return undone(timeline(before.with_events([*before.events, event]), regulation, calendar, event.at), event)
