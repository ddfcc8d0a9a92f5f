"""The loans of standard-loans and utility-library, walked day by day: everything is told at nine in the morning."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle.complaints import Step

if TYPE_CHECKING:
    from tests.oracle.files import Happened, Row

DAY = timedelta(days=1)
NINE = time(9)
OVER = ("returned", "lost", "closed", "withdrawn")

STEPS: dict[str, dict[int, tuple[str, tuple[str, ...]]]] = {
    "standard-loans": {
        -3: ("remind-1", ("borrower",)),
        -1: ("remind-2", ("borrower",)),
        0: ("due", ("borrower",)),
        3: ("escalate-1", ("department_manager",)),
        7: ("escalate-2", ("archive_manager",)),
    },
    "utility-library": {
        -3: ("remind-1", ("borrower",)),
        0: ("due", ("borrower",)),
        1: ("escalate-1", ("borrower", "librarian")),
    },
}
BLOCKED_AFTER = {"standard-loans": 7, "utility-library": 0}
"""Days late from which the borrower may take nothing else."""
ITEMS_AT_ONCE = 5
RENEWALS = 2


class Loan(NamedTuple):
    """A loan and what happened to it, in order; `place` is its line in the file."""

    key: str
    regulation: str
    lent_at: datetime
    row: Row
    events: list[Happened]
    place: int


def term_after(day: date, regulation: str) -> date:
    """The last day of a term that is counted from this day."""
    if regulation == "standard-loans":
        return day + 30 * DAY
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def steps_of(loan: Loan, end: datetime) -> list[Step]:
    """Every step of the loan's terms up to `end`."""
    found: list[Step] = []
    start, due, number = loan.lent_at, term_after(loan.lent_at.date(), loan.regulation), 1
    for event in [*loan.events, None]:
        if event and event.name != "renewed" and event.name not in OVER:
            continue
        ended_at = event.at if event else None
        day = start.date()
        while datetime.combine(day, NINE) <= end:
            morning = datetime.combine(day, NINE)
            distance = (day - due).days
            in_term = morning > start and (ended_at is None or morning < ended_at)
            if in_term and distance in STEPS[loan.regulation]:
                step, roles = STEPS[loan.regulation][distance]
                found.append(Step("return", number, step, morning, roles))
            day += DAY
        if event is None or event.name in OVER:
            break
        start, due, number = event.at, term_after(due, loan.regulation), number + 1
    return found


def flags_of(loans: list[Loan], end: datetime) -> list[tuple[Loan, Step]]:
    """What came in although the rules forbid it, told to the librarian at the moment it happened."""
    found = []
    for loan in loans:
        renewals = [event.at for event in _before_over(loan) if event.name == "renewed"]
        for number, at in enumerate(renewals[RENEWALS:], 1):
            found.append((loan, Step("third-renewal", number, "opens", at, ("librarian",))))
        at = loan.lent_at
        others = [
            other
            for other in loans
            if other.row["borrower"] == loan.row["borrower"]
            and other.regulation == loan.regulation
            and (other.lent_at, other.place) < (at, loan.place)
            and not any(event.name in OVER and event.at <= at for event in other.events)
        ]
        items = sum(int(other.row["quantity"] or 1) for other in [*others, loan])
        if items > ITEMS_AT_ONCE:
            found.append((loan, Step("items-at-once", 1, "opens", at, ("librarian",))))
        if any(is_blocking(other, at) for other in others):
            found.append((loan, Step("overdue-block", 1, "opens", at, ("librarian",))))
    return [(loan, step) for loan, step in found if step.at <= end]


def is_blocking(loan: Loan, at: datetime) -> bool:
    """Whether an open loan is so late at that moment that its borrower may take nothing else."""
    due = term_after(loan.lent_at.date(), loan.regulation)
    for event in loan.events:
        if event.name == "renewed" and event.at <= at:
            due = term_after(due, loan.regulation)
    late = (at.date() - due).days
    return late >= 1 and late >= BLOCKED_AFTER[loan.regulation]


def _before_over(loan: Loan) -> list[Happened]:
    for index, event in enumerate(loan.events):
        if event.name in OVER:
            return loan.events[:index]
    return loan.events
