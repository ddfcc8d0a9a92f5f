"""What a regulation forbids, counts and lets somebody approve: gates, counters, approvals."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from models.language.calendars import Cadence
from models.language.conditions import Conditions, Matches, holds
from models.language.durations import Duration  # noqa: TC001 -- of a method of a model
from models.language.limits import Limits, PenaltyField, Reminders, Step
from models.language.words import Cite, Hole, IsoDuration, Model, Name, Names, Roles, Text, short_for

Counted = Literal["events", "open_cases", "late_cases"]


class Gate(Model):
    """What the regulation forbids: `record` refuses the guarded event; as an imported fact it is flagged.

    Every part that is given has to be satisfied: the count, `requires`, `inside`, `after`.
    """

    id: Name
    """Its name."""
    cite: Cite
    """Where it is written."""
    title: Text
    """What is forbidden."""
    guards: Name
    """The event that is refused."""
    counts: Counted | Name | None = None
    """`events`: the guarded event in this case; `open_cases`, `late_cases`: of the same person; or a counter's id."""
    of: Annotated[Names, Field(min_length=1)] = ("borrower",)
    """Whose cases are counted: fields that have to be the same (borrower, department, customer ..)."""
    kind: Name | None = None
    """Count cases of this kind under any regulation, instead of this one's (open loans of somebody who leaves)."""
    having: Matches = ()
    """Count only cases in which one of these has happened (lost and not decided, paid out and not confirmed)."""
    quantity: str | None = None
    """A case field to sum instead of counting one a case (items, money)."""
    at_most: int | Hole = 0
    """How many are allowed, this one included."""
    late_by: IsoDuration = "P0D"
    """`late_cases`: only those so late."""
    requires: Matches = ()
    """One of these has to have happened in this case before."""
    unless: Matches = ()
    """One of these (an approval) lifts it."""
    inside: Name | None = None
    """Allowed only while that rule's clock is open: neither before it opens nor after it is due."""
    after: Name | None = None
    """Allowed only when that rule's clock has come to its end."""
    when: Conditions = {}
    """It holds for these cases and events only."""
    flag: Roles
    """Who is told when it happened anyway."""

    def steps(self) -> dict[str, tuple[Duration | None, tuple[str, ...]]]:
        """Only one: at once, to whoever the gate names."""
        return {"opens": (None, self.flag)}


class Rung(Model):
    """One rung of a counter's ladder: what follows when the count comes to `at`."""

    at: int | Hole
    """From this count on; each rung fires once a window, at the event that reaches it."""
    to: Roles
    """Who is told."""
    do: Text | None = None
    """What follows, as the mail says it."""
    event: Name | None = None
    """An event that Duban notes on the case that reached it; rules and gates may use it."""
    level: str | None = None
    """The level of that case from then on (a count that turns a case major)."""
    penalty: PenaltyField = None
    """What it costs."""


class Counter(Model):
    """A count of events over all cases of the regulation, by person or matter and window, with a ladder."""

    id: Name
    """Its name; gates may ask for its count."""
    cite: Cite
    """Where it is written."""
    title: Text
    """What is counted."""
    counts: Matches
    """The events that count."""
    when: Conditions = {}
    """Only in these cases."""
    of: Annotated[Names, Field(min_length=1)]
    """Counted apart by these fields: handler, department, customer, matter ..; `case` for one case."""
    quantity: str | None = None
    """A field to sum instead of counting one each."""
    window: Cadence | IsoDuration | None = None
    """A calendar period, or a stretch that reaches back from the event; without it the count never starts anew."""
    consecutive: bool = False
    """Count the windows in a row in which it happened, instead of the events."""
    ladder: tuple[Rung, ...] = ()
    """What follows at which count, the lowest first."""


class Approver(Model):
    """Who may approve; a bare role may be written alone."""

    role: Name
    """The role."""
    when: Conditions = {}
    """For these cases only: by level, amount, secrecy class; of several entries the first that holds decides."""


class Approval(Model):
    """A decision that somebody has to take, answered from the form or by `record`, with a clock of its own.

    Only who holds the role (or its deputy) may record `approve` or `refuse`.
    """

    id: Name
    """Its name; its clock has the same."""
    cite: Cite
    """Where it is written."""
    title: Text
    """What is decided."""
    do: Text | None = None
    """What to look at, as the mail says it."""
    when: Conditions = {}
    """An approval is needed in these cases only."""
    request: Matches
    """The events that ask for it."""
    by: Annotated[tuple[Approver, ...], short_for("role"), Field(min_length=1)]
    """Who may approve what."""
    in_turn: bool = False
    """Everybody of `by` whose conditions hold, one after the other, instead of the first."""
    approve: Name
    """The event that approves (its fields may carry a date, like `until`)."""
    refuse: Name
    """The event that refuses."""
    guards: Name | None = None
    """The event that is forbidden until it is approved."""
    within: Limits = ()
    """How long the decision may take."""
    remind: Reminders = ()
    """Steps before that."""
    escalate: tuple[Step, ...] = ()
    """Steps after."""

    def approvers(self, facts: dict[str, object]) -> tuple[str, ...]:
        """The roles that decide a case with these facts: one, or all in turn."""
        fitting = tuple(approver.role for approver in self.by if holds(approver.when, facts))
        return fitting if self.in_turn else fitting[:1]
