"""What operations do to messages by hand: send again what was given up, keep back what waits, let it go.

What is kept back or given up is in the outbox still: nothing is ever deleted. That it may have arrived is kept in mind
(`possible_repeat`), whatever happens to a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select

from models.store.database import reading, upsert, writing
from models.store.schema import holds, messages
from tasks.delivery.outbox import QUEUED
from tasks.delivery.words import noted

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Engine

_HELD = func.lower(messages.c.email).in_(select(holds.c.address))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which messages are meant: those in one of these states.

    Where given, only of these addresses, with these words in their reason, decided up to that instant.
    """

    states: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    reason: str = ""
    before: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing but the state chooses."""
        return not (self.addresses or self.reason or self.before)

    def condition(self) -> ColumnElement[bool]:
        """As a condition over `messages`."""
        found: list[ColumnElement[bool]] = [messages.c.state.in_(self.states)]
        if self.addresses:
            found.append(func.lower(messages.c.email).in_([one.lower() for one in self.addresses]))
        if self.reason:
            found.append(messages.c.reason.icontains(self.reason, autoescape=True))
        if self.before is not None:
            found.append(messages.c.created_at <= self.before)
        return and_(*found)


def count(connection: Connection, chosen: Chosen) -> int:
    """How many messages are meant."""
    return connection.scalar(select(func.count()).select_from(messages).where(chosen.condition())) or 0


def requeue(connection: Connection, chosen: Chosen) -> int:
    """Let them be sent again, with a fresh schedule; how many.

    What was in doubt is marked as a possible repeat. A summary stays one that was tried: late steps do not join it.
    """
    return _queue(connection, chosen.condition(), "requeued")


def hold(connection: Connection, chosen: Chosen, now: datetime) -> int:
    """Keep them back, and whatever comes for these addresses, until they are released; how many wait already."""
    for address in chosen.addresses:
        row = upsert(connection, holds).values(address=address.lower(), since=now)
        connection.execute(row.on_conflict_do_nothing())
    return _keep_back(connection, chosen.condition())


def release(connection: Connection, chosen: Chosen) -> int:
    """Let them go, and end the hold of these addresses, of all when nothing but the state was given; how many.

    Where only words or an age were given, what is held with its address stays held.
    """
    condition = chosen.condition()
    if chosen.is_whole:
        connection.execute(holds.delete())
    elif chosen.addresses:
        connection.execute(holds.delete().where(holds.c.address.in_([one.lower() for one in chosen.addresses])))
    else:
        condition = and_(condition, ~_HELD)
    return _queue(connection, condition, "released")


def held_addresses(connection: Connection) -> list[str]:
    """Every address to which nothing leaves."""
    return list(connection.scalars(select(holds.c.address).order_by(holds.c.address)))


def keep_back(engine: Engine) -> int:
    """Mark what has come for addresses that are held; how many."""
    waiting = and_(QUEUED, _HELD)
    with reading(engine) as connection:
        if not held_addresses(connection):
            return 0
        if connection.execute(select(messages.c.id).where(waiting).limit(1)).first() is None:
            return 0
    with writing(engine) as connection:
        return _keep_back(connection, waiting)


def _keep_back(connection: Connection, condition: ColumnElement[bool]) -> int:
    return _change(connection, condition, "held", state="held", send_after=None)


def _queue(connection: Connection, condition: ColumnElement[bool], note: str) -> int:
    tried = case((messages.c.kind == "summary", 1), else_=0)
    return _change(connection, condition, note, state="queued", send_after=None, attempts=tried)


def _change(connection: Connection, condition: ColumnElement[bool], note: str, **values: Any) -> int:
    """Change them, with a note behind the reason; what was in doubt stays a possible repeat."""
    said = noted(note)
    reason = case((func.coalesce(messages.c.reason, "") == "", said), else_=messages.c.reason + f"; {said}")
    doubtful = or_(messages.c.possible_repeat.is_(True), messages.c.state == "in_doubt")
    statement = messages.update().where(condition)
    return connection.execute(statement.values(values | {"reason": reason, "possible_repeat": doubtful})).rowcount


def addresses_of(found: Collection[str]) -> tuple[str, ...]:
    """These addresses in small letters, each once."""
    return tuple(dict.fromkeys(one.strip().lower() for one in found))
