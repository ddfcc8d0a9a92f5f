"""The loans of the sample years: most come back within days, some are renewed, some forgotten, a few lost."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from complaints import Row
from loans import Loan
from seasons import NORTH, days_of, loans_on, spread
from words import ITEMS, PURPOSES, SECRECY

if TYPE_CHECKING:
    from draw import Draw
    from people import Person


def year_of_loans(draw: Draw, people: list[Person], year: int, count: int) -> tuple[list[Loan], list[Row]]:
    """So many loans of one year in order of lending, and their events."""
    found: list[Loan] = []
    events: list[Row] = []
    for day, of_day in zip(days_of(year), spread(count, days_of(year), loans_on), strict=True):
        for serial in range(1, of_day + 1):
            person = draw.pick(people)
            loan = Loan(
                number=f"JY{day:%y%m%d}-{serial:02d}",
                item=f"{draw.pick(ITEMS)} {draw.between(2015, year)}-{draw.between(1, 60):02d}",
                borrower=person.name,
                department=person.department,
                lent_at=datetime.combine(day, time(draw.between(9, 17), draw.between(0, 59), draw.between(0, 59))),
                quantity=draw.pick(("1",) * 9 + ("2",)),
                secrecy=draw.pick(SECRECY),
                purpose=draw.pick(PURPOSES),
                regulation="utility-library" if draw.chance(0.12) else "",
            )
            found.append(loan)
            events += _story(draw, loan)
    found.sort(key=lambda loan: loan.lent_at)
    return found, events


def _story(draw: Draw, loan: Loan) -> list[Row]:
    careless = 0.05 if loan.department == NORTH else 0.0
    kept = draw.weighted(
        (
            (0.83 - careless, (0, 6)),
            (0.06, (7, 29)),
            (0.04 + careless, (31, 55)),
            (0.01, "forgotten"),
            (0.06, "renewed"),
        )
    )
    if kept == "forgotten":
        lost = Row(loan.number, "lost", loan.lent_at + timedelta(days=draw.between(10, 90)), loan.borrower)
        found = _counter(draw, loan.lent_at, draw.between(60, 250))
        return draw.weighted(((0.3, [lost]), (0.5, [Row(loan.number, "returned", found, loan.borrower)]), (0.2, [])))
    told: list[Row] = []
    since = loan.lent_at
    if kept == "renewed":
        for _ in range(draw.weighted(((0.7, 1), (0.25, 2), (0.05, 3)))):
            since = _counter(draw, since, draw.between(12, 28))
            told.append(Row(loan.number, "renewed", since, loan.borrower))
        kept = draw.weighted(((0.9, (3, 25)), (0.1, (40, 80))))
    days = draw.between(*kept)
    back = _counter(draw, since, days) if days else since + draw.minutes(10, 240)
    return [*told, Row(loan.number, "returned", back, loan.borrower)]


def _counter(draw: Draw, since: datetime, days: int) -> datetime:
    """A moment at the archive's counter so many days on."""
    return datetime.combine(since.date() + timedelta(days=days), time(8)) + draw.minutes(30, 600)
