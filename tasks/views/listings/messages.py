"""Every mail, the oldest first, with the cases that it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from models.store.schema import cases, message_items, messages
from tasks.views.listings.shape import Listing

if TYPE_CHECKING:
    from sqlalchemy.engine import Row

_STATES = ("queued", "sending", "sent", "in_doubt", "held", "dead", "dropped")
_numbers = (
    select(func.aggregate_strings(cases.c.number, "\n"))
    .join(message_items, message_items.c.case_id == cases.c.id)
    .where(message_items.c.message_id == messages.c.id)
    .correlate(messages)
    .scalar_subquery()
)


def _shape(row: Row[Any]) -> dict[str, Any]:
    return {
        "key": row.key,
        "message_id": row.message_id,
        "kind": row.kind,
        "cases": sorted(set(row.numbers.split("\n"))) if row.numbers else [],
        "to": row.email,
        "name": row.name,
        "subject": row.subject,
        "state": row.state,
        "reason": row.reason,
        "attempts": row.attempts,
        "possible_repeat": row.possible_repeat,
        "created_at": row.created_at,
        "send_after": row.send_after,
        "sent_at": row.sent_at,
        "notified_at": row.notified_at,
    }


MESSAGES = Listing(
    query=select(messages, _numbers.label("numbers")).order_by(messages.c.created_at, messages.c.key),
    shape=_shape,
    of_case=lambda key: exists().where(message_items.c.message_id == messages.c.id, message_items.c.case_id == key),
    states={state: messages.c.state == state for state in _STATES},
)
