"""Every event that was recorded, in order, with where it came from and whether it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import null, select

from models.store.schema import cases, events
from tasks.organisation.masking import is_secret, masked_fields
from tasks.views.listings.shape import Listing, fields

if TYPE_CHECKING:
    from sqlalchemy.engine import Row

_NAMES = ("id", "at", "by", "recorded_at", "applied_at", "channel", "account", "place", "verified", "unauthorised")
_COUNTS = events.c.unauthorised.is_(None)


def _shape(row: Row[Any]) -> dict[str, Any]:
    own = fields(row, _NAMES)
    return {
        "case": row.number,
        "event": row.name,
        **own,
        "verified": bool(row.verified),
        "fields": masked_fields(row.fields or {}, secret=is_secret(row.of_case or {})),
        "retracted_at": row.retracted_at,
    }


EVENTS = Listing(
    query=select(
        cases.c.number,
        events.c.name,
        events.c.fields,
        cases.c.fields.label("of_case"),
        *(events.c[name] for name in _NAMES),
        null().label("retracted_at"),
    )
    .join(cases, cases.c.id == events.c.case_id)
    .order_by(events.c.at, events.c.id),
    shape=_shape,
    of_case=lambda key: events.c.case_id == key,
    states={
        "counts": _COUNTS,
        "unauthorised": ~_COUNTS,
        "waiting": events.c.applied_at.is_(None),
    },
)
