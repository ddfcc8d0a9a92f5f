"""How fast an annual statement over 1,000,000 cases is, against one bare SQL aggregation of the same tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.benchmarks.million import fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


pytestmark = pytest.mark.bench

CASES = 1_000_000
ROUNDS = 3
GIGABYTE = 1_000_000_000
HERE = Path(__file__).parent


class Measured(NamedTuple):
    """Median seconds, and the highest peak of a process's memory in bytes."""

    seconds: float
    peak: int


def measured(what: str, url: str) -> Measured:
    """In processes of its own, one after the other."""
    command = [sys.executable, str(HERE / "measured.py"), what, url]
    found = []
    for _ in range(ROUNDS):
        done = subprocess.run(command, cwd=HERE.parent.parent, check=True, capture_output=True, text=True)  # noqa: S603
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return Measured(median(one["seconds"] for one in found), max(one["peak"] for one in found))


def test_annual_statement_over_a_million_cases(
    engine: Engine, deployment: Deployment, record_figure: Callable[[str, float, str], None]
) -> None:
    """All figures of the year in under 10 s and 1 GB; drawing the mail and the workbook likewise."""
    fill(engine, deployment, CASES)
    url, database = deployment.settings.url, engine.dialect.name
    engine.dispose()
    bare, collected, drawn = (measured(what, url) for what in ("bare", "collect", "forms"))

    record_figure(f"bare aggregation over 1,000,000 cases, {database}", bare.seconds, "s")
    record_figure(f"annual statement, figures, {database}", collected.seconds, "s")
    record_figure(
        f"annual statement, figures against the bare aggregation, {database}", collected.seconds / bare.seconds, "times"
    )
    record_figure(f"annual statement, peak memory, {database}", collected.peak / 1_000_000, "MB")
    record_figure(f"annual statement, mail and workbook, {database}", drawn.seconds, "s")
    record_figure(f"annual statement, peak memory with mail and workbook, {database}", drawn.peak / 1_000_000, "MB")
    assert collected.seconds < 10
    assert collected.peak < GIGABYTE
    assert drawn.peak < GIGABYTE
