"""How fast the engine decides: an idle sweep, due steps per second, all clocks anew after a calendar change."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from models.store import schema
from models.store.database import open_engine, reading, writing
from models.store.schema import cases, deadlines, people, person_roles
from tasks.engine.sweep import sweep_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from tasks.organisation.deployment import Deployment


pytestmark = pytest.mark.bench

OPENED = datetime(2026, 11, 2, 1, tzinfo=UTC)
PETITIONS = """
regulation: petitions
version: 1
kind: petition
title: {zh: 信访答复, en: Petitions}
description: {zh: 十五个工作日内答复。, en: Answered within 15 working days.}
roles: {service_manager: {zh: 客服部经理, en: service manager, above: operations}}
rules:
  - id: answer
    cite: {article: "1"}
    title: {zh: 答复, en: Answer}
    start: registered
    stop: closed
    within: P15WD
    responsible: service_manager
    remind: [-P3WD]
    escalate:
      - {after: P0D, to: service_manager}
"""


def staff(connection: Connection) -> None:
    """Sixty people in eight departments, every role filled."""
    for number in range(1, 61):
        connection.execute(
            people.insert().values(
                id=number, name=f"P{number}", email=f"p{number}@example.com", department=f"D{number % 8}"
            )
        )
        role = "department_manager" if number <= 8 else "handler"
        connection.execute(person_roles.insert().values(person_id=number, role=role))
    for number, role in ((20, "service_manager"), (21, "general_manager"), (22, "revisit_specialist")):
        connection.execute(person_roles.insert().values(person_id=number, role=role))


def complaints(engine: Engine, count: int) -> None:
    """So many complaints registered at the same second."""
    with writing(engine) as connection:
        staff(connection)
        rows = [
            {
                "number": f"N{number}",
                "kind": "complaint",
                "opened_at": OPENED,
                "department": f"D{number % 8}",
                "handler": f"P{20 + number % 40}",
                "level": "major",
                "fields": {"content": "x" * 200, "customer": f"C{number}"},
            }
            for number in range(count)
        ]
        connection.execute(cases.insert(), rows)


def a_million_open_deadlines(engine: Engine) -> None:
    """A million loans that fall due next month, put there by SQL."""
    future = "2026-12-24T01:00:00Z"
    columns = "case_id, rule, round, starts_at, state, next_at"
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            series = "FROM generate_series(1, 1000000) AS n"
        else:
            counted = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000000)"
            series = f"FROM ({counted} SELECT n FROM s)"
        connection.execute(
            text(
                "INSERT INTO cases (number, kind, opened_at, evaluated_at)"
                f" SELECT 'L' || n, 'loan', '2026-11-24T01:00:00Z', '2026-11-24T01:00:00Z' {series}"
            )
        )
        connection.execute(
            text(f"INSERT INTO deadlines ({columns}) SELECT id, 'return', 1, opened_at, 'open', '{future}' FROM cases")
        )


def test_idle_sweep_over_a_million_open_deadlines(
    engine: Engine, deployment: Deployment, record_figure: Callable[[str, float, str], None]
) -> None:
    """Nothing due among 1,000,000 open deadlines: under 5 ms (median)."""
    a_million_open_deadlines(engine)
    now = OPENED + timedelta(days=25)
    sweep_once(engine, deployment, now)
    times = []
    for second in range(50):
        begin = time.perf_counter()
        report = sweep_once(engine, deployment, now + timedelta(seconds=second))
        times.append(time.perf_counter() - begin)
        assert report.idle

    record_figure(f"idle sweep, 1,000,000 open deadlines, {engine.dialect.name}", median(times) * 1000, "ms")
    assert median(times) < 0.005


def test_due_steps_per_second(
    database_url: str, deployment: Deployment, record_figure: Callable[[str, float, str], None]
) -> None:
    """10,000 steps due at once become escalations and messages."""
    rates = []
    engine = open_engine(database_url)
    for _ in range(3):
        schema.metadata.drop_all(engine)
        schema.metadata.create_all(engine)
        complaints(engine, 5000)
        sweep_once(engine, deployment, OPENED)
        begin = time.perf_counter()
        fired = len(sweep_once(engine, deployment, OPENED + timedelta(minutes=10)).fired)
        rates.append(fired / (time.perf_counter() - begin))
        assert 10_000 == fired
    engine.dispose()

    record_figure(f"due steps fired, {engine.dialect.name}", median(rates), "steps/s")


def test_recomputing_after_a_calendar_change(
    engine: Engine, deployment: Deployment, record_figure: Callable[[str, float, str], None], tmp_path: Path
) -> None:
    """100,000 open cases with a limit in working days are computed anew in under 10 s when a day becomes a holiday."""
    pack = deployment.settings.home / "regulations" / "petitions.yaml"
    pack.parent.mkdir(parents=True)
    pack.write_text(PETITIONS, encoding="utf-8")
    with writing(engine) as connection:
        rows = [
            {"number": f"N{number}", "kind": "petition", "regulation": "petitions", "opened_at": OPENED}
            for number in range(100_000)
        ]
        connection.execute(cases.insert(), rows)
    sweep_once(engine, deployment, OPENED)
    with reading(engine) as connection:
        before = connection.scalar(select(func.max(deadlines.c.due_at)))
    free = tmp_path / "calendar.txt"
    free.write_text("2026-11-10 free\n", encoding="utf-8")
    changed = deployment.changed(calendar_file=free)

    begin = time.perf_counter()
    report = sweep_once(engine, changed, OPENED + timedelta(hours=1))
    seconds = time.perf_counter() - begin
    with reading(engine) as connection:
        after = connection.execute(select(func.min(deadlines.c.due_at), func.max(deadlines.c.due_at))).one()

    record_figure(f"recompute 100,000 open cases, {engine.dialect.name}", seconds, "s")
    assert 100_000 == report.cases
    assert (before + timedelta(days=1),) * 2 == tuple(after)
    assert seconds < 10
