"""The letter of a digest, gathered when it is sent: what was settled in the meantime is not in it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from models.settings import Empty
from tasks.calendars import calendar_of
from tasks.digest.gather import Gatherer
from tasks.directory import Directory
from tasks.mail.about import letter_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.settings import Settings
    from tasks.mail.letters import AnyRow, Letter

NOTHING = "没有事项，不发信 / nothing to tell"


def write(connection: Connection, settings: Settings, row: AnyRow, now: datetime) -> Letter | str:
    """The letter of this message, or why it is not sent: its day is over, or there is nothing to tell."""
    if over := is_over(connection, settings, row, now):
        return over
    directory = Directory(connection, settings.operations_email)
    gatherer = Gatherer(connection, settings, directory, now)
    day = date.fromisoformat(row.about["day"])
    digest = gatherer.digest(row.email, row.name, row.language, day, row.about.get("for", ()))
    if digest.is_empty and settings.digest_empty is Empty.SKIP:
        return NOTHING
    return letter_of(row, content=digest)


def is_over(_connection: Connection, settings: Settings, row: AnyRow, now: datetime) -> str | None:
    """Why a digest is of no use any more: yesterday's tells nobody what to do today."""
    day = row.about["day"]
    if calendar_of(settings).local_date(now).isoformat() > day:
        return f"{day} 已过 / the day of this digest is over"
    return None
