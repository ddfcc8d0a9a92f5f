"""The one writer of the outbox. A message has its id from its key: what is decided twice has one place to go."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.store.bulk import insert_many
from models.store.schema import message_items, messages
from tasks.mail.subjects import message_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Recipient


class PostItem(NamedTuple):
    """An escalation that a message tells of, and its case."""

    escalation_id: uuid.UUID
    case_id: int


class Post(NamedTuple):
    """A message to one recipient; the key names what is told to whom, in stable words only.

    It tells of `items`, or of what its kind finds by `about`. `known_event` is the newest event at its decision. With
    `dropped`, the reason why nobody needs to hear of it, it is kept for the record and not sent.
    """

    kind: str
    key: str
    recipient: Recipient
    subject: str
    created_at: datetime
    items: Sequence[PostItem] = ()
    about: dict[str, Any] | None = None
    known_event: int | None = None
    dropped: str | None = None


def decision_id(*parts: object) -> uuid.UUID:
    """The id that says what was decided: the same parts give the same id."""
    key = "\x1f".join(map(str, parts))
    return uuid.UUID(bytes=hashlib.blake2b(key.encode(), digest_size=16).digest())


def post(connection: Connection, deployment: Deployment, posts: Iterable[Post]) -> None:
    """Put messages into the outbox; those that are there already are left alone."""
    mail_from = deployment.settings.mail_from
    rows: list[dict[str, Any]] = []
    told: list[tuple[uuid.UUID, Sequence[PostItem]]] = []
    for one in posts:
        key, recipient = decision_id(one.key), one.recipient
        told.append((key, one.items))
        rows.append(
            {
                "id": key,
                "key": one.key,
                "message_id": message_id(one.key, mail_from),
                "kind": one.kind,
                "person_id": recipient.person_id,
                "name": recipient.name,
                "email": recipient.email,
                "language": recipient.language,
                "subject": one.subject,
                "state": "dropped" if one.dropped else "queued",
                "reason": one.dropped,
                "created_at": one.created_at,
                "known_event": one.known_event,
                "about": one.about,
            }
        )
    insert_many(connection, messages, rows, unless="(id)")
    add_items(connection, told)


def post_new(connection: Connection, deployment: Deployment, posts: Iterable[Post]) -> set[str]:
    """Put in what is not there yet; the keys of those."""
    found = {decision_id(one.key): one for one in posts}
    if not found:
        return set()
    known = set(connection.scalars(select(messages.c.id).where(messages.c.id.in_(list(found)))))
    fresh = [one for key, one in found.items() if key not in known]
    post(connection, deployment, fresh)
    return {one.key for one in fresh}


def add_items(connection: Connection, told: Iterable[tuple[uuid.UUID, Iterable[PostItem]]]) -> None:
    """Let messages of the outbox, by their ids, tell of these escalations too."""
    rows = [
        {"message_id": key, "escalation_id": item.escalation_id, "case_id": item.case_id}
        for key, items in told
        for item in items
    ]
    insert_many(connection, message_items, rows, unless="(message_id, escalation_id)")
