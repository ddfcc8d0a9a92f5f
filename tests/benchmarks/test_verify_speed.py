"""Walking the chain of a million events, beside a bare read of the same rows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from models.store.chain import insert_sealed
from models.store.database import reading, writing
from models.store.schema import cases, events
from tasks.record.verify import verify

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

MILLION = 1_000_000
AT_ONCE = 5_000
BAR = 60.0
"""Seconds."""
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.bench
def test_a_million_events_are_verified_in_a_minute(engine: Engine) -> None:
    """Two hundred links of five thousand events each."""
    with writing(engine) as connection:
        connection.execute(cases.insert().values(id=1, number="1", kind="complaint", opened_at=START))
    for first in range(0, MILLION, AT_ONCE):
        rows = [event(number) for number in range(first, first + AT_ONCE)]
        with writing(engine) as connection:
            insert_sealed(connection, events, rows)

    began = time.perf_counter()
    with reading(engine) as connection:
        read = sum(1 for _ in connection.execution_options(yield_per=AT_ONCE).execute(select(events)))
    bare = time.perf_counter() - began
    began = time.perf_counter()
    with reading(engine) as connection:
        done = verify(connection)
    took = time.perf_counter() - began

    print(f"\n{engine.dialect.name}: verify {took:.1f} s, bare read of the rows {bare:.1f} s ({took / bare:.1f} times)")  # noqa: T201 -- a benchmark's result
    assert (MILLION, MILLION, ()) == (read, done.rows, done.breaches)
    assert took < BAR


def event(number: int) -> dict[str, Any]:
    """An event as `record` writes it."""
    at = START + timedelta(seconds=number)
    own = {"case_id": 1, "name": "first_contact", "at": at, "by": "李想", "fields": {"note": f"第 {number} 次"}}
    own |= {"recorded_at": at, "applied_at": at, "key": f"{number:064}"}
    return own | {"channel": "cli", "account": "duban", "place": None, "verified": False}
