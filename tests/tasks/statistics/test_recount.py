"""Every figure of random histories against a slow recount from the raw events, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from models.calendar.periods import Period, parse_period
from tasks.statistics import collect
from tests.tasks.statistics.histories import History
from tests.tasks.statistics.recount import Recount, RecountedCase, read_cases

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.statistics.figures import Collected, Figures, FigureTable

NOW = datetime(2026, 12, 20, 1, 30, tzinfo=UTC)
PERIODS = [("monthly", "2026-11"), ("weekly", "2026-W46"), ("quarterly", "2026-Q4")]
DIMENSIONS = {
    "level": lambda row: row.level,
    "channel": lambda row: row.fields.get("channel"),
    "category": lambda row: row.fields.get("category"),
    "department": lambda row: row.department,
    "handler": lambda row: row.handler,
}


@pytest.fixture(params=[1, 2])
def history(request: pytest.FixtureRequest, engine: Engine, deployment: Deployment) -> list[RecountedCase]:
    """A quarter of random cases, a few of the year before, and what the raw record says of them."""
    made = History(engine, deployment, request.param)
    made.written(12, 6, datetime(2025, 10, 20, tzinfo=UTC), datetime(2025, 12, 10, tzinfo=UTC), NOW)
    made.written(70, 40, datetime(2026, 9, 25, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC), NOW)
    return read_cases(engine, deployment, NOW)


def test_every_figure_is_what_a_recount_finds(
    history: list[RecountedCase], engine: Engine, deployment: Deployment
) -> None:
    """The organisation, each regulation, each department: all tables, in periods that are over and one that is not."""
    for cadence, label in PERIODS:
        period = parse_period(cadence, label, deployment.zone)
        for regulation in ("", "standard-complaints", "workshop-complaints", "standard-loans"):
            got = collect(engine, deployment, period, regulation=regulation, data_at=NOW)
            own = [case for case in history if not regulation or case.rules.regulation == regulation]
            _compare(got, own, deployment, period, regulation)


def _compare(got: Collected, own: list[RecountedCase], deployment: Deployment, period: Period, regulation: str) -> None:
    until = min(period.until, NOW)
    for department, figures in got.parts.items():
        some = [case for case in own if not department or case.row.department == department]
        recount = Recount(some, deployment, period.since, until)
        if figures.table("balance"):
            _compare_complaints(figures, recount)
            _compare_before(figures, some, deployment, period)
            _compare_fines(figures, recount)
        if figures.table("loans_balance"):
            assert recount.loans_balance() == _column(figures, "loans_balance")
            assert recount.per_rule(recount.loans) == _per_rule(figures, "loans_clocks")
            out = {row.key: row.cells[-2:] for row in _table(figures, "not_returned").rows}
            assert recount.not_returned() == out
    active = {case.row.department for case in own if case.row.department and _has_anything(case, period.since, until)}
    assert active == set(got.parts) - {""}, regulation


def _has_anything(case: RecountedCase, since: datetime, until: datetime) -> bool:
    changed = any(since <= at < until for _, at, _ in case.changes)
    due = any(d.due_at and since <= d.due_at < until and d.state != "void" for d in case.deadlines)
    return changed or due or case.open_at(until)


def _compare_complaints(figures: Figures, recount: Recount) -> None:
    assert recount.balance(recount.complaints) == _column(figures, "balance")
    for name, value in DIMENSIONS.items():
        found = {row.key: row.cells[1:] for row in _table(figures, f"by_{name}").rows}
        assert recount.by(value) == found, name
    assert recount.per_rule(recount.complaints) == _per_rule(figures, "clocks")
    assert recount.milestones() == {row.key: row.cells[1:] for row in _table(figures, "milestones").rows}
    due, done, on_time, given_up = recount.revisits()
    rate = done / due if due else None
    assert (due, done, on_time, rate, 1.0, given_up) == _total(figures, "revisits")
    judged, satisfied, *others = recount.satisfaction()
    assert (judged, satisfied, *others, satisfied / judged if judged else None) == _total(figures, "satisfaction")
    assert recount.postponements() == _total(figures, "postponements")
    received, repeated, reopened = recount.repeats()
    share = repeated / received if received else None
    assert (received, repeated, share, reopened) == _total(figures, "repeats")
    oldest = [case for case in recount.complaints if case.open_at(recount.until)]
    oldest.sort(key=lambda case: (case.row.opened_at, case.row.id))
    assert [case.row.number for case in oldest[:10]] == [row.key for row in _table(figures, "longest_open").rows]
    counts = {key: counts[0] for key, counts in recount.by(DIMENSIONS["category"]).items() if counts[0]}
    assert counts == {row.key: row.cells[1] for row in _table(figures, "pareto").rows}
    broken = {key: row[2] + row[3] for key, row in recount.per_rule(recount.complaints).items() if row[2] + row[3]}
    assert broken == {row.key: row.cells[3] for row in _table(figures, "breaches").rows}


def _compare_before(figures: Figures, some: list[RecountedCase], deployment: Deployment, period: Period) -> None:
    """The columns beside the period's own."""
    for place, other in ((2, period.before(deployment.zone)), (3, period.year_ago(deployment.zone))):
        recount = Recount(some, deployment, other.since, other.until)
        cells = {row.key: row.cells[place] for row in _table(figures, "balance").rows}
        if None in cells.values():
            assert set(cells.values()) == {None}
            assert not figures.regulation or not some or min(case.row.opened_at for case in some) >= other.until
            continue
        assert recount.balance(recount.complaints) == cells
        fates = recount.fates(recount.complaints)
        rate = fates["on_time"] / fates["due"] if fates["due"] else None
        assert rate == _total(figures, "clocks")[3 + place]


def _compare_fines(figures: Figures, recount: Recount) -> None:
    fines = [fine for fine in recount.fines() if recount.inside(fine[3])]
    expected = (sum(fine[1] for fine in fines), sum(fine[2] for fine in fines if fine[1]))
    assert expected == _total(figures, "penalties_by_department")[:2]


def _table(figures: Figures, name: str) -> FigureTable:
    found = figures.table(name)
    assert found is not None, name
    return found


def _column(figures: Figures, name: str) -> dict[str, Any]:
    return {row.key: row.cells[1] for row in _table(figures, name).rows}


def _total(figures: Figures, name: str) -> tuple[Any, ...]:
    total = _table(figures, name).total
    assert total is not None
    return tuple(
        cell for cell, column in zip(total, _table(figures, name).columns, strict=True) if column.kind != "text"
    )


def _per_rule(figures: Figures, name: str) -> dict[str, tuple[Any, ...]]:
    """Without the rates."""
    return {row.key: (*row.cells[2:6], *row.cells[9:]) for row in _table(figures, name).rows}
