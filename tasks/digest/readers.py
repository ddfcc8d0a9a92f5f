"""Who gets a digest: every manager, and while one is absent the deputy; one message a day and person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.store.bulk import insert_many
from models.store.database import writing
from models.store.schema import messages
from tasks.engine.fire import decision_id
from tasks.mail.subjects import message_id, subject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy.engine import Connection, Engine

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
    with writing(engine) as connection:
        found, unreached = readers(deployment.directory(connection), deployment, now)
        rows = {row["id"]: (row, reader) for reader in found for row in [_message(deployment, day, reader, now)]}
        known = _known(connection, rows)
        insert_many(connection, messages, [row for key, (row, _) in rows.items() if key not in known], unless="(id)")
    return Queued(
        day,
        fresh=tuple(reader for key, (_, reader) in rows.items() if key not in known),
        known=tuple(reader for key, (_, reader) in rows.items() if key in known),
        unreached=tuple(unreached),
    )


def key_of(day: date, email: str) -> str:
    """The key of the message: a day and a person."""
    return f"digest/{day.isoformat()}/{email}"


def _message(deployment: Deployment, day: date, reader: DigestReader, now: datetime) -> dict[str, Any]:
    person = reader.person
    key = key_of(day, person.email)
    return {
        "id": decision_id(key),
        "key": key,
        "message_id": message_id(key, deployment.settings.mail_from),
        "kind": KIND,
        "person_id": person.id,
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "subject": subject(KIND, person.language, {"day": day}),
        "state": "queued",
        "about": {"day": day.isoformat(), "for": [absent.email for absent in reader.stands_in_for]},
        "created_at": now,
    }


def _known(connection: Connection, keys: Iterable[Any]) -> set[Any]:
    return set(connection.scalars(select(messages.c.id).where(messages.c.id.in_(list(keys)))))
