"""The watch: a thread beside whatever runs long, which looks every now and then for what is wrong.

It runs in several processes (the sweep, the delivery, `duban up`), so that none of them has to work for an alarm to be
raised. That many look is harmless: one decides (`state.py`).
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from sqlalchemy.exc import SQLAlchemyError

from models.errors import StorageError
from tasks.alarms.looking import look
from tasks.alarms.without_database import database_is_away, database_is_back
from tasks.organisation.masking import masked_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

log = masked_log("duban.alarm")

TICK_SECONDS = 15.0
LOOK_SECONDS = 45.0
AGAIN_SECONDS = 15.0
"""After a look at which the database could not be used; at the second one in a row that is an alarm."""
FIRST_SECONDS = 60.0
"""Before the first look: what has just been started, maybe after days, gets the time to catch up."""


class Watch:
    """Looks while it is open, at its end if it was open too shortly. `also` is done at every tick."""

    def __init__(
        self,
        engine: Engine,
        deployment: Deployment,
        now: Callable[[], datetime],
        also: Callable[[], None] | None = None,
    ) -> None:
        self.engine = engine
        self.deployment = deployment
        self.now = now
        self.also = also
        self._failures = 0
        self._looked = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="alarm watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(AGAIN_SECONDS)
        if not self._looked:
            self.turn()

    def turn(self) -> float:
        """One look; how many seconds to wait before the next. Nothing that goes wrong ends the watch."""
        self._looked = True
        try:
            look(self.engine, self.deployment, self.now())
        except (StorageError, SQLAlchemyError) as error:
            self._failures += 1
            why = _first_line(error)
            if self._failures > 1:
                self._safely(lambda: database_is_away(self.deployment, why, self.now()))
            return AGAIN_SECONDS
        except Exception:
            log.exception("what is wrong cannot be told")
            return LOOK_SECONDS
        self._failures = 0
        self._safely(lambda: database_is_back(self.deployment, self.now()))
        return LOOK_SECONDS

    def _work(self) -> None:
        left = FIRST_SECONDS
        while not self._stop.wait(TICK_SECONDS):
            left -= TICK_SECONDS
            if left <= 0:
                left = self.turn()
            if self.also is not None:
                self._safely(self.also)

    def _safely(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("the watch could not do all of its work")


def _first_line(error: Exception) -> str:
    words = str(getattr(error, "orig", None) or error).strip()
    return words.splitlines()[0] if words else type(error).__name__


def utc_now() -> datetime:
    """The clock, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
