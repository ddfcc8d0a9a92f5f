"""Auditing a million open cases with two processes, and what changed in a quarter of an hour, beside a bare read.

A thousand cases are made by the engine and put there a thousand times, sealed anew: two in three are loans that run,
the others complaints that were told of, late, in time, or learned of late.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select, text

from models.store.bulk import insert_many
from models.store.chain import insert_sealed
from models.store.database import reading, writing
from models.store.schema import (
    cases,
    deadlines,
    escalations,
    events,
    links,
    message_items,
    messages,
    penalties,
)
from tasks.audit.run import audit
from tasks.engine.sweep import replay, sweep_once
from tasks.mail.post import decision_id
from tests.benchmarks.test_engine_speed import OPENED, staff

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection, Engine

    from tasks.organisation.deployment import Deployment

pytestmark = pytest.mark.bench

CASES = int(os.environ.get("DUBAN_BENCH_CASES", "1000000"))
PATTERN = 1000
AT_ONCE = 20
CHANGED = min(5000, CASES // 4)
"""So many cases get an event in the quarter of an hour."""
NOW = OPENED + timedelta(hours=3)
LATER = NOW + timedelta(minutes=15)
BAR, SOON, MEMORY = 600.0, 10.0, 500 * 1024
"""Seconds, seconds, and kilobytes of the largest process."""
AUDIT = """
import json, resource, sys, time
from datetime import datetime
from models.settings import Settings
from models.store.database import open_engine
from tasks.audit.run import audit
from tasks.organisation.deployment import Deployment
if __name__ == "__main__":
    given = {"database_url": sys.argv[1], "home": sys.argv[2], "operations_email": "operations@example.com"}
    deployment = Deployment(Settings.model_validate(given))
    began = time.perf_counter()
    done = audit(open_engine(deployment.settings.url), deployment, datetime.fromisoformat(sys.argv[3]), processes=2)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {"seconds": time.perf_counter() - began, "worked": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss}
    print(json.dumps({**told, "found": len(done.findings), "cases": done.cases, "waiting": done.waiting}))
"""
SEALED = {"salt", "digest", "link"}


def pattern(engine: Engine, deployment: Deployment) -> None:
    """The first thousand, as the engine leaves them after three hours."""
    with writing(engine) as connection:
        staff(connection)
        for number in range(1, PATTERN + 1):
            own: dict[str, Any] = {"number": f"N{number:07}", "opened_at": OPENED, "department": f"D{number % 8}"}
            own |= {"kind": "loan", "fields": {"item": f"I{number}", "borrower": f"Q{number}"}}
            if number % 3 == 0:
                told = {"content": "x" * 200, "customer": f"Q{number}"}
                own |= {"kind": "complaint", "fields": told, "level": "major", "handler": f"P{20 + number % 40}"}
            connection.execute(cases.insert().values(**own, party=f"Q{number}"))
    replay(engine, deployment, OPENED, OPENED + timedelta(minutes=20))
    with writing(engine) as connection:
        for number in range(9, PATTERN, 9):
            row = {
                "case_id": number,
                "name": "first_contact",
                "at": OPENED + timedelta(minutes=9 if number % 2 else 12),
            }
            connection.execute(events.insert().values(**row, fields={}, recorded_at=OPENED + timedelta(minutes=21)))
    replay(engine, deployment, OPENED + timedelta(minutes=20), NOW)


def multiply(engine: Engine, copies: int) -> None:
    """The pattern so many times in all, each with numbers, ids and digests of its own."""
    tables = (cases, deadlines, events, escalations, messages, message_items, penalties)
    with reading(engine) as connection:
        known = {table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables}
    if engine.dialect.name == "sqlite":  # building takes longer than what is measured
        event.listen(engine, "connect", hasty)
        engine.dispose()
    for first in range(1, copies, AT_ONCE):
        with writing(engine) as connection:
            for copy in range(first, min(first + AT_ONCE, copies)):
                put(connection, known, copy)
    if engine.dialect.name == "sqlite":
        event.remove(engine, "connect", hasty)
        engine.dispose()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def hasty(connection: Any, _record: Any) -> None:
    """Room for the indexes, and no waiting for the disk."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-1500000")


def put(connection: Connection, known: dict[str, list[dict[str, Any]]], copy: int) -> None:
    """One copy."""
    step = copy * PATTERN

    def rows(name: str) -> list[dict[str, Any]]:
        left = SEALED | ({"id"} if name in ("deadlines", "events", "penalties") else set())
        return [{key: value for key, value in row.items() if key not in left} for row in known[name]]

    def renumbered(old: str) -> str:
        number = int(old[1:8]) + step
        return f"N{number:07}{old[8:]}"

    def party(row: dict[str, Any]) -> dict[str, Any]:
        who = f"Q{int(row['party'][1:]) + step // 3}"  # three cases a person
        fields = {key: who if key in ("borrower", "customer") else value for key, value in row["fields"].items()}
        return {"party": who, "fields": fields}

    def moved(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "case_id": row["case_id"] + step}

    insert_many(
        connection,
        cases,
        [{**row, "id": row["id"] + step, "number": renumbered(row["number"]), **party(row)} for row in rows("cases")],
    )
    insert_many(connection, deadlines, [moved(row) for row in rows("deadlines")])
    insert_sealed(connection, events, [{**moved(row), "key": str(uuid.uuid4())} for row in rows("events")])
    ids = {row["id"]: uuid.uuid4() for row in known["escalations"]}
    insert_sealed(connection, escalations, [{**moved(row), "id": ids[row["id"]]} for row in rows("escalations")])
    posted = [row for row in rows("messages") if row["kind"] == "escalation"]
    keys = {row["id"]: renumbered(row["key"]) for row in posted}
    made = [{**row, "id": decision_id(keys[row["id"]]), "key": keys[row["id"]]} for row in posted]
    insert_many(connection, messages, made)
    items = [moved(row) for row in rows("message_items") if row["message_id"] in keys]
    for row in items:
        row |= {"message_id": decision_id(keys[row["message_id"]]), "escalation_id": ids[row["escalation_id"]]}
    insert_many(connection, message_items, items)
    insert_sealed(connection, penalties, [moved(row) for row in rows("penalties")])


def bare_read(engine: Engine) -> tuple[int, float]:
    """Every row that an audit reads, and how long reading takes."""
    began, count = time.perf_counter(), 0
    with reading(engine) as connection:
        for table in (cases, events, deadlines, escalations, messages, message_items, penalties, links):
            count += sum(1 for _ in connection.execution_options(yield_per=5000).execute(select(table)))
    return count, time.perf_counter() - began


def audited(deployment: Deployment) -> dict[str, Any]:
    """A whole audit in a process of its own, for the memory of its children is at least that of whoever starts them."""
    given = [deployment.settings.url, str(deployment.settings.home), NOW.isoformat()]
    done = subprocess.run([sys.executable, "-c", AUDIT, *given], capture_output=True, check=True)  # noqa: S603 -- ours
    return dict(json.loads(done.stdout))


def test_a_million_open_cases_are_audited_in_ten_minutes_and_what_changed_in_ten_seconds(
    engine: Engine, deployment: Deployment, record_figure: Callable[[str, float, str], None]
) -> None:
    """With two processes of less than 500 MB each."""
    pattern(engine, deployment)
    multiply(engine, CASES // PATTERN)
    with reading(engine) as connection:
        assert CASES == connection.scalar(select(func.count()).select_from(cases))
    rows, bare = bare_read(engine)

    done = audited(deployment)
    whole, peak = done["seconds"], done["peak"]
    with writing(engine) as connection:
        own = {"name": "agreement", "at": NOW, "fields": {}, "recorded_at": NOW}
        insert_many(connection, events, [{"case_id": 3 * number, **own} for number in range(1, CHANGED + 1)])
    sweep_once(engine, deployment, LATER)
    began, begun = time.perf_counter(), time.process_time()
    again = audit(engine, deployment, LATER, whole=False)
    soon = time.perf_counter() - began
    worked_soon = time.process_time() - begun

    kind = engine.dialect.name
    record_figure(f"audit of {CASES:,} open cases ({rows:,} rows), {kind}", whole, "s")
    record_figure(f"  processor time of its processes, {kind}", done["worked"], "s")
    record_figure(f"  a bare read of the same rows, {kind}", bare, "s")
    record_figure(f"  peak memory of a process, {kind}", peak / 1024, "MB")
    record_figure(f"audit of what changed ({again.cases:,} cases), {kind}", soon, "s")
    record_figure(f"  processor time, {kind}", worked_soon, "s")
    assert (0, CASES, 0) == (done["found"], done["cases"], done["waiting"])
    assert [] == again.findings[:3]
    assert whole < BAR
    assert soon < SOON
    assert peak < MEMORY
