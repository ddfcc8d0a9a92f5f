"""Whether cases are about the same person, department or matter, as a question to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.store.schema import cases

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

COLUMNS = frozenset({"department", "handler", "level"})
"""Facts of a case that have a column of their own."""
PARTY = frozenset({"borrower", "customer"})
"""Fields that say whose case it is; the column `party` holds them, with an index."""


def same_party(name: str, value: Any) -> ColumnElement[bool]:
    """The case has this value in the fact of that name."""
    column: ColumnElement[Any] = cases.c.fields[name].as_string()
    if name in COLUMNS:
        column = cases.c[name]
    elif name in PARTY:
        column = cases.c.party
    return column == str(value)
