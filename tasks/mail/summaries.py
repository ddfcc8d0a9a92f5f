"""One summary a person: what late steps join after downtime, and what piled up for somebody while no mail left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, text

from models.calendar.instants import iso
from models.store.database import is_postgresql
from models.store.schema import messages
from tasks.mail.post import Post
from tasks.mail.subjects import subject

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Connection

    from tasks.mail.post import PostItem
    from tasks.organisation.directory import Recipient


def open_summaries(connection: Connection, emails: Collection[str]) -> dict[str, UUID]:
    """The summary of each address that was not tried yet, by address; nobody else opens one in this transaction."""
    query = select(messages.c.email, messages.c.id).where(
        messages.c.kind == "summary",
        messages.c.state == "queued",
        messages.c.attempts == 0,
        messages.c.email.in_(list(emails)),
    )
    if is_postgresql(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('duban summaries'))"))
        query = query.with_for_update()
    return {row.email: row.id for row in connection.execute(query)}


def summary(recipient: Recipient, items: Sequence[PostItem], now: datetime, known_event: int) -> Post:
    """A new summary that tells of these escalations."""
    key = f"summary/{recipient.email}/{iso(now)}/{items[0].escalation_id.hex[:8]}"
    line = subject("summary", recipient.language, {})
    return Post("summary", key, recipient, line, now, items, known_event=known_event)
