"""Where figures go wrong: what happens exactly when it is due or a second later, and at the turn of a month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from complaints import Complaint, Row
from loans import Loan
from words import ARCHIVE, SHOPS

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 3600, 86400))


class Edges(NamedTuple):
    """Cases at the edges of a year's months, and what happened to them."""

    complaints: list[Complaint]
    loans: list[Loan]
    events: list[Row]


def edges(year: int) -> Edges:
    """A few at the turn of each month."""
    found = Edges([], [], [])
    for month in range(1, 13):
        turn = datetime(year, month, 1)  # noqa: DTZ001 -- local as everything here
        following = datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001
        _at_midnight(found, turn, following)
        if month > 1:
            _before_midnight(found, turn)
            _over_midnight(found, turn)
        _lent(found, turn, following)
    return found


def _complaint(found: Edges, name: str, received: datetime, customer: str, regulation: str = "") -> str:
    number = f"E{received:%y%m%d}-{name}"
    department = SHOPS[received.month % len(SHOPS)]
    words = ("phone", "major", department, "", "交车延误", "月初月末", regulation)
    found.complaints.append(Complaint(number, received, customer, "13900009999", *words))
    return number


def _at_midnight(found: Edges, turn: datetime, following: datetime) -> None:
    """Received in the first second of the month, everything done exactly when due, closed when the month is over.

    The same customer each month: from April to May and so on it is exactly thirty days.
    """
    number = _complaint(found, "on-the-dot", turn, "月女士")
    result = turn + 20 * HOUR
    for event, at in (
        ("first_contact", turn + 10 * MINUTE),
        ("follow_up", turn + 40 * MINUTE),
        ("result_returned", result),
        ("revisited", result + 72 * HOUR),
        ("closed", following),
    ):
        extra = {"satisfaction": "satisfied"} if event == "revisited" else {}
        found.events.append(Row(number, event, at, "", extra))


def _before_midnight(found: Edges, turn: datetime) -> None:
    """Received in the last second of the month before and a second late each time; due and done exactly at midnight."""
    number = _complaint(found, "a-second-late", turn - SECOND, f"{turn.month}先生")
    result = turn + 10 * HOUR
    for event, at in (
        ("first_contact", turn + 10 * MINUTE),
        ("follow_up", turn + HOUR),
        ("result_returned", result),
        ("revisited", result + 72 * HOUR + SECOND),
        ("closed", result + 80 * HOUR),
        ("reopened", turn + 20 * DAY),
    ):
        found.events.append(
            Row(number, event, at, "", {"satisfaction": "dissatisfied"} if event == "revisited" else {})
        )
    number = _complaint(found, "due-at-midnight", turn - 10 * MINUTE, f"{turn.month}女士")
    found.events.append(Row(number, "first_contact", turn))
    found.events.append(Row(number, "withdrawn", turn))


def _over_midnight(found: Edges, turn: datetime) -> None:
    """Due at midnight and never done; reopened and closed at midnight; the last two of five attempts after it."""
    number = _complaint(found, "nobody-called", turn - 10 * MINUTE, f"{turn.month}老师")
    found.events.append(Row(number, "closed", turn + 5 * DAY))
    _complaint(found, "another-regulation", turn - 2 * DAY, f"{turn.month}老师", "workshop-complaints")
    number = _complaint(found, "closed-again-at-midnight", turn - 5 * DAY, f"{turn.month}经理")
    for event, at in (("closed", turn - 4 * DAY), ("reopened", turn - 3 * DAY), ("closed", turn)):
        found.events.append(Row(number, event, at))
    number = _complaint(found, "tried-five-times", turn - 3 * DAY, f"{turn.month}师傅")
    found.events.append(Row(number, "result_returned", turn - 60 * HOUR))
    for hours in (-48, -24, -5, 5, 9):
        found.events.append(Row(number, "unreachable", turn + hours * HOUR, "", {"outcome": "no_answer"}))
    found.events.append(Row(number, "closed", turn + DAY))


def _lent(found: Edges, turn: datetime, following: datetime) -> None:
    """Lent so that the last day of the month is the due day; back in its last second, and a second after it."""
    last = following - SECOND
    for name, back in (("on-the-last-second", last), ("a-second-late", following), ("renewed", last)):
        lent = last - 30 * DAY - 5 * HOUR
        number = f"L{turn:%y%m}-{name}"
        if lent.year == turn.year:
            found.loans.append(Loan(number, f"月末资料 {number}", "月末借阅人", ARCHIVE, lent, secrecy="secret"))
            found.events.append(Row(number, "renewed" if name == "renewed" else "returned", back))
