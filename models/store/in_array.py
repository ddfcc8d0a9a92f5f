"""Many values in one condition: a single array on PostgreSQL, where thousands of parameters would be slow to parse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from models.store.database import is_postgresql

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection


def in_array(connection: Connection, column: ColumnElement[Any], wanted: Collection[Any]) -> ColumnElement[bool]:
    """The column is one of these."""
    if is_postgresql(connection):
        return column == func.any(literal(list(wanted), ARRAY(column.type)))
    return column.in_(wanted)
