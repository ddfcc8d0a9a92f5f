"""Statistics: from the database to the figures of a period, as tables that every form of a statement shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from models.calendar.periods import Period
    from tasks.organisation.deployment import Deployment
    from tasks.statistics.figures import Collected


def collect(
    engine: Engine, deployment: Deployment, period: Period, *, regulation: str = "", data_at: datetime
) -> Collected:
    """The figures of a period as they are known at `data_at`, per department, and the cases behind them.

    `regulation` is the name of one, or empty for the whole organisation. A period that is not over at `data_at` is
    counted up to then and says so. Reads a snapshot and writes nothing.
    """
    from tasks.statistics.collecting import collected  # noqa: PLC0415 -- a second of pandas that only statements pay

    return collected(engine, deployment, period, regulation=regulation, data_at=data_at)
