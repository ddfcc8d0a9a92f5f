"""When the slips of a month are made on schedule, and making what has come due since."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from models.calendar.periods import latest_period
from models.store.database import reading
from tasks.slips import decide, requests

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from models.calendar.periods import Period
    from tasks.organisation.deployment import Deployment

OFF = "off"
MISSED = 12
"""So many missed months are made up for after downtime."""


def instant_of(deployment: Deployment, month: Period) -> datetime:
    """When the slips of that month are made: on the day of the month after, moved to the next working day."""
    day, hour = deployment.settings.slips.split()
    calendar = deployment.calendar
    date = calendar.local_date(month.until).replace(day=int(day))
    worked = date if calendar.is_working_day(date) else calendar.shift_working_days(date, 1)
    hours, minutes = map(int, hour.split(":"))
    return datetime.combine(worked, time(hours, minutes), deployment.zone).astimezone(UTC)


def due(engine: Engine, deployment: Deployment, now: datetime) -> list[Period]:
    """The months whose instant has come and whose slips were not made, the oldest first; at first only the newest."""
    if deployment.settings.slips == OFF:
        return []
    found: list[Period] = []
    month = latest_period("monthly", now, deployment.zone)
    with reading(engine) as connection:
        for _ in range(MISSED + 1):
            if decide.is_done(connection, month):
                return found[::-1][-MISSED:]
            if instant_of(deployment, month) <= now:
                found.append(month)
            month = month.before(deployment.zone)
    return found[:1]


def make(engine: Engine, deployment: Deployment, now: datetime) -> list[decide.QueuedSlip]:
    """The forms of every open request, and the slips of every month that has come due."""
    made = requests.decide(engine, deployment, now)
    for month in due(engine, deployment, now):
        made += decide.decide(engine, deployment, month, now, scheduled=True)
    return made
