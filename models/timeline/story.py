"""The words of the timeline: what it reads (events), and what it says (pauses, deadlines, the case at an instant)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from models.language.conditions import Match
    from models.language.limits import Penalty

FLAGGED = "flagged"
"""The event by which Duban notes that a fact arrived although a gate forbids it; its field `gate` names the gate."""
ROUNDS_EXHAUSTED = "rounds_exhausted"
"""Derived, never stored: another round would begin, but the regulation allows no more."""
REOPENED = "reopened"
POSTPONEMENT_REQUESTED = "postponement_requested"
POSTPONEMENT_ANSWERS = ("postponement_approved", "postponement_refused")
RESUME = "resume"
"""The step of a plan at which a paused clock goes on by itself."""
BREACH = "breach"
"""The step at which a due instant passes, where the due notice went out before it (on the morning of the due day)."""
REVIEW = "review"
"""The step at which the case is looked at anew: the next term, an event that Duban notes, the next of many steps."""
SILENT = frozenset({RESUME, BREACH, REVIEW})
"""Steps at which only the state changes and nobody is told."""
NOTED_BY = "noted_by"
"""The field of an event that a rule's `on_late` gives; it names the rule. What is stored of it is only the record."""
DERIVED_ID = 2**60
"""Ids of derived events that are on record lie from here on: of one instant they come after what was recorded."""
NOTED_ID = 2**61
"""The id of an event that the timeline derives: it comes after everything recorded for the same instant."""
RAISED = "raised"
"""The event with which the level of a case rises (its field `level`)."""
RAISED_FROM = "raised_from"
"""The field of a case that keeps the level it was given, once Duban has raised it."""


class State(StrEnum):
    """Of a deadline. `late` = met after the due instant, `breached` = passed and not met."""

    OPEN = "open"
    MET = "met"
    LATE = "late"
    BREACHED = "breached"
    PAUSED = "paused"
    VOID = "void"


class Status(StrEnum):
    """Of a case; `waiting` = paused."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OVER = (Status.CLOSED, Status.WITHDRAWN)
"""Of a case in which nothing runs any more. Asked for by `NOT IN` where few rows of another table are to be looked up:
no database takes that for a reason to read all open cases first."""


class Event(NamedTuple):
    """What happened to a case: its name, the instant it happened (UTC), its fields, and its order of arrival."""

    name: str
    at: datetime
    fields: Mapping[str, Any] = {}
    id: int = 0


def matches_any(event: Event, matches: Iterable[Match]) -> bool:
    """Whether one of the matches means the event."""
    for match in matches:  # noqa: SIM110 -- the innermost loop of every clock: twice as fast as any()
        if match.matches(event.name, event.fields):
            return True
    return False


class Suspension(NamedTuple):
    """A half-open stretch that does not count; `until` is None while its end is not known."""

    since: datetime
    until: datetime | None
    why: str
    rules: tuple[str, ...] = ()

    def covers(self, instant: datetime) -> bool:
        """Whether clocks stand still at that instant."""
        return self.since <= instant and (self.until is None or instant < self.until)


class Planned(NamedTuple):
    """An instant at which a step fires (or, for one of `SILENT`, only the state changes)."""

    at: datetime
    step: str


class OwedPenalty(NamedTuple):
    """A penalty that is owed from an instant on; `number` tells those of one deadline apart."""

    number: int
    at: datetime
    penalty: Penalty
    level: str | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A rule applied to one case in one round. Instants are UTC; `due_at` is None while a pause has no end."""

    rule: str
    round: int
    starts_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    state: State
    met_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    limit: str | None = None
    provisional: bool = False
    attempts: int = 0
    plan: tuple[Planned, ...] = ()
    """Of a running clock: every step, and every change of state."""
    past: tuple[Planned, ...] = ()
    """Of a clock that has ended: the steps that had become due before its end."""
    pauses: tuple[Suspension, ...] = ()
    penalties: tuple[OwedPenalty, ...] = ()
    """What is owed for it so far."""
    noted: tuple[Event, ...] = ()
    """What Duban notes because it was not met in time, as far as the instant has come."""
    missing: tuple[str, ...] = ()
    """The clauses of figures without which it has no due instant."""
    soft: bool = False
    """It shows as late, but blocks nobody."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The case as it stands at an instant."""

    status: Status
    round: int
    closed_at: datetime | None
    deadlines: tuple[Deadline, ...]
    noted: tuple[Event, ...] = ()
    """The events that Duban itself notes, in order."""
    level: str | None = None
    """The level of the case now."""
    trouble: str | None = None
    """Which figures are missing, with their clauses; the other rules run."""
