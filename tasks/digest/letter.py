"""The letter of a digest, gathered when it is sent: what was settled in the meantime is not in it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from models.settings import Empty
from models.wording.catalogue import spoken
from tasks.digest.gather import Gatherer
from tasks.digest.readers import KIND
from tasks.mail.about import letter_of
from tasks.mail.letters import Letter
from tasks.mail.rendering import render
from tasks.mail.subjects import subject
from tasks.mail.words import reason

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.digest.contents import Digest
    from tasks.mail.letters import AnyRow
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Person


def write(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> Letter | str:
    """The letter of this message, or why it is not sent: its day is over, or there is nothing to tell."""
    if over := is_over(connection, deployment, row, now):
        return over
    directory = deployment.directory(connection)
    gatherer = Gatherer(connection, deployment, directory, now)
    day = date.fromisoformat(row.about["day"])
    digest = gatherer.digest(row.email, row.name, row.language, day, row.about.get("for", ()))
    if digest.is_empty and deployment.settings.digest_empty is Empty.SKIP:
        return reason("digest.nothing")
    return letter_of(row, content=digest, asks=digest.asks)


def preview(person: Person, digest: Digest) -> str:
    """The text of a digest that is shown and not sent."""
    unsent = Letter(
        id=UUID(int=0),
        key=f"{KIND}/{digest.day}/{person.email}",
        message_id="",
        kind=KIND,
        name=person.name,
        email=person.email,
        language=spoken(person.language),
        subject=subject(KIND, person.language, {"day": digest.day}),
        attempts=0,
        possible_repeat=False,
        thread=None,
        items=(),
        corrections=(),
        content=digest,
    )
    return f"{unsent.subject}\n\n{render(unsent).text}"


def is_over(_connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> str | None:
    """Why a digest is of no use any more: yesterday's tells nobody what to do today."""
    day = row.about["day"]
    if deployment.calendar.local_date(now).isoformat() > day:
        return reason("digest.over", day=day)
    return None
