"""What Duban remembers about itself between its runs, in the table `facts`: a name, and a few values as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.store.database import upsert
from models.store.schema import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Connection

AUDIT = "audit"
"""{"agreed_at", "agrees", "found", "at"}: when it last agreed, whether it does, what it found, when it ran."""
MAIL_SERVER = "mail server"
"""{"ok_at", "since", "reason"}: when the server last took mail, since when it takes none, and what it says."""
SWEEP = "sweep"
"""{"at", "ahead"}: when a pass ended, and whether by a run that looks ahead, whose next pass follows at once."""


def remembered(connection: Connection, name: str) -> dict[str, Any]:
    """What was last noted under a name; empty when nothing was, or it is none of our JSON."""
    written = connection.scalar(select(facts.c.value).where(facts.c.name == name))
    try:
        found = json.loads(written) if written else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def remember(connection: Connection, name: str, values: Mapping[str, Any]) -> None:
    """Note it in place of what was noted before; instants as ISO text (`models.calendar.instants.iso`)."""
    row = {"value": json.dumps(dict(values), ensure_ascii=False)}
    statement = upsert(connection, facts).values(name=name, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))
