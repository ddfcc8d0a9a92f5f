"""The one writer of the outbox. A message has its id from its key: what is decided twice has one place to go."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.settings import InDoubt
from models.store.bulk import insert_many
from models.store.schema import message_items, messages
from models.wording.catalogue import FIRST, SECOND, say
from tasks.mail.subjects import message_id
from tasks.record import restored

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
    `dropped`, the reason why nobody needs to hear of it, it is kept for the record and not sent. From `since` on it
    could be told, where that is known: in a restored record it may have been before (`tasks/record/restored.py`).
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
    since: datetime | None = None


def decision_id(*parts: object) -> uuid.UUID:
    """The id that says what was decided: the same parts give the same id."""
    key = "\x1f".join(map(str, parts))
    return uuid.UUID(bytes=hashlib.blake2b(key.encode(), digest_size=16).digest())


class Postbag:
    """What one transaction puts into the outbox: collected as rows, written at once.

    A sweep puts in thousands: only the rows are kept, for whatever else there is the garbage collector looks through.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._mail_from = deployment.settings.mail_from
        self._holds = deployment.settings.in_doubt is InDoubt.HOLD
        self._messages: list[dict[str, Any]] = []
        self._since: list[datetime | None] = []
        self._items: list[dict[str, Any]] = []
        self._marked: list[uuid.UUID] = []

    def add(self, one: Post) -> None:
        """Put a message in."""
        key, recipient = decision_id(one.key), one.recipient
        self._messages.append(
            {
                "id": key,
                "key": one.key,
                "message_id": message_id(one.key, self._mail_from),
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
                "possible_repeat": False,
            }
        )
        self._since.append(one.since)
        self.add_items(key, one.items)

    def add_items(self, key: uuid.UUID, items: Iterable[PostItem]) -> None:
        """Let the message of that id, which may be in the outbox already, tell of these escalations too."""
        for escalation_id, case_id in items:
            self._items.append({"message_id": key, "escalation_id": escalation_id, "case_id": case_id})

    def mark(self, key: uuid.UUID) -> None:
        """Let the message of that id, which is in the outbox, say that it may repeat something."""
        self._marked.append(key)

    def write(self, connection: Connection) -> None:
        """Put it all into the outbox; what is there already is left alone."""
        if self._messages and (known := restored.restored(connection)):
            self._mark(connection, known)
        insert_many(connection, messages, self._messages, unless="(id)")
        insert_many(connection, message_items, self._items, unless="(message_id, escalation_id)")
        if self._marked:
            connection.execute(messages.update().where(messages.c.id.in_(self._marked)).values(possible_repeat=True))

    def _mark(self, connection: Connection, known: restored.Restored) -> None:
        """In a restored record: what may have been told before is marked, or by the setting held."""
        first = min(row["created_at"] for row in self._messages)
        if known.resumed_at is None:
            known = known._replace(resumed_at=first)
            restored.note(connection, known)
        reason = " / ".join(say(language, "delivery.restored") for language in (FIRST, SECOND))
        for row, since in zip(self._messages, self._since, strict=True):
            if row["state"] == "queued" and known.may_repeat(since, row["created_at"]):
                row |= {"possible_repeat": True, "reason": reason}
                if self._holds:
                    row["state"] = "in_doubt"


def post(connection: Connection, deployment: Deployment, posts: Iterable[Post]) -> None:
    """Put messages into the outbox; those that are there already are left alone."""
    bag = Postbag(deployment)
    for one in posts:
        bag.add(one)
    bag.write(connection)


def post_new(connection: Connection, deployment: Deployment, posts: Iterable[Post]) -> set[str]:
    """Put in what is not there yet; the keys of those."""
    found = {decision_id(one.key): one for one in posts}
    if not found:
        return set()
    known = set(connection.scalars(select(messages.c.id).where(messages.c.id.in_(list(found)))))
    fresh = [one for key, one in found.items() if key not in known]
    post(connection, deployment, fresh)
    return {one.key for one in fresh}
