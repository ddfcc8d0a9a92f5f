"""How the outbox stands: what waits, what is stuck and why, and whether the mail server takes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, case, func, literal_column, select

from models.calendar.instants import from_iso
from models.store.remembered import MAIL_SERVER, remembered
from models.store.schema import messages
from tasks.organisation.masking import masked_words

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

REASONS = 5
"""So many reasons of dead mails are named, the most frequent first."""
REASON_LENGTH = 160
"""Signs."""


class Queue(NamedTuple):
    """The outbox in figures. What is being sent counts among `queued`; `retrying` were tried before, in vain."""

    queued: int = 0
    retrying: int = 0
    in_doubt: int = 0
    held: int = 0
    dead: int = 0
    oldest: datetime | None = None
    """Of what waits to leave."""
    ready: datetime | None = None
    """The oldest that could leave now, and waits for no later attempt."""
    in_doubt_since: datetime | None = None
    held_since: datetime | None = None
    dead_since: datetime | None = None
    moved_at: datetime | None = None
    """When the last mail left."""


class MailServer(NamedTuple):
    """What the last delivery said of the server; `since` is None while it takes mail."""

    ok_at: datetime | None = None
    since: datetime | None = None
    reason: str = ""


def queue_of(connection: Connection, now: datetime) -> Queue:
    """The outbox, by its partial indexes: what was sent is not looked at."""
    found = connection.execute(_UNSENT, {"now": now}).one()._asdict()
    for row in connection.execute(_STUCK):
        found |= {row.state: row.many, f"{row.state}_since": row.since}
    found["moved_at"] = connection.scalar(_LAST)
    return Queue(**{name: value for name, value in found.items() if value is not None})


def dead_reasons(connection: Connection) -> list[tuple[str, int]]:
    """Why messages are dead: each reason, fit to be shown, and how many have it."""
    found = connection.execute(_WHY).all()
    return [(masked_words(" ".join((row.reason or "").split()))[:REASON_LENGTH], row.many) for row in found]


def mail_server(connection: Connection) -> MailServer:
    """What was last noted of it (`tasks/delivery/server.py`); empty where nothing was ever sent."""
    noted = remembered(connection, MAIL_SERVER)
    ok_at, since = (from_iso(noted[name]) if noted.get(name) else None for name in ("ok_at", "since"))
    return MailServer(ok_at, since, str(noted.get("reason") or ""))


_CREATED = messages.c.created_at
_NOW = bindparam("now", type_=_CREATED.type)
_QUEUED = messages.c.state == "queued"
_DOUBTFUL = messages.c.state == "in_doubt"
_TRIED = _QUEUED & (messages.c.attempts > 0)


def _count(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0)).label(name)


def _oldest(condition: ColumnElement[bool], name: str, column: Any = _CREATED) -> ColumnElement[datetime]:
    return func.min(case((condition, column)), type_=_CREATED.type).label(name)


# Literals, not parameters: only so the databases see that the partial indexes serve.
_UNSENT = select(
    _count(~_TRIED & ~_DOUBTFUL, "queued"),
    _count(_TRIED, "retrying"),
    _count(_DOUBTFUL, "in_doubt"),
    _oldest(~_DOUBTFUL, "oldest"),
    _oldest(_QUEUED & (func.coalesce(messages.c.send_after, _CREATED) <= _NOW), "ready"),
    _oldest(_DOUBTFUL, "in_doubt_since", func.coalesce(messages.c.claimed_at, _CREATED)),
).where(literal_column("state IN ('queued', 'sending', 'in_doubt')"))
_STUCK_STATES: ColumnElement[bool] = literal_column("state IN ('dead', 'held')")
_STUCK = (
    select(messages.c.state, func.count().label("many"), func.min(_CREATED, type_=_CREATED.type).label("since"))
    .where(_STUCK_STATES)
    .group_by(messages.c.state)
)
_WHY = (
    select(messages.c.reason, func.count().label("many"))
    .where(_STUCK_STATES, messages.c.state == "dead")
    .group_by(messages.c.reason)
    .order_by(func.count().desc(), messages.c.reason)
    .limit(REASONS)
)
_LAST = select(func.max(messages.c.sent_at, type_=_CREATED.type))
