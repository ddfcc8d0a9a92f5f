"""In a process of its own: `python measured.py collect|forms|bare URL` prints seconds and peak memory as JSON.

The memory of a process is its peak, so what is measured has one to itself, as `duban statement` has.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from models.settings import Settings
from models.store.database import open_engine, reading
from tasks.organisation.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine

YEAR = (datetime(2024, 12, 31, 16, tzinfo=UTC), datetime(2025, 12, 31, 16, tzinfo=UTC))
DATA_AT = datetime(2026, 1, 10, 1, tzinfo=UTC)
BARE = (
    "SELECT c.department, d.rule, count(*), sum(CASE WHEN d.met_at <= d.due_at THEN 1 ELSE 0 END),"
    " sum(CASE WHEN d.met_at > d.due_at THEN 1 ELSE 0 END), min(d.due_at), max(d.due_at)"
    " FROM deadlines d JOIN cases c ON c.id = d.case_id WHERE d.due_at >= {since} AND d.due_at < {until}"
    " GROUP BY c.department, d.rule"
)
"""The least that any statement has to ask: every deadline of the year with its case's department, grouped."""


def bare(engine: Engine, _settings: Settings) -> None:
    """The peer: one aggregation by the database itself."""
    since, until = (f"'{one:%Y-%m-%dT%H:%M:%SZ}'" for one in YEAR)
    with reading(engine) as connection:
        assert len(connection.execute(text(BARE.format(since=since, until=until))).all()) >= 60


def collect(engine: Engine, deployment: Deployment) -> object:
    """The figures of the year, of the whole and of every department."""
    from models.calendar.periods import parse_period  # noqa: PLC0415 -- its cost belongs to what is measured
    from tasks.statistics import collect as figures  # noqa: PLC0415

    return figures(engine, deployment, parse_period("annual", "2025", deployment.zone), data_at=DATA_AT)


def forms(engine: Engine, deployment: Deployment) -> Callable[[], object]:
    """The general mail with its charts and its workbook, drawn from figures that are there."""
    from tasks.statements.forms import render  # noqa: PLC0415

    collected = collect(engine, deployment)
    given = {"language": "zh", "cleared": False, "purpose": "general", "revision": 1, "changes": [], "answer_hint": ""}
    return lambda: render(collected.parts[""], collected.cases, **given)  # type: ignore[attr-defined]


def main(what: str, url: str) -> None:
    """Measure and print."""
    deployment = Deployment(Settings.model_validate({"home": Path("/nonexistent"), "database_url": url}))
    engine = open_engine(url)
    call: Callable[[], object] = {
        "bare": lambda: bare(engine, deployment),
        "collect": lambda: collect(engine, deployment),
    }.get(what) or forms(engine, deployment)
    begun = time.perf_counter()
    call()
    seconds = time.perf_counter() - begun
    engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))  # noqa: T201 -- its only way out


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
