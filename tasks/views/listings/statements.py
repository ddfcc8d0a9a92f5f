"""Every statement, the oldest first."""

from __future__ import annotations

from sqlalchemy import select

from models.store.schema import statements
from tasks.statements.titles import number_of
from tasks.views.listings.shape import Listing, fields

_NAMES = (
    "cadence", "period", "regulation", "revision", "state", "since", "until", "data_at", "data_hash", "created_at",
    "answered_at", "answered_by", "remark",
)  # fmt: skip
_STATES = ("in_review", "approved", "returned", "superseded")

STATEMENTS = Listing(
    query=select(*(statements.c[name] for name in _NAMES)).order_by(
        statements.c.created_at, statements.c.until, statements.c.regulation, statements.c.revision
    ),
    shape=lambda row: {"number": number_of(row), **fields(row, _NAMES)},
    of_case=lambda key: statements.c.case_id == key,
    states={state: statements.c.state == state for state in _STATES},
)
