"""Whether the clock of the machine was set: its wall clock beside one that only counts seconds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from models.calendar.instants import iso
from models.store.database import upsert, writing
from models.store.schema import facts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

FACT = "clock"
JUMP_SECONDS = 5.0
"""Less is how clocks are kept right; instants are whole seconds, and a machine may be busy for a moment."""


class Watch:
    """Compares two looks at both clocks."""

    def __init__(self, elapsed: float, now: datetime) -> None:
        """`elapsed` counts seconds from anywhere, `now` is the wall clock."""
        self._last = elapsed, now

    def jumped(self, elapsed: float, now: datetime) -> float:
        """By how many seconds the wall clock was set since the last look (back: negative); 0 when it was not."""
        before, then = self._last
        self._last = elapsed, now
        jump = (now - then).total_seconds() - (elapsed - before)
        return jump if abs(jump) >= JUMP_SECONDS else 0.0


def note(engine: Engine, seconds: float, now: datetime) -> None:
    """Put down that it jumped, for whoever asks whether all is well: `{"at": .., "seconds": ..}`."""
    value = json.dumps({"at": iso(now), "seconds": round(seconds)})
    with writing(engine) as connection:
        statement = upsert(connection, facts).values(name=FACT, value=value)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
