"""Every step that fired, in order."""

from __future__ import annotations

from sqlalchemy import select

from models.store.schema import cases, escalations
from tasks.views.listings.shape import Listing, fields

_NAMES = ("rule", "round", "step", "due_at", "scheduled_at", "fired_at", "recipients", "reason")

ESCALATIONS = Listing(
    query=select(cases.c.number, *(escalations.c[name] for name in _NAMES))
    .join(cases, cases.c.id == escalations.c.case_id)
    .order_by(escalations.c.fired_at, escalations.c.scheduled_at, cases.c.number, escalations.c.rule),
    shape=lambda row: {"case": row.number, **fields(row, _NAMES)},
    of_case=lambda key: escalations.c.case_id == key,
    states={},
)
