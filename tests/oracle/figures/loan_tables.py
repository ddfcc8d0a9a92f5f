"""The tables about loans, in the same form."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.oracle.figures.shared import Compared, Rows, Tables, clocks, counts, department
from tests.oracle.loans import BLOCKED_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oracle.figures.part import Part


def loan_tables(three: Compared) -> Tables:
    """Every table about loans."""
    now = three.now
    columns: dict[str, Callable[[Part], list[Any]]] = {
        "opening": lambda part: part.open_at(part.period.since),
        "lent": lambda part: part.received,
        "reopened": lambda part: part.reopened,
        "returned": lambda part: part.closed("returned"),
        "lost": lambda part: part.closed("lost"),
        "other": lambda part: part.closed("closed", "withdrawn"),
        "closing": lambda part: part.open_end,
        "renewed": lambda part: part.told("renewed"),
        "overdue_end": lambda part: part.overdue_end,
    }
    by_department = {"out_end" if name == "closing" else name: of(now) for name, of in columns.items()}
    return {
        "loans_headlines": loan_headlines(three),
        "loans_balance": {name: three.cells(lambda part, of=of: len(of(part))) for name, of in columns.items()},
        "loans_by_department": counts(by_department, department),
        "loans_clocks": clocks(three),
        "not_returned": _not_returned(now),
        "suspended": _suspended(now),
    }


def loan_headlines(three: Compared) -> Rows:
    """Those about loans."""
    figures: dict[str, Callable[[Part], Any]] = {
        "loans_lent": lambda part: len(part.received),
        "loans_returned": lambda part: len(part.closed("returned")),
        "loans_out": lambda part: len(part.open_end),
        "loans_overdue": lambda part: len(part.overdue_end),
    }
    return {name: three.cells(figure) for name, figure in figures.items()}


def _not_returned(part: Part) -> Rows:
    today, rows = part.period.until.date(), {}
    for case in part.open_end:
        due = case.deadlines[-1].due.date()
        late = max((today - due).days, 0)
        rows[case.row["number"]] = {
            "thing": case.row["item"],
            "borrower": case.row["borrower"],
            "department": case.row["department"],
            "due_on": due.isoformat(),
            "days_late": late,
        }
    return dict(sorted(rows.items(), key=lambda pair: (-pair[1]["days_late"], pair[1]["due_on"], pair[0])))


def _suspended(part: Part) -> Rows:
    """Whoever has something so late that the regulation lends them nothing else."""
    today = part.period.until.date()
    late: dict[str, list[int]] = defaultdict(list)
    for case in part.overdue_end:
        days = (today - case.deadlines[-1].due.date()).days
        if days >= BLOCKED_AFTER[case.regulation]:
            late[f"{case.regulation}/{case.row['borrower']}/{case.row['department']}"].append(days)
    return {key: {"late_loans": len(days), "days_late": max(days)} for key, days in late.items()}
