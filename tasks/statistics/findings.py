"""What the figures say, as sentences a manager can act on: the worst first, each with its figure.

They are read from the tables, so that they never say anything else than these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models.wording.catalogue import say
from tasks.statistics import words
from tasks.statistics.figures import Finding
from tasks.statistics.phrases import in_each, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from tasks.statistics.figures import FigureRow, Figures

AT_MOST = 8
ENOUGH = 5
"""A rate of fewer clocks than this says nothing about a department."""
NOTICEABLE = 0.02
OLD_DAYS = 30
FEW = 3
"""So many names are read at a glance."""


class _WeighedFinding(NamedTuple):
    weight: float
    finding: Finding


def findings(figures: Figures, *, provisional: bool) -> tuple[Finding, ...]:
    """Up to eight sentences; a calm period gets a good one."""
    said = sorted(_all(figures), key=lambda one: -one.weight)
    found = [one.finding for one in said][: AT_MOST - provisional]
    if not found:
        found.append(_calm(figures))
    return (*((words.provisional(),) if provisional else ()), *found)


def _all(figures: Figures) -> Iterator[_WeighedFinding]:
    for about in (_clocks, _breaches, _backlog, _customers, _postponed, _loans):
        yield from about(figures)


def _say(weight: float, tone: Literal["bad", "watch", "good"], sentence: str, **values: object) -> _WeighedFinding:
    return _WeighedFinding(weight, Finding(text=phrase(f"statistics.finding.{sentence}", **values), tone=tone))


def _cells(figures: Figures, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table by column."""
    found = figures.table(table)
    for row in found.rows if found else ():
        yield _named(figures, table, row)


def _named(figures: Figures, table: str, row: FigureRow) -> dict[str, Any]:
    found = figures.table(table)
    return {
        "key": row.key,
        **{one.id: cell for one, cell in zip(found.columns if found else (), row.cells, strict=True)},
    }


def _total(figures: Figures, table: str) -> dict[str, Any]:
    found = figures.table(table)
    if found is None or found.total is None:
        return {}
    return {one.id: cell for one, cell in zip(found.columns, found.total, strict=True)}


def _value(figures: Figures, table: str, key: str, column: str = "value") -> Any:
    return next((row[column] for row in _cells(figures, table) if row["key"] == key), None)


def percent(share: float) -> str:
    """`82.4%`."""
    return f"{share * 100:.1f}%"


# -- what may be said ------------------------------------------------------------------------------------------


def _clocks(figures: Figures) -> Iterator[_WeighedFinding]:
    total = _total(figures, "clocks")
    rate, before = total.get("on_time_rate"), total.get("rate_before")
    if rate is not None and before is not None and before - rate >= NOTICEABLE:
        counts = {name: total[name] for name in ("due", "late", "overdue")}
        yield _say(90, "bad", "clocks_fell", before=percent(before), rate=percent(rate), **counts)
    if figures.department:
        return
    rows = [row for row in _cells(figures, "on_time_by_department") if row["due"] >= ENOUGH]
    fallen = [
        row for row in rows if row["rate_before"] is not None and row["rate_before"] - row["on_time_rate"] >= NOTICEABLE
    ]
    if fallen:
        row = max(fallen, key=lambda one: one["rate_before"] - one["on_time_rate"])
        yield _say(
            88,
            "bad",
            "department_fell",
            department=row["department"],
            before=percent(row["rate_before"]),
            rate=percent(row["on_time_rate"]),
            due=row["due"],
        )
    if len(rows) > 1 and rows[0]["on_time_rate"] < (rate or 0) - NOTICEABLE:
        row = rows[0]
        yield _say(
            80,
            "bad",
            "department_lowest",
            department=row["department"],
            rate=percent(row["on_time_rate"]),
            overall=percent(rate or 0),
            late=row["late"],
            overdue=row["overdue"],
        )


def _breaches(figures: Figures) -> Iterator[_WeighedFinding]:
    rows, total = list(_cells(figures, "breaches")), _total(figures, "breaches")
    if not rows:
        return
    named = {name: rows[0][name] for name in ("rule", "regulation", "article", "breaches")}
    yield _say(70, "bad", "rule_broken_most", share=percent(named["breaches"] / total["breaches"]), **named)


def _backlog(figures: Figures) -> Iterator[_WeighedFinding]:
    opening, closing = (_value(figures, "balance", key) for key in ("opening", "closing"))
    overdue = _total(figures, "by_department").get("overdue_end") or 0
    if overdue:
        yield _say(95, "bad", "overdue", overdue=overdue, closing=closing)
    if opening is not None and closing > opening:
        weight = 60 + min((closing - opening) / max(opening, 1), 1) * 10
        yield _say(weight, "watch", "backlog_grew", more=closing - opening, opening=opening, closing=closing)
    oldest = next(_cells(figures, "longest_open"), None)
    if oldest and oldest["days_open"] >= OLD_DAYS:
        named = {"case": oldest["number"], "department": oldest["department"], "days": oldest["days_open"]}
        yield _say(55, "watch", "oldest", **named)


def _customers(figures: Figures) -> Iterator[_WeighedFinding]:
    total = _total(figures, "revisits")
    if total.get("revisit_rate") is not None and total["revisit_rate"] < 1:
        missing = total["due"] - total["revisited"]
        yield _say(65, "bad", "not_revisited", rate=percent(total["revisit_rate"]), due=total["due"], missing=missing)
    headline = next((one for one in figures.headlines if one.id == "satisfaction_rate"), None)
    total = _total(figures, "satisfaction")
    if headline and headline.value is not None and headline.before is not None:
        drop = headline.before - headline.value
        if drop >= NOTICEABLE and total["judged"] >= ENOUGH:
            rates = {"before": percent(headline.before), "rate": percent(headline.value)}
            counts = {name: total[name] for name in ("judged", "dissatisfied")}
            yield _say(72, "bad", "satisfaction_fell", **rates, **counts)
    total = _total(figures, "repeats")
    if total.get("repeated"):
        most = next(_cells(figures, "repeats"))
        yield _say(
            50,
            "watch",
            "repeated",
            repeated=total["repeated"],
            share=percent(total["share"] or 0),
            category=most["category"],
            most=most["repeated"],
        )


def _postponed(figures: Figures) -> Iterator[_WeighedFinding]:
    waiting = _total(figures, "postponements").get("unanswered") or 0
    if waiting:
        yield _say(62, "watch", "unanswered", waiting=waiting)


def _loans(figures: Figures) -> Iterator[_WeighedFinding]:
    overdue = _value(figures, "loans_balance", "overdue_end") or 0
    if overdue:
        worst = next(_cells(figures, "not_returned"))
        named = {"days": worst["days_late"], "borrower": worst["borrower"], "department": worst["department"]}
        weight = 75 if figures.table("clocks") is None else 58
        yield _say(weight, "bad", "loans_overdue", overdue=overdue, **named)
    names = [str(row["suspended"]) for row in _cells(figures, "suspended")]
    if names:
        yield _say(52, "watch", "suspended", number=len(names), names=in_each(lambda language: _some(names, language)))
    lost = _value(figures, "loans_balance", "lost") or 0
    if lost:
        yield _say(45, "watch", "lost", lost=lost)


def _some(names: Sequence[str], language: str) -> str:
    """The first few names."""
    some = say(language, "list.comma").join(names[:FEW])
    return say(language, "statistics.finding.and_others", names=some) if len(names) > FEW else some


def _calm(figures: Figures) -> Finding:
    """Nothing to complain of."""
    due = (_total(figures, "clocks").get("due") or 0) + (_total(figures, "loans_clocks").get("due") or 0)
    return _say(0, "good", "calm", due=due).finding if due else _say(0, "good", "nothing_due").finding
