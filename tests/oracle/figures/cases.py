"""The cases of the sample files with all that happened to them, and how they stood at the end of a period."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle.figures.clocks import Deadline, complaint_deadlines, loan_deadlines
from tests.oracle.files import Happened, Row, events_by_case, moment, read

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.oracle.figures.time import Period

OVER = {"complaint": ("closed", "withdrawn"), "loan": ("returned", "lost", "closed", "withdrawn")}


class Turn(NamedTuple):
    """A case was opened, closed or opened again; `how` is the event."""

    at: datetime
    open: bool
    how: str


@dataclass(frozen=True, eq=False)
class Case:
    """A line of complaints.csv or loans.csv and its events in order, as far as they had happened."""

    kind: str
    regulation: str
    opened: datetime
    row: Row
    events: list[Happened] = field(repr=False)

    def as_of(self, until: datetime) -> Case:
        """The same case when nothing later had happened yet."""
        if not self.events or self.events[-1].at < until:
            return self
        return Case(self.kind, self.regulation, self.opened, self.row, [one for one in self.events if one.at < until])

    @cached_property
    def turns(self) -> list[Turn]:
        """Its openings and closings in order: what closes a closed case or opens an open one again is none."""
        found = [Turn(self.opened, open=True, how="opened")]
        for event in self.events:
            if found[-1].open and event.name in OVER[self.kind]:
                found.append(Turn(event.at, open=False, how=event.name))
            elif not found[-1].open and event.name == "reopened":
                found.append(Turn(event.at, open=True, how="reopened"))
        return found

    def is_open_at(self, at: datetime) -> bool:
        """Whether it was open just before that moment."""
        state = False
        for turn in self.turns:
            if turn.at < at:
                state = turn.open
        return state

    @cached_property
    def deadlines(self) -> list[Deadline]:
        """Everything about it that ever falls due."""
        of = complaint_deadlines if self.kind == "complaint" else loan_deadlines
        return of(self.regulation, self.row, self.opened, self.events)

    def happened(self, period: Period, *names: str) -> list[Happened]:
        """Its events of these names in a period."""
        return [event for event in self.events if event.name in names and period.has(event.at)]


def cases(folder: Path) -> list[Case]:
    """Every case of the files, with what was recorded late in its place."""
    told = events_by_case([*read(folder / "events.csv"), *read(folder / "events-late.csv")])
    found = []
    for kind, name, opened, default in (
        ("complaint", "complaints.csv", "received_at", "standard-complaints"),
        ("loan", "loans.csv", "lent_at", "standard-loans"),
    ):
        for row in read(folder / name):
            events = told.get(row["number"], [])
            found.append(Case(kind, row["regulation"] or default, moment(row[opened]), row, events))
    return found


def known_at(everything: list[Case], until: datetime) -> list[Case]:
    """What was known of all cases before a moment."""
    return [case.as_of(until) for case in everything if case.opened < until]
