"""When things fell due and when they were done: the tables of the regulations, and arithmetic with pauses."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle.clocks import CLOCKS
from tests.oracle.complaints import CLOSED, ROUND_OVER, pauses_of, rounds_of
from tests.oracle.loans import OVER, term_after

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.oracle.clocks import Clock
    from tests.oracle.files import Happened, Row

Pauses = list[tuple[datetime, datetime]]
NEVER = datetime(9999, 1, 1)  # noqa: DTZ001 -- local time like everything here
LAST_SECOND = time(23, 59, 59)


class Deadline(NamedTuple):
    """Something that has to be done by `due` (`NEVER` in a pause without end).

    Over at `ended` by the event `by`, which is also `met` when that did it; `stops` are the events that do.
    """

    rule: str
    start: datetime
    due: datetime
    met: datetime | None
    ended: datetime | None
    by: str
    stops: tuple[str, ...]
    fined: datetime = NEVER
    """When its fine falls, if it is not over by then."""

    @property
    def void(self) -> bool:
        """Over before it fell due without being done: it never counts."""
        return self.met is None and self.ended is not None and self.ended <= self.due

    def overdue_at(self, at: datetime) -> bool:
        """Whether it had fallen due before that moment and was neither done nor over."""
        return self.due < at and (self.ended is None or self.ended >= at)


def complaint_deadlines(regulation: str, row: Row, opened: datetime, events: list[Happened]) -> list[Deadline]:
    """Every deadline of a complaint, of each round and each start."""
    pauses = pauses_of(events)
    found = []
    for clock in CLOCKS[regulation](row):
        limits = [limit for limit, step, _roles in clock.steps if step == "due"]
        if not limits:
            continue
        for happened in rounds_of(regulation, row, opened, events):
            for index, event in enumerate(happened):
                if event.name in (*CLOSED, ROUND_OVER):
                    break
                if clock.begins(event):
                    end = _end(clock, event.at, happened[index + 1 :], pauses)
                    ended = end.at if end else None
                    known = [pause for pause in pauses if ended is None or pause[0] < ended]
                    due = _due(event.at, limits[0], known)
                    by = end.name if end else ""
                    met = ended if by in clock.stops else None
                    fined = _due(event.at, clock.fine_after or limits[0], known)
                    found.append(Deadline(clock.rule, event.at, due, met, ended, by, clock.stops, fined))
                    if not clock.each_start:
                        break
    return found


def _end(clock: Clock, start: datetime, following: list[Happened], pauses: Pauses) -> Happened | None:
    """The event that did it, or with which it was over; None while it runs."""
    attempts = 0
    for event in following:
        if event.name in clock.stops and _counted(start, event.at, pauses) >= clock.not_before:
            return event
        attempts += event.name == "unreachable"
        wrong = event.name == "unreachable" and event.fields.get("outcome") in clock.wrong_data
        again = clock.each_start and clock.begins(event)
        if event.name in (*CLOSED, ROUND_OVER) or attempts == clock.attempts or wrong or again:
            return event
    return None


def _stretches(start: datetime, end: datetime, pauses: Pauses) -> Iterator[tuple[datetime, datetime]]:
    """The stretches from start to end that count: between any two edges a pause covers all or nothing."""
    edges = sorted({start, end, *(edge for pause in pauses for edge in pause if start < edge < end)})
    for one, then in pairwise(edges):
        if not any(since <= one < until for since, until in pauses):
            yield one, then


def _counted(start: datetime, at: datetime, pauses: Pauses) -> timedelta:
    """How much time had counted between two moments."""
    return sum((then - one for one, then in _stretches(start, at, pauses)), timedelta())


def _due(start: datetime, limit: timedelta, pauses: Pauses) -> datetime:
    """When so much time has counted; `NEVER` while a pause has no end."""
    for one, then in _stretches(start, NEVER, pauses):
        if limit <= then - one:
            return one + limit
        limit -= then - one
    return NEVER


def loan_deadlines(regulation: str, _row: Row, opened: datetime, events: list[Happened]) -> list[Deadline]:
    """The terms of a loan: each renewal begins a new one that counts from the due day before, reopening one anew."""
    found = []
    start, due, stops = opened, term_after(opened.date(), regulation), ("returned", "renewed")
    is_out = True
    for event in events:
        if event.name not in ("renewed", "reopened", *OVER):
            continue
        if is_out:
            met = event.at if event.name in stops else None
            found.append(Deadline("return", start, _end_of(due), met, event.at, event.name, stops))
        if event.name == "reopened":
            start, due, is_out = event.at, term_after(event.at.date(), regulation), True
        elif event.name in OVER:
            is_out = False
        elif is_out:
            start, due = event.at, term_after(due, regulation)
    return [*found, Deadline("return", start, _end_of(due), None, None, "", stops)] if is_out else found


def _end_of(day: date) -> datetime:
    return datetime.combine(day, LAST_SECOND)
