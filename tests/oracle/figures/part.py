"""What of some cases counts in a period, as plain lists; every figure is a length or a share of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle.figures.cases import known_at
from tests.oracle.figures.time import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tests.oracle.figures.cases import Case
    from tests.oracle.figures.clocks import Deadline
    from tests.oracle.figures.time import Period
    from tests.oracle.files import Happened

CONTACTS = ("revisited", "second_contact")
REPEAT_DAYS = 30


class Owned(NamedTuple):
    """A deadline and the case it belongs to."""

    case: Case
    deadline: Deadline

    @property
    def key(self) -> str:
        """The rule by its regulation."""
        return f"{self.case.regulation}/{self.deadline.rule}"


class Told(NamedTuple):
    """An event and the case it belongs to."""

    case: Case
    event: Happened


@dataclass(frozen=True, eq=False)
class Part:
    """Cases of one kind as they were known at the end of a period."""

    cases: list[Case]
    period: Period
    repeated: frozenset[str] = field(default=frozenset())
    """Numbers of complaints that came soon after an equal one, whoever is looked at."""

    def where(self, holds: Callable[[Case], bool]) -> Part:
        """Only some of the cases."""
        return Part([case for case in self.cases if holds(case)], self.period, self.repeated)

    # -- cases ------------------------------------------------------------------------------------------------

    @cached_property
    def received(self) -> list[Case]:
        """Opened in the period."""
        return [case for case in self.cases if self.period.has(case.opened)]

    def _turned(self, *, opened: bool) -> list[tuple[Case, str]]:
        return [
            (case, turn.how)
            for case in self.cases
            for turn in case.turns[1:]
            if turn.open == opened and self.period.has(turn.at)
        ]

    @cached_property
    def reopened(self) -> list[Case]:
        """Opened again in the period, as often as that happened."""
        return [case for case, _how in self._turned(opened=True)]

    def closed(self, *how: str) -> list[Case]:
        """Closed in the period (in one of these ways), as often as that happened."""
        return [case for case, way in self._turned(opened=False) if not how or way in how]

    def open_at(self, at: datetime) -> list[Case]:
        """Open just before a moment."""
        return [case for case in self.cases if case.is_open_at(at)]

    @cached_property
    def open_end(self) -> list[Case]:
        """Open when the period ends."""
        return self.open_at(self.period.until)

    @cached_property
    def overdue_end(self) -> list[Case]:
        """Of those the ones in which something runs late."""
        return [case for case in self.open_end if self.late_clocks(case)]

    def late_clocks(self, case: Case) -> int:
        """How many of its clocks run late when the period ends."""
        return sum(one.overdue_at(self.period.until) for one in case.deadlines)

    @cached_property
    def again(self) -> list[Case]:
        """Received in the period, soon after an equal one."""
        return [case for case in self.received if case.row["number"] in self.repeated]

    # -- clocks -----------------------------------------------------------------------------------------------

    @cached_property
    def due(self) -> list[Owned]:
        """Everything that fell due in the period."""
        return [
            Owned(case, one)
            for case in self.cases
            for one in case.deadlines
            if self.period.has(one.due) and not one.void
        ]

    @cached_property
    def on_time(self) -> list[Owned]:
        """Of that what was done by then, the last second included."""
        return [one for one in self.due if one.deadline.met is not None and one.deadline.met <= one.deadline.due]

    @cached_property
    def late(self) -> list[Owned]:
        """Done, but after it was due."""
        return [one for one in self.due if one.deadline.met is not None and one.deadline.met > one.deadline.due]

    @cached_property
    def missed(self) -> list[Owned]:
        """Not done by the end of the period."""
        return [one for one in self.due if one.deadline.met is None]

    @cached_property
    def given_up(self) -> list[Owned]:
        """What was over in the period because nobody could be reached."""
        return [
            Owned(case, one)
            for case in self.cases
            for one in case.deadlines
            if one.met is None and one.by == "unreachable" and self.period.has(one.ended)
        ]

    # -- events -----------------------------------------------------------------------------------------------

    def told(self, *names: str) -> list[Told]:
        """Events of these names in the period."""
        return [Told(case, event) for case in self.cases for event in case.happened(self.period, *names)]

    @cached_property
    def judged(self) -> list[Told]:
        """Contacts at which the customer said how satisfied they were."""
        return [one for one in self.told(*CONTACTS) if one.event.fields.get("satisfaction")]


def part_of(everything: list[Case], kind: str, period: Period, regulation: str = "") -> Part:
    """All cases of a kind (under one regulation) that had come before the end of a period."""
    of_kind = [case for case in everything if case.kind == kind]
    own = [case for case in of_kind if regulation in ("", case.regulation)]
    # a customer who comes again does not ask under which regulation
    return Part(known_at(own, period.until), period, frozenset(_repeated(of_kind) if kind == "complaint" else ()))


def _repeated(cases: Iterable[Case]) -> Iterable[str]:
    """The numbers of those that came within so many days after one of the same person about the same category.

    Two who did not give their names are not the same person.
    """
    heard: dict[tuple[str, str, str], list[Case]] = {}
    for case in (case for case in cases if case.row["customer"]):
        heard.setdefault((case.row["customer"], case.row["phone"], case.row["category"]), []).append(case)
    for same in heard.values():
        same.sort(key=lambda case: case.opened)
        yield from (
            case.row["number"] for before, case in pairwise(same) if case.opened - before.opened <= REPEAT_DAYS * DAY
        )
