"""When the slips of a month are made on schedule, and making what has come due since."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from models.calendar.periods import latest_period
from models.store.database import reading
from tasks.organisation.calendars import calendar_of
from tasks.slips import decide, requests

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from models.calendar.periods import Period
    from models.settings import Settings

OFF = "off"
MISSED = 12
"""So many missed months are made up for after downtime."""


def instant_of(settings: Settings, month: Period) -> datetime:
    """When the slips of that month are made: on the day of the month after, moved to the next working day."""
    day, hour = settings.slips.split()
    calendar = calendar_of(settings)
    date = calendar.local_date(month.until).replace(day=int(day))
    worked = date if calendar.is_working_day(date) else calendar.shift_working_days(date, 1)
    hours, minutes = map(int, hour.split(":"))
    return datetime.combine(worked, time(hours, minutes), settings.zone).astimezone(UTC)


def due(engine: Engine, settings: Settings, now: datetime) -> list[Period]:
    """The months whose instant has come and whose slips were not made, the oldest first; at first only the newest."""
    if settings.slips == OFF:
        return []
    found: list[Period] = []
    month = latest_period("monthly", now, settings.zone)
    with reading(engine) as connection:
        for _ in range(MISSED + 1):
            if decide.is_done(connection, month):
                return found[::-1][-MISSED:]
            if instant_of(settings, month) <= now:
                found.append(month)
            month = month.before(settings.zone)
    return found[:1]


def make(engine: Engine, settings: Settings, now: datetime) -> list[decide.Made]:
    """The forms of every open request, and the slips of every month that has come due."""
    made = requests.decide(engine, settings, now)
    for month in due(engine, settings, now):
        made += decide.decide(engine, settings, month, now, scheduled=True)
    return made
