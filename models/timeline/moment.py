"""What the instant of an event says of itself; conditions may ask for it like for a field of the case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.calendar.instants import WEEKDAYS

if TYPE_CHECKING:
    from models.calendar.work_calendar import WorkCalendar
    from models.timeline.story import Event

MOMENT = frozenset({"time", "weekday", "in_hours"})
"""The facts that only an instant tells."""


def moment_facts(event: Event, calendar: WorkCalendar) -> dict[str, Any]:
    """The time of the day, the weekday, and whether it is worked."""
    local = event.at.astimezone(calendar.zone)
    return {
        "time": f"{local:%H:%M}",
        "weekday": WEEKDAYS[local.weekday()],
        "in_hours": calendar.is_open(event.at),
    }
