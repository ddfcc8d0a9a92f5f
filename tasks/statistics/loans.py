"""Loans: lent, returned, renewed, lost, everything that is still out, and who may not borrow for now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calendar.instants import iso
from tasks.organisation.masking import HIDDEN, is_secret
from tasks.statistics import words
from tasks.statistics.columns import NEVER
from tasks.statistics.complaints import compared
from tasks.statistics.counting import total
from tasks.statistics.figures import FigureRow
from tasks.statistics.phrases import phrase
from tasks.statistics.revisit import named, per_department
from tasks.statistics.scope import Out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasks.statistics.counting import Counted
    from tasks.statistics.figures import Cell, FigureTable
    from tasks.statistics.scope import Scope


def other_endings(counted: Counted) -> Any:
    """Closed neither by return nor by loss."""
    return counted.closed - counted.ended_as("returned") - counted.ended_as("lost")


def balance(scope: Scope) -> FigureTable:
    """Out at start + lent + reopened - returned - lost - ended otherwise = out at end."""
    figures: dict[str, Callable[[Counted], int]] = {
        "opening": lambda one: total(one.opening),
        "lent": lambda one: total(one.received),
        "reopened": lambda one: total(one.reopened),
        "returned": lambda one: total(one.ended_as("returned")),
        "lost": lambda one: total(one.ended_as("lost")),
        "other": lambda one: total(other_endings(one)),
        "closing": lambda one: total(one.closing),
        "renewed": lambda one: total(one.renewed),
        "overdue_end": lambda one: total(one.overdue_at_end),
    }
    rows = [
        FigureRow(key=key, cells=(phrase(f"statistics.loan_item.{key}"), *compared(scope, figure, loans=True)))
        for key, figure in figures.items()
    ]
    return words.table("loans_balance", ("item", "value", "before", "year_ago"), rows)


def by_department(scope: Scope) -> FigureTable:
    """The same for each department."""
    now = scope.loans[0]
    columns = [
        now.opening, now.received, now.reopened, now.ended_as("returned"), now.ended_as("lost"), other_endings(now),
        now.closing, now.renewed, now.overdue_at_end,
    ]  # fmt: skip
    rows, sums = per_department(now, columns)
    names = ("opening", "lent", "reopened", "returned", "lost", "other", "out_end", "renewed", "overdue_end")
    return words.table(
        "loans_by_department",
        ("department", *names),
        [FigureRow(key=name, cells=(named(name), *counts)) for name, counts in rows],
        total=(words.total(), *sums),
    )


def days_late(scope: Scope, due_at: datetime | None) -> int:
    """Whole days between the due day and the day of the end."""
    if due_at is None:
        return 0
    zone = scope.deployment.zone
    return max((scope.end.astimezone(zone).date() - due_at.astimezone(zone).date()).days, 0)


def not_returned(scope: Scope) -> FigureTable:
    """Everything that is out, the latest first; secret items are named only to the cleared."""
    zone = scope.deployment.zone
    rows = []
    for loan in sorted(scope.out, key=lambda one: (-days_late(scope, one.due_at), one.due_at or scope.end, one.number)):
        due_on = loan.due_at.astimezone(zone).date().isoformat() if loan.due_at else None
        rest: tuple[Cell, ...] = (
            loan.borrower,
            loan.department or words.no_department(),
            iso(loan.lent_at),
            due_on,
            days_late(scope, loan.due_at),
        )
        cells = (loan.number, loan.item, loan.purpose, *rest)
        masked = (loan.number, HIDDEN, HIDDEN if loan.purpose else "", *rest) if loan.secret else ()
        rows.append(FigureRow(key=loan.number, cells=cells, secret=loan.secret, masked=masked))
    columns = ("number", "thing", "purpose", "borrower", "department", "lent_at", "due_on", "days_late")
    return words.table("not_returned", columns, rows)


def suspended(scope: Scope) -> FigureTable:
    """Borrowers, and where a gate says so departments, that may not borrow at the end of the period."""
    calendar, zone = scope.calendar, scope.deployment.zone
    today: date = scope.end.astimezone(zone).date()
    found: dict[tuple[str, str, str], list[Out]] = {}
    articles = {}
    for gate in scope.packs.suspensions():
        for loan in scope.out:
            late = any(calendar.shift(due.astimezone(zone).date(), gate.late_by) <= today for due in loan.running_late)
            if loan.regulation != gate.regulation or not late:
                continue
            of_department = gate.person == "department"
            who = loan.department if of_department else loan.borrower
            if who:
                key = (gate.regulation, who, "" if of_department else loan.department)
                found.setdefault(key, []).append(loan)
                articles[key] = gate.article
    since = {key: min(min(loan.running_late) for loan in loans) for key, loans in found.items()}
    rows = []
    for key in sorted(found, key=lambda key: (since[key], key)):
        regulation, who, department = key
        count = len({loan.number for loan in found[key]})
        title = scope.regulation_title(regulation)
        cells = (who, department, title, articles[key], count, days_late(scope, since[key]))
        rows.append(FigureRow(key="/".join(key), cells=cells))
    columns = ("suspended", "department", "regulation", "article", "late_loans", "days_late")
    return words.table("suspended", columns, rows)


def still_out(scope: Scope) -> list[Out]:
    """The loans of `not_returned`, with what is shown of them."""
    now = scope.loans[0]
    places = np.flatnonzero(now.closing)
    cases = now.side.cases
    late: dict[int, list[datetime]] = {}
    clocks = now.side.clocks
    which = now.running_late
    for pos, due in zip(
        clocks["pos"].to_numpy()[which].tolist(), clocks["due"].to_numpy()[which].tolist(), strict=True
    ):
        late.setdefault(pos, []).append(datetime.fromtimestamp(due, UTC))
    regulation = cases["regulation"].to_numpy()
    departments = cases["department"].astype(object).to_numpy()
    found = []
    for pos in places.tolist():
        case = int(cases["id"].iat[pos])
        shown, due = scope.details[case], scope.terms.get(case, NEVER)
        found.append(
            Out(
                number=shown.number,
                regulation=scope.packs.names[regulation[pos]] if regulation[pos] >= 0 else "",
                item=shown.item,
                purpose=shown.purpose,
                secret=is_secret({"secrecy": shown.secrecy}),
                borrower=shown.party,
                department=departments[pos],
                lent_at=datetime.fromtimestamp(int(cases["opened"].iat[pos]), UTC),
                due_at=None if due == NEVER else datetime.fromtimestamp(due, UTC),
                running_late=tuple(late.get(pos, ())),
            )
        )
    return found


def tables(scope: Scope, clocks: FigureTable) -> Sequence[FigureTable]:
    """Those of the section loans."""
    return [balance(scope), by_department(scope), clocks, not_returned(scope), suspended(scope)]
