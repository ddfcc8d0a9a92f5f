"""A statement both ways: collected from the database, and worked out by the oracle from the files that went into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from models.calendar.periods import parse_period
from tasks.engine.sweep import sweep_once
from tasks.intake import import_file
from tasks.statistics import collect
from tests.oracle.figures.cases import Case, cases
from tests.oracle.figures.shared import TOTAL
from tests.oracle.figures.statement import statement
from tests.oracle.figures.time import local, period

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.statistics.figures import Collected, Figures, Table
    from tests.oracle.figures.shared import Rows, Tables

ORDERED = ("pareto", "longest_open", "not_returned")
"""Tables in which the place of a row says something."""
LISTED = {
    "received": ("complaint", "received"),
    "closed": ("complaint", "closed"),
    "closing": ("complaint", "open_end"),
    "overdue_end": ("complaint", "overdue_end"),
    "repeated": ("complaint", "repeated"),
    "reopened": ("complaint", "reopened"),
    "loans_lent": ("loan", "received"),
    "loans_returned": ("loan", "returned"),
    "loans_out": ("loan", "open_end"),
    "loans_overdue": ("loan", "overdue_end"),
}
"""Headlines with the kind of case and the column of the list of cases that add up to each."""


class Record(NamedTuple):
    """What is in the database, the same from its files, and the instant at which both are read."""

    engine: Engine
    deployment: Deployment
    cases: list[Case]
    data_at: datetime


def recorded(folder: Path, engine: Engine, deployment: Deployment, now: datetime, data_at: datetime) -> Record:
    """The files of a folder, imported and swept at `now`; what is recorded late comes after that."""
    for files in (("directory", "complaints", "loans", "events"), ("events-late",)):
        for file in (folder / f"{name}.csv" for name in files):
            if file.exists():
                report = import_file(engine, deployment, file.stem.partition("-")[0], file, now=now)
                assert 0 == report.rejected, file.with_suffix(".rejected.csv").read_text("utf-8-sig")
        sweep_once(engine, deployment, now)
    return Record(engine, deployment, cases(folder), data_at)


def differences(record: Record, cadence: str, label: str, regulation: str) -> list[str]:
    """What the two say differently about a period: each part, each cell of each table, the sums of the case list."""
    zone = record.deployment.zone
    own = parse_period(cadence, label, zone)
    found = collect(record.engine, record.deployment, own, regulation=regulation, data_at=record.data_at)
    now, *others = (period(one.label) for one in (own, own.before(zone), own.year_ago(zone)))
    wanted = statement(record.cases, [now.as_far_as(local(record.data_at)), *others], regulation)
    lines = [f"part {name}" for name in sorted(set(wanted) ^ set(found.parts))]
    for name in wanted.keys() & found.parts.keys():
        lines += differences_of_tables(wanted[name], found.parts[name])
    return lines + differences_of_list(found)


def differences_of_tables(wanted: Tables, found: Figures) -> list[str]:
    """One line a cell."""
    lines = []
    for name, rows in wanted.items():
        theirs = headlines_of(found, rows) if name.endswith("headlines") else rows_of(found.table(name))
        keys, their_keys = ([key for key in some if key != TOTAL] for some in (rows, theirs))
        if set(their_keys) != set(keys):
            lines.append(f"{found.department} {name}: rows {sorted(set(their_keys) ^ set(keys))}")
        elif name in ORDERED and their_keys != keys:
            lines.append(f"{found.department} {name}: {keys} expected in this order, {their_keys} found")
        for key in rows.keys() & theirs.keys():
            pairs = ((column, value, theirs[key].get(column, "nothing")) for column, value in rows[key].items())
            lines += [
                f"{found.department} {name} {key} {column}: {value} expected, {other} found"
                for column, value, other in pairs
                if not same(value, other)
            ]
    return lines


def differences_of_list(found: Collected) -> list[str]:
    """Where the flags of the listed cases do not add up to the figure that they stand for."""
    names = [column.id for column in found.cases.columns]
    figures = {headline.id: headline.value for headline in found.parts[""].headlines}
    lines = [f"{found.cases.more} cases are not listed"] if found.cases.more else []
    for headline, (kind, flag) in LISTED.items():
        rows = [row for row in found.cases.rows if (row.cells[1] == "loan") == (kind == "loan")]
        total = sum(row.cells[names.index(flag)] for row in rows)
        if headline in figures and figures[headline] != total:
            lines.append(f"{headline}: {figures[headline]}, but {total} are listed")
    return lines


def headlines_of(found: Figures, wanted: Rows) -> Rows:
    """The figures on top, as rows; where nobody was fined penalties are not shown."""
    rows = {one.id: {"value": one.value, "before": one.before, "year_ago": one.year_ago} for one in found.headlines}
    if not any(wanted.get("penalties", {}).values()):
        rows.setdefault("penalties", wanted.get("penalties", {}))
    return {name: rows.get(name, {}) for name in wanted}


def rows_of(table: Table | None) -> Rows:
    """A table's cells by row and column."""
    assert table is not None
    names = [column.id for column in table.columns]
    rows = {row.key: dict(zip(names, row.cells, strict=True)) for row in table.rows}
    return rows | ({TOTAL: dict(zip(names, table.total, strict=True))} if table.total else {})


def same(wanted: Any, found: Any) -> bool:
    """Equal; of the words for what has no name the place is enough."""
    if wanted == "":
        return True
    return found == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)
