"""What piled up for a person while no mail left goes as one summary, as after downtime.

Only what was held up by trouble (the reason stands beside it) and has waited longer than the catch-up setting; what may
have arrived already keeps its own mail, which says so.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from models.store.in_array import in_array
from models.store.schema import message_items, messages
from tasks.delivery.words import noted
from tasks.mail.post import Postbag, PostItem, decision_id
from tasks.mail.summaries import open_summaries, summary
from tasks.organisation.directory import Recipient

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow
    from tasks.organisation.deployment import Deployment


def has_piled_up(connection: Connection, ready: ColumnElement[bool], deployment: Deployment, now: datetime) -> bool:
    """Whether several messages to one person have waited so long."""
    return connection.execute(_addresses(_piled_up(ready, deployment, now)).limit(1)).first() is not None


def fold(connection: Connection, ready: ColumnElement[bool], deployment: Deployment, now: datetime) -> int:
    """Put each pile into its person's summary, new or still open; how many messages that took in.

    A new summary goes on with the attempts of what it took in (it is no fresh start for a mailbox that is full), and is
    not told beside mail again.
    """
    piled_up = _piled_up(ready, deployment, now)
    query = select(messages).where(piled_up, messages.c.email.in_(_addresses(piled_up)))
    piles: dict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query.order_by(messages.c.created_at, messages.c.id).with_for_update()):
        piles[row.email].append(row)
    items = _items(connection, [row.id for pile in piles.values() for row in pile])
    standing = open_summaries(connection, piles)
    bag = Postbag(deployment)
    went_on: dict[UUID, dict[str, Any]] = {}
    for email, pile in piles.items():
        told = [item for row in pile for item in items[row.id]]
        if email in standing:
            bag.add_items(standing[email], told)
            continue
        newest = pile[-1]
        person = Recipient(newest.name, "", email, None, newest.language, newest.person_id)
        made = summary(person, told, now, min(row.known_event or 0 for row in pile))
        bag.add(made)
        went_on[decision_id(made.key)] = {
            "attempts": max(row.attempts for row in pile),
            "notified_at": newest.notified_at if all(row.notified_at for row in pile) else None,
        }
    bag.write(connection)
    for key, values in went_on.items():
        if any(values.values()):
            connection.execute(messages.update().where(messages.c.id == key).values(values))
    gone = [row.id for pile in piles.values() for row in pile]
    over = {"state": "dropped", "reason": noted("in_summary"), "send_after": None}
    connection.execute(messages.update().where(in_array(connection, messages.c.id, gone)).values(over))
    return len(gone)


def _piled_up(ready: ColumnElement[bool], deployment: Deployment, now: datetime) -> ColumnElement[bool]:
    before = now - timedelta(seconds=deployment.settings.catch_up_after)
    return and_(
        ready,
        messages.c.kind == "escalation",
        messages.c.about.is_(None),
        messages.c.reason.is_not(None),
        messages.c.possible_repeat.is_(False),
        messages.c.created_at < before,
    )


def _addresses(piled_up: ColumnElement[bool]) -> Select[tuple[str]]:
    several = func.count() > 1
    return select(messages.c.email).where(piled_up).group_by(messages.c.email).having(several)


def _items(connection: Connection, ids: list[UUID]) -> dict[UUID, list[PostItem]]:
    found: dict[UUID, list[PostItem]] = defaultdict(list)
    query = select(message_items).where(in_array(connection, message_items.c.message_id, ids))
    for row in connection.execute(query):
        found[row.message_id].append(PostItem(row.escalation_id, row.case_id))
    return found
