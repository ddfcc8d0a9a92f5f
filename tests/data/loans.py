"""About 800 ordinary loans of the archive and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from complaints import END, Row
from words import ITEMS, PURPOSES, SECRECY

if TYPE_CHECKING:
    from draw import Draw
    from people import Person

FIRST_DAY, LAST_DAY = date(2026, 1, 4), date(2026, 2, 26)
CLOSED = (date(2026, 2, 15), date(2026, 2, 23))


@dataclass(frozen=True)
class Loan:
    """One line of loans.csv."""

    number: str
    item: str
    borrower: str
    department: str
    lent_at: datetime
    quantity: str = "1"
    secrecy: str = "internal"
    purpose: str = "维修参考"
    regulation: str = ""


def loans(draw: Draw, people: list[Person]) -> tuple[list[Loan], list[Row]]:
    """The loans in order of lending, and their events."""
    found: list[Loan] = []
    events: list[Row] = []
    day = FIRST_DAY
    while day <= LAST_DAY:
        open_today = day.weekday() < 5 or day in (date(2026, 1, 4), date(2026, 2, 14))  # two make-up days
        for serial in range(1, draw.between(21, 26) if open_today and not CLOSED[0] <= day <= CLOSED[1] else 0):
            lent = datetime.combine(day, time(draw.between(9, 17), draw.between(0, 59), draw.between(0, 59)))
            person = draw.pick(people)
            loan = Loan(
                number=f"JY{day:%y%m%d}-{serial:02d}",
                item=f"{draw.pick(ITEMS)} {draw.between(2019, 2025)}-{draw.between(1, 60):02d}",
                borrower=person.name,
                department=person.department,
                lent_at=lent,
                quantity=draw.pick(("1",) * 8 + ("2",)),
                secrecy=draw.pick(SECRECY),
                purpose=draw.pick(PURPOSES),
                regulation="utility-library" if draw.chance(0.12) else "",
            )
            found.append(loan)
            events += _story(draw, loan)
        day += timedelta(days=1)
    found.sort(key=lambda loan: loan.lent_at)
    return found, [event for event in events if event.at <= END]


def _story(draw: Draw, loan: Loan) -> list[Row]:
    """Most come back within a fortnight; some are renewed, some forgotten, one in a hundred is lost."""
    kept = draw.weighted(((0.8, (0, 6)), (0.08, (7, 30)), (0.05, (31, 45)), (0.03, None), (0.04, "renewed")))
    if kept is None:
        if draw.chance(0.2):
            return [Row(loan.number, "lost", loan.lent_at + timedelta(days=draw.between(10, 40)), loan.borrower)]
        return []
    if kept == "renewed":
        told = [Row(loan.number, "renewed", _counter(draw, loan.lent_at, draw.between(20, 30)), loan.borrower)]
        if draw.chance(0.7):
            told.append(Row(loan.number, "returned", _counter(draw, told[0].at, draw.between(3, 25)), loan.borrower))
        return told
    days = draw.between(*kept)
    if days == 0:
        return [Row(loan.number, "returned", loan.lent_at + draw.minutes(10, 240), loan.borrower)]
    return [Row(loan.number, "returned", _counter(draw, loan.lent_at, days), loan.borrower)]


def _counter(draw: Draw, since: datetime, days: int) -> datetime:
    """A moment at the archive's counter so many days on; it takes things back on every day."""
    return datetime.combine(since.date() + timedelta(days=days), time(8)) + draw.minutes(30, 600)
