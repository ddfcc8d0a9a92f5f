"""A deployment: one organisation's settings with what they describe, built once at the edge and passed whole."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from models.settings import Settings, load_settings
from models.store.database import open_engine
from models.store.private import private_umask
from tasks.organisation.calendars import calendar_of
from tasks.organisation.directory import Directory
from tasks.organisation.registry import Regulations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from sqlalchemy.engine import Connection, Engine

    from models.calendar.work_calendar import WorkCalendar


class Deployment:
    """Settings, calendar, directory and regulations of one organisation.

    The calendar is read when it is first asked for (CalendarError when its file is off); the directory is read anew
    for each transaction, because people change while a sweep runs.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.regulations = Regulations(settings)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return self.settings.zone

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Zone, office hours, notice hour and local exceptions."""
        return calendar_of(self.settings)

    def changed(self, **values: object) -> Deployment:
        """The same with other settings."""
        return Deployment(Settings.model_validate(self.settings.model_dump() | values))

    def directory(self, connection: Connection) -> Directory:
        """People, roles, deputies and absences as they stand in the database now."""
        return Directory(connection, self.settings.operations_email)


@contextmanager
def opened() -> Iterator[tuple[Deployment, Engine]]:
    """The deployment that the environment describes, and an engine on its database.

    What is written meanwhile is the owner's alone, whatever umask the worker was started with.
    """
    deployment = Deployment(load_settings())
    engine = open_engine(deployment.settings.url)
    try:
        with private_umask():
            yield deployment, engine
    finally:
        engine.dispose()
