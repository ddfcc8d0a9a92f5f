"""When the last pass of a sweep ended, written down now and then: by this everybody sees whether anybody sweeps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from models.calendar.instants import iso
from models.store.database import writing
from models.store.remembered import SWEEP, remember

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

NOTED_EVERY = timedelta(seconds=20)
"""A sweep that looks ahead makes two passes a second; so often it says so."""


def note(engine: Engine, now: datetime, *, ahead: bool = False) -> None:
    """A pass ended at `now`, the real one; `ahead`: its sweep goes on, so that the next pass follows at once."""
    with writing(engine) as connection:
        remember(connection, SWEEP, {"at": iso(now), "ahead": ahead})


class Noting:
    """The same for a sweep that looks ahead: its first pass is noted, and from then on one in a while."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._noted: datetime | None = None

    def passed(self, now: datetime) -> None:
        """A pass ended."""
        if self._noted is None or abs(now - self._noted) >= NOTED_EVERY:
            note(self.engine, now, ahead=True)
            self._noted = now
