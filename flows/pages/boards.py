"""Status and overdue board, kept fresh beside a sweep: at once when something happened, and every few minutes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import select

from flows.pages import board, status_page
from flows.pages.runs import utc_now
from flows.pages.shelf import put
from models.store.database import reading
from models.store.in_array import in_array
from models.store.schema import pages
from tasks.health.status import status
from tasks.mail.links import BOARD, Links, case_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.health.status import Status
    from tasks.organisation.deployment import Deployment

BOARD_SECONDS = 30.0
"""How often it is looked whether they say something else."""
FRESH_SECONDS = 120.0
"""Although nothing happened, ages and instants on them are at most so old."""


class Boards:
    """When they are to be drawn, and what they said last."""

    def __init__(self, engine: Engine, deployment: Deployment, clock: Callable[[], float] = time.monotonic) -> None:
        self.engine = engine
        self.deployment = deployment
        self.clock = clock
        self.are_expected = True
        """Whether something happened that they do not tell yet."""
        self._looked_at = float("-inf")
        self._written_at = float("-inf")
        self._said: object = None

    def expect(self) -> None:
        """Something happened."""
        self.are_expected = True

    def draw(self, *, at_once: bool = False) -> list[str]:
        """Draw them when it is time; the cases they link to that have no page yet."""
        if not at_once and self.clock() - self._looked_at < BOARD_SECONDS:
            return []
        self._looked_at = self.clock()
        now = utc_now()
        with reading(self.engine) as connection:
            found = status(connection, self.deployment, now)
        said = _gist(found)
        stale = self.clock() - self._written_at >= FRESH_SECONDS
        if not (self.are_expected or stale or said != self._said):
            return []
        missing = write(self.engine, self.deployment, found, now)
        self.are_expected, self._said, self._written_at = False, said, self.clock()
        return missing


def _gist(found: Status) -> object:
    """What of the status is news, whatever the clock says."""
    return [(one.id, one.count, one.since) for one in found.problems], found.seen.queue, found.overdue_by_level


def write(engine: Engine, deployment: Deployment, found: Status, now: datetime) -> list[str]:
    """Write both; the numbers of the cases on the board that have no page yet."""
    with reading(engine) as connection:
        links = Links(connection, deployment.settings.ui_address)
        overdue = board.board(connection, deployment, now)
        drawn = board.page(overdue, deployment, now, links)
    put(engine, [drawn])
    missing = _without_page(engine, overdue.cases)
    with reading(engine) as connection:
        links = Links(connection, deployment.settings.ui_address)
        put(engine, [status_page.page(found, deployment.zone, links.page(BOARD))])
    return missing


def _without_page(engine: Engine, numbers: list[str]) -> list[str]:
    keys = {case_key(number): number for number in numbers}
    if not keys:
        return []
    with reading(engine) as connection:
        known = set(connection.scalars(select(pages.c.key).where(in_array(connection, pages.c.key, list(keys)))))
    return [number for key, number in keys.items() if key not in known]
