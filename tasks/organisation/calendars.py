"""The calendar that a deployment's settings describe."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from models.calendar.work_calendar import WorkCalendar, read_exceptions
from models.errors import CalendarError
from models.language.files import written_text

if TYPE_CHECKING:
    from models.settings import Settings


def calendar_of(settings: Settings) -> WorkCalendar:
    """Zone, office hours, notice hour and local exceptions; read once a process for the same settings."""
    return _calendar(settings)


@lru_cache(maxsize=8)
def _calendar(settings: Settings) -> WorkCalendar:
    exceptions = {}
    if settings.calendar_file is not None:
        try:
            lines = written_text(settings.calendar_file).splitlines()
        except (OSError, ValueError) as error:
            raise CalendarError(f"DUBAN_CALENDAR_FILE cannot be read: {error}") from error
        exceptions = read_exceptions(lines, str(settings.calendar_file))
    return WorkCalendar(settings.zone, settings.office_hours, settings.notice_hour, exceptions)
