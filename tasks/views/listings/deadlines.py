"""Every deadline, by its due instant."""

from __future__ import annotations

from sqlalchemy import select

from models.store.schema import cases, deadlines
from models.timeline.story import State
from tasks.views.listings.shape import Listing, fields

_NAMES = (
    "rule", "round", "starts_at", "opens_at", "due_at", "original_due_at", "state", "met_at", "ended_by", "limit",
    "next_at", "provisional",
)  # fmt: skip

DEADLINES = Listing(
    query=select(cases.c.number, *(deadlines.c[name] for name in _NAMES))
    .join(cases, cases.c.id == deadlines.c.case_id)
    .order_by(deadlines.c.due_at.nulls_last(), deadlines.c.starts_at, deadlines.c.id),
    shape=lambda row: {"case": row.number, **fields(row, _NAMES)},
    of_case=lambda key: deadlines.c.case_id == key,
    states={state: deadlines.c.state == state for state in State},
)
