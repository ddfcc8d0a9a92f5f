"""What the audit last found, as it has noted it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import from_iso
from models.store.remembered import AUDIT, remembered

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


class Audit(NamedTuple):
    """When it last ran and last agreed (None = never), whether it agrees, and how many differences it found."""

    at: datetime | None = None
    agreed_at: datetime | None = None
    agrees: bool = False
    found: int = 0


def audit(connection: Connection) -> Audit:
    """The last audit; it never ran where nothing was noted."""
    noted = remembered(connection, AUDIT)
    at, agreed_at = (from_iso(noted[name]) if noted.get(name) else None for name in ("at", "agreed_at"))
    return Audit(at or agreed_at, agreed_at, bool(noted.get("agrees")), int(noted.get("found") or 0))
