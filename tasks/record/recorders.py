"""Whoever recorded an event: the person of a role that the regulation fills so (`recorded`), kept with the case.

The name goes into the case field that the role reads, so that steps, forms and penalties find it like any other person.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from models.store.bulk import update_many
from models.store.schema import cases, events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.regulation import Regulation

_IDS: Any = bindparam("ids", expanding=True)
_NOW = bindparam("now", type_=events.c.at.type)
_BY = (
    select(events.c.case_id, events.c.name, events.c.by)
    .where(events.c.case_id.in_(_IDS), events.c.by.is_not(None), events.c.unauthorised.is_(None), events.c.at <= _NOW)
    .order_by(events.c.at, events.c.id)
)


def with_recorders(
    connection: Connection, claimed: Sequence[Row[Any]], rules_of: Mapping[int, Regulation], now: datetime
) -> dict[int, dict[str, Any]]:
    """The fields of the cases of a batch, by id, that come to name somebody else than before; they are written."""
    asking = {row.id: row for row in claimed if row.id in rules_of and rules_of[row.id].recorders}
    if not asking:
        return {}
    newest: dict[int, dict[str, str]] = defaultdict(dict)
    for case_id, name, by in connection.execute(_BY, {"ids": sorted(asking), "now": now}):
        for field in rules_of[case_id].recorders.get(name, ()):
            newest[case_id][field] = by
    changed = {}
    for case_id, people in newest.items():
        fields = dict(asking[case_id].fields or {})
        if any(fields.get(field) != by for field, by in people.items()):
            changed[case_id] = fields | people
    update_many(connection, cases, [{"id": case_id, "fields": fields} for case_id, fields in changed.items()])
    return changed
