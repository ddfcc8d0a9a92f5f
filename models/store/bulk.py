"""Many rows in one statement: `executemany` on SQLite, one JSON parameter unfolded by PostgreSQL.

psycopg sends `executemany` row by row; unfolding one parameter in the server is several times as fast.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, text

from models.store.database import is_postgresql, upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table, Update
    from sqlalchemy.engine import Connection

Rows = list[dict[str, Any]]
"""Every row names the same columns."""
_COUNTED = {"preserve_rowcount": True}


def insert_many(connection: Connection, table: Table, rows: Rows, *, unless: str | None = None) -> int:
    """Insert the rows; with `unless` (a conflict target such as "(id)") those that are there already are left alone.

    How many were inserted.
    """
    if not rows:
        return 0
    names = list(rows[0])
    conflict = f" ON CONFLICT {unless} DO NOTHING" if unless is not None else ""
    if is_postgresql(connection):
        columns = ", ".join(_quoted(names))
        source = _unfolded(connection, table, names)
        sql = f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {source}{conflict}"  # noqa: S608
        return connection.execute(text(sql), {"rows": _as_json(rows)}, execution_options=_COUNTED).rowcount
    if unless is None:
        connection.execute(table.insert(), rows)
        return len(rows)
    statement = upsert(connection, table).on_conflict_do_nothing()
    return connection.execute(statement, rows, execution_options=_COUNTED).rowcount


def update_many(connection: Connection, table: Table, rows: Rows) -> None:
    """Update rows by `id`; every row carries it and the columns to set."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "id"]
    if is_postgresql(connection):
        sets = ", ".join(f"{name} = r.{name}" for name in _quoted(names))
        source = _unfolded(connection, table, ["id", *names])
        sql = f"UPDATE {table.name} SET {sets} FROM {source} WHERE {table.name}.id = r.id"  # noqa: S608
        connection.execute(text(sql), {"rows": _as_json(rows)})
        return
    keyed = [{"_id": row["id"], **{name: row[name] for name in names}} for row in rows]
    connection.execute(_by_id(table), keyed)


@cache
def _by_id(table: Table) -> Update:
    return table.update().where(table.c.id == bindparam("_id"))


def _unfolded(connection: Connection, table: Table, names: Sequence[str]) -> str:
    """The parameter `rows` as a table `r` with the columns' own types."""
    types = (table.c[name].type.compile(dialect=connection.dialect) for name in names)
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(_quoted(names), types, strict=True))
    return f"json_to_recordset(CAST(:rows AS json)) AS r({columns})"


def _quoted(names: Sequence[str]) -> list[str]:
    """Some of our columns are words of SQL."""
    return [f'"{name}"' for name in names]


def _as_json(rows: Rows) -> str:
    return json.dumps(rows, default=_plain, ensure_ascii=False)


def _plain(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    msg = f"no column takes a {type(value).__name__}"
    raise TypeError(msg)
