"""What an event that closes a case leaves undone: the clocks that ran when it came and that it did not meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.timeline.reading import timeline

if TYPE_CHECKING:
    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation
    from models.timeline.case import Case
    from models.timeline.story import Deadline, Event


def left_open(case: Case, event: Event, regulation: Regulation, calendar: WorkCalendar) -> tuple[Deadline, ...]:
    """The clocks that still ran just before the event, as they stood, without those that it meets itself.

    Nothing for an event that closes no case. What only shows as late and blocks nobody is left out.
    """
    if event.name not in regulation.closing:
        return ()
    before = case.before(event)
    running = [
        deadline
        for deadline in timeline(before, regulation, calendar, event.at).deadlines
        if deadline.ended_at is None and deadline.met_at is None and not deadline.soft
    ]
    if not running:
        return ()
    closed = timeline(before.with_events([*before.events, event]), regulation, calendar, event.at)
    met = {(one.rule, one.round) for one in closed.deadlines if one.met_at is not None}
    return tuple(one for one in running if (one.rule, one.round) not in met)
