"""Decisions that were refused while nobody was there to be told: in files, and in rows of other programs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import iso
from models.store.bulk import insert_many
from models.store.schema import refusals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.record.provenance import Provenance


class Refusal(NamedTuple):
    """Who would have decided what, when, through which door, and why it does not count."""

    case_id: int
    event: str
    at: datetime
    by: str | None
    provenance: Provenance
    reason: str

    @property
    def key(self) -> str:
        """The same for the same attempt, however often the file comes in."""
        said = (self.case_id, self.event, iso(self.at), self.by or "", self.provenance.channel)
        return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()


def note(connection: Connection, found: Iterable[Refusal], now: datetime) -> None:
    """Put them down, for the next sweep to tell operations of; what is known already is not told again."""
    rows = [
        {
            "key": one.key,
            "case_id": one.case_id,
            "event": one.event,
            "at": one.at,
            "by": one.by[:200] if one.by else None,
            **{name: value for name, value in one.provenance.columns().items() if name != "verified"},
            "reason": one.reason,
            "noted_at": now,
        }
        for one in found
    ]
    insert_many(connection, refusals, rows, unless="(key)")
