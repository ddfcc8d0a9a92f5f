"""What `duban status` asks of a million open cases, one in a hundred of them overdue, beside a million mails sent."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from models.store.database import is_postgresql, reading, writing
from tasks.health.status import status

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

MILLION = 1_000_000
BAR = 0.5
"""Seconds."""
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PAST, COMING = ("'2026-11-23T00:00:00Z'", "'2026-12-24T00:00:00Z'")


@pytest.mark.bench
def test_a_million_open_cases_do_not_make_the_status_slow(
    engine: Engine, deployment: Deployment, record_figure: Callable[[str, float, str], None]
) -> None:
    """Under half a second, the median of five."""
    fill(engine, deployment)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        with reading(engine) as connection:
            found = status(connection, deployment, NOW)
        took.append(time.perf_counter() - begun)

    record_figure(f"status of a million open cases, {engine.dialect.name}", 1000 * statistics.median(took), "ms")
    assert MILLION // 100 == sum(found.overdue_by_level.values())
    assert statistics.median(took) < BAR


def fill(engine: Engine, deployment: Deployment) -> None:
    """Cases with a clock each, a request for postponement in one of ten thousand, and what was sent."""
    with writing(engine) as connection:
        regulation, _ = deployment.regulations.register(connection, "standard-complaints", NOW)
        postgresql = is_postgresql(connection)
        numbers = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MILLION})"
        series = f"generate_series(1, {MILLION}) AS n" if postgresql else f"({numbers} SELECT n FROM s)"
        key = "md5(n::text)::uuid" if postgresql else "printf('%032x', n)"
        instant = "CAST({} AS timestamptz)" if postgresql else "{}"
        past, coming = (instant.format(one) for one in (PAST, COMING))
        given = {"regulation": regulation, "past": past, "coming": coming, "key": key, "series": series}
        for statement in STATEMENTS:
            filled = statement.format(**given)
            connection.exec_driver_sql(filled.replace("%", "%%") if postgresql else filled)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


STATEMENTS = (
    """
    INSERT INTO cases (id, number, kind, regulation_id, status, level, department, opened_at, evaluated_at)
    SELECT n, 'TS' || n, 'complaint', {regulation}, 'open', CASE n % 3 WHEN 0 THEN 'crisis' ELSE 'major' END, '维修部',
           {past}, {past} FROM {series}
    """,
    """
    INSERT INTO deadlines (case_id, rule, round, starts_at, due_at, state, next_at)
    SELECT n, 'first-contact', 1, {past}, CASE n % 100 WHEN 0 THEN {past} ELSE {coming} END,
           CASE n % 100 WHEN 0 THEN 'breached' ELSE 'open' END, {coming} FROM {series}
    """,
    """
    INSERT INTO events (case_id, name, at, applied_at)
    SELECT n, CASE n % 10000 WHEN 0 THEN 'postponement_requested' ELSE 'registered' END, {past}, {past} FROM {series}
    """,
    """
    INSERT INTO messages (id, key, message_id, kind, name, email, subject, state, created_at, sent_at)
    SELECT {key}, 'k' || n, 'm' || n, 'escalation', '李想', 'lx@example.com', 's', 'sent', {past}, {past} FROM {series}
    """,
)
