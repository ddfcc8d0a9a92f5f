"""Collect a statement: read once, count every window and department by the same code, and put it into tables."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from models.store.database import reading
from tasks.statistics import clocks, complaints, loans, opened, penalties, revisit, words
from tasks.statistics.caselist import case_list, chosen
from tasks.statistics.columns import snapshot
from tasks.statistics.counting import Counted
from tasks.statistics.figures import Collected, Figures
from tasks.statistics.findings import findings
from tasks.statistics.headlines import headlines
from tasks.statistics.opened import oldest_ids
from tasks.statistics.packs import read_packs
from tasks.statistics.phrases import phrase_of
from tasks.statistics.reading import StatementReader
from tasks.statistics.scope import Scope
from tasks.statistics.stations import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Engine

    from models.calendar.periods import Period
    from tasks.organisation.deployment import Deployment
    from tasks.statistics.packs import Packs
    from tasks.statistics.reading import Read
    from tasks.statistics.stations import Side

    Three = tuple[Counted, Counted, Counted]

LOAN = "loan"


def collected(
    engine: Engine, deployment: Deployment, period: Period, *, regulation: str, data_at: datetime
) -> Collected:
    """The figures of a period and the cases behind them."""
    zone = deployment.zone
    end = max(min(period.until, data_at.astimezone(UTC).replace(microsecond=0)), period.since)
    compared = (period.before(zone), period.year_ago(zone))
    spans = [(period.since, end), *((one.since, one.until) for one in compared)]
    windows = [Window(int(since.timestamp()), int(until.timestamp())) for since, until in spans]
    with reading(engine) as connection:
        packs = read_packs(connection, regulation)
    with snapshot(engine) as columns:
        reader = StatementReader(columns, packs, windows, regulation)
        found = reader.read(
            repeat_days=deployment.settings.repeat_days,
            data_at=data_at,
            carried_over=bool(deployment.settings.penalty_cap_month) or packs.have_caps,
            calendar=deployment.calendar,
        )
        windows = [windows[0], *(one._replace(data=found.first_case < one.until) for one in windows[1:])]
        complaints_kind, loans_kind = _kinds(packs, regulation, found)
        common = {
            "deployment": deployment,
            "calendar": deployment.calendar,
            "packs": packs,
            "buckets": period.buckets(zone),
            "buckets_year_ago": compared[1].buckets(zone),
            "end": end,
            "only_loans": not complaints_kind,
            "has_loans": loans_kind,
        }
        scopes = {"": _scope(common, found.complaints, found.loans, windows)}
        for name in sorted({*found.complaints.departments(), *found.loans.departments()}):
            part = _scope(common, found.complaints.of(name), found.loans.of(name), windows)
            if _has_anything(part):
                scopes[name] = part
        listed = chosen(scopes[""], deployment.settings.statement_cases)
        shown = [one.ids for one in listed.parts]
        shown += [oldest_ids(part.complaints[0]) for part in scopes.values()]
        out = scopes[""].loans[0].ids(scopes[""].loans[0].closing)
        with many_objects():
            details = reader.details(np.unique(np.concatenate([*shown, out])))
        terms = reader.terms(out)
    for part in scopes.values():
        part.details, part.terms = details, terms
        part.out = loans.still_out(part)
    parts = {name: _figures(part, period, regulation, name, data_at) for name, part in scopes.items()}
    with many_objects():
        return Collected(parts=parts, cases=case_list(scopes[""], listed))


@contextmanager
def many_objects() -> Iterator[None]:
    """While so many objects are made that all stay, looking for garbage costs as much as making them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _kinds(packs: Packs, regulation: str, found: Read) -> tuple[bool, bool]:
    """Whether there are complaints and loans to speak of; the whole organisation always speaks of complaints."""
    if regulation:
        content = packs.contents.get(regulation)
        is_loan = content.kind == LOAN if content else len(found.loans.cases) > 0
        return not is_loan, is_loan
    return True, len(found.loans.cases) > 0 or any(one.kind == LOAN for one in packs.contents.values())


def _scope(common: dict[str, Any], complaints_side: Side, loans_side: Side, windows: Sequence[Window]) -> Scope:
    packs = common["packs"]
    return Scope(
        **common,
        complaints=_three(complaints_side, windows),
        loans=_three(loans_side, windows),
        penalties=penalties.penalties_of(complaints_side, packs).joined(penalties.penalties_of(loans_side, packs)),
    )


def _three(side: Side, windows: Sequence[Window]) -> Three:
    now, before, year_ago = (Counted(side, window) for window in windows)
    return now, before, year_ago


def _has_anything(scope: Scope) -> bool:
    """Whether a department has something in the period, or open at its end."""
    sides = (scope.complaints[0], scope.loans[0])
    counts = (one for side in sides for one in (side.received, side.closed, side.reopened, side.closing, side.due))
    window = sides[0].window
    return any(one.any() for one in counts) or len(scope.penalties.inside(window)) > 0


def _figures(scope: Scope, period: Period, regulation: str, department: str, data_at: datetime) -> Figures:
    tables = [] if scope.only_loans else [*complaints.tables(scope)]
    if scope.only_loans:
        tables.append(complaints.trend(scope))
    else:
        tables += [*clocks.tables(scope), *revisit.tables(scope)]
    if scope.penalties or not scope.only_loans:
        cap, zone = scope.deployment.settings.penalty_cap_month, scope.deployment.zone
        tables += penalties.tables(scope.penalties, scope.complaints[0].window, cap, zone)
    if not scope.only_loans:
        tables += opened.tables(scope)
    if scope.has_loans:
        tables += loans.tables(scope, clocks.clocks(scope, loans=True))
    content = scope.packs.contents.get(regulation)
    figures = Figures(
        cadence=period.cadence,
        period=period.label,
        since=period.since,
        until=period.until,
        zone=scope.deployment.settings.timezone,
        data_at=data_at,
        regulation=regulation,
        regulation_title=phrase_of(content.title) if content else None,
        department=department,
        headlines=headlines(scope),
        sections=words.sections(tables),
        tables=tuple(tables),
    )
    return figures.model_copy(update={"findings": findings(figures, provisional=scope.end < period.until)})
