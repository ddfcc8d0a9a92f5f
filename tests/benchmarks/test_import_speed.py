"""How fast files come in: 100,000 complaints and as many events, against a bare loop that only reads the file."""

from __future__ import annotations

import csv
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tasks.intake import import_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


pytestmark = pytest.mark.bench

COUNT = 100_000
FIRST = datetime(2026, 11, 2, 1, tzinfo=UTC)


def written(path: Path, head: str, rows: list[list[str]]) -> Path:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return path


def instant(number: int) -> str:
    """The instant of a row."""
    return (FIRST + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_importing_a_hundred_thousand_rows(
    engine: Engine, deployment: Deployment, tmp_path: Path, record_figure: Callable[[str, float, str], None]
) -> None:
    """100,000 rows come in within a minute; imported again they change nothing."""
    complaints = written(
        tmp_path / "complaints.csv",
        "number,received_at,customer,phone,channel,level,handler,category,content",
        [
            [f"B{n}", instant(n), f"客户{n}", "13800000000", "phone", "major", "李娜", "质量", f"第 {n} 件"]
            for n in range(COUNT)
        ],
    )
    happened = written(
        tmp_path / "events.csv",
        "case,event,at,by",
        [[f"B{n}", "first_contact", instant(n + 300), "李娜"] for n in range(COUNT)],
    )
    begin = time.perf_counter()
    with complaints.open(encoding="utf-8", newline="") as file:
        read = sum(1 for _ in csv.DictReader(file))
    bare = read / (time.perf_counter() - begin)
    for what, path in (("complaints", complaints), ("events", happened)):
        begin = time.perf_counter()
        report = import_file(engine, deployment, what, path, now=FIRST)
        seconds = time.perf_counter() - begin
        assert (COUNT, 0, 0) == (report.accepted, report.unchanged, report.rejected)
        assert seconds < 60
        record_figure(f"import {what}, {engine.dialect.name}", COUNT / seconds, f"rows/s (bare csv read {bare:,.0f})")
    assert COUNT == import_file(engine, deployment, "events", happened, now=FIRST).unchanged
