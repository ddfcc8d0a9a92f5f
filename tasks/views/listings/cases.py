"""Every case, the oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.store.schema import cases
from models.timeline.story import Status
from tasks.organisation.masking import masked_item, masked_phone
from tasks.views.listings.shape import Listing

if TYPE_CHECKING:
    from sqlalchemy.engine import Row


def _shape(row: Row[Any]) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "regulation": row.regulation,
        "status": row.status,
        "round": row.round,
        "level": row.level,
        "department": row.department,
        "handler": row.handler,
        "party": row.party,
        "phone": masked_phone(row.fields.get("phone")),
        "channel": row.fields.get("channel"),
        "category": row.fields.get("category"),
        "item": masked_item(row.fields),
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "trouble": row.trouble,
    }


CASES = Listing(
    query=select(cases).order_by(cases.c.opened_at, cases.c.id),
    shape=_shape,
    of_case=lambda key: cases.c.id == key,
    states={status: cases.c.status == status for status in Status},
)
