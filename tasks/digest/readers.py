"""Who gets a digest: every manager, and while one is absent the deputy; one message a day and person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from models.store.database import writing
from tasks.mail.post import Post, post_new
from tasks.mail.subjects import subject
from tasks.organisation.directory import Recipient

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Person

KIND = "digest"


@dataclass(slots=True)
class DigestReader:
    """Somebody who gets a digest: for themselves as a manager, and for the absent managers whose deputy they are."""

    person: Person
    manages: bool = False
    stands_in_for: list[Person] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Queued:
    """What one run did: the day, whom it wrote to, and who had their digest already. `free`: the day is not worked."""

    day: date
    fresh: tuple[DigestReader, ...] = ()
    known: tuple[DigestReader, ...] = ()
    unreached: tuple[Person, ...] = ()
    """Managers who are absent and have no deputy who is there."""
    free: bool = False


def managers(directory: Directory, deployment: Deployment) -> list[Person]:
    """Everybody with a role of a manager, in the order of the directory."""
    found = {
        person.id: person for role in deployment.settings.manager_roles for person in directory.by_role.get(role, ())
    }
    return [found[key] for key in sorted(found)]


def readers(directory: Directory, deployment: Deployment, now: datetime) -> tuple[list[DigestReader], list[Person]]:
    """Who gets a digest at that instant, and the managers for whom nobody is there."""
    found: dict[str, DigestReader] = {}
    unreached: list[Person] = []
    for manager in managers(directory, deployment):
        if not directory.is_absent(manager, now):
            found.setdefault(manager.email.lower(), DigestReader(manager)).manages = True
            continue
        deputy = directory.by_email.get((manager.deputy or "").lower())
        if deputy is None or directory.is_absent(deputy, now):
            unreached.append(manager)
            continue
        found.setdefault(deputy.email.lower(), DigestReader(deputy)).stands_in_for.append(manager)
    return list(found.values()), unreached


def is_time(deployment: Deployment, now: datetime) -> bool:
    """Whether the digest of this day is to be made: a worked day, and the hour has come."""
    calendar = deployment.calendar
    day = calendar.local_date(now)
    return calendar.is_working_day(day) and now.astimezone(deployment.zone).time() >= deployment.settings.digest_at


def queue(engine: Engine, deployment: Deployment, now: datetime) -> Queued:
    """Put the day's digests into the outbox, each exactly once whoever runs twice; nothing on a day that is not worked.

    What a digest says is gathered when it is sent.
    """
    calendar = deployment.calendar
    day = calendar.local_date(now)
    if not calendar.is_working_day(day):
        return Queued(day, free=True)
    since = datetime.combine(day, deployment.settings.digest_at, deployment.zone).astimezone(UTC)
    with writing(engine) as connection:
        found, unreached = readers(deployment.directory(connection), deployment, now)
        new = post_new(connection, deployment, [_post(day, reader, now, since) for reader in found])
    return Queued(
        day,
        fresh=tuple(reader for reader in found if key_of(day, reader.person.email) in new),
        known=tuple(reader for reader in found if key_of(day, reader.person.email) not in new),
        unreached=tuple(unreached),
    )


def key_of(day: date, email: str) -> str:
    """The key of the message: a day and a person."""
    return f"digest/{day.isoformat()}/{email}"


def _post(day: date, reader: DigestReader, now: datetime, since: datetime) -> Post:
    person = reader.person
    return Post(
        kind=KIND,
        key=key_of(day, person.email),
        recipient=Recipient(person.name, "", person.email, None, person.language, person.id),
        subject=subject(KIND, person.language, {"day": day}),
        created_at=now,
        about={"day": day.isoformat(), "for": [absent.email for absent in reader.stands_in_for]},
        since=since,
    )
