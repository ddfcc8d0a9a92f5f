"""What a regulation forbids, counts and lets somebody decide: gates, counters, approvals, authorities."""

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

    Every part that is given has to be satisfied: the count, `requires`, `not_before`, `after`. What comes too late
    (`not_after`) is never refused: it is recorded, and flagged as late.
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
    """A case field to sum instead of counting one a case (items, money); an amount that is missing is refused."""
    at_most: int | Hole = 0
    """How many are allowed, this one included."""
    late_by: IsoDuration = "P0D"
    """`late_cases`: only those so late."""
    requires: Matches = ()
    """One of these has to have happened in this case before."""
    unless: Matches = ()
    """One of these (an approval) lifts it."""
    not_before: Name | None = None
    """Refused before that rule's clock opens."""
    not_after: Name | None = None
    """What comes when that rule's clock is past its due instant is recorded as late and told to `flag`."""
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
    """One rung of a counter's ladder: what follows at a count. It has either `at` or `from`."""

    at: int | Hole | None = None
    """At exactly this count: once a window, at the event that reaches it."""
    from_: Annotated[int | Hole | None, Field(alias="from")] = None
    """From this count on: at the event that reaches it and at each later one (1 = each time)."""
    requires: Matches = ()
    """Reached only when one of these has happened before in a case of the same matter (the step before this one)."""
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

    @property
    def count(self) -> int | str | None:
        """The count that reaches it; `$name` while nobody has set it."""
        return self.from_ if self.at is None else self.at


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
    distinct: str | None = None
    """A field of which different values are counted (three customers), instead of events."""
    window: Cadence | IsoDuration | None = None
    """A calendar period, or a stretch that reaches back from the event; without it the count never starts anew."""
    consecutive: bool = False
    """Count the windows in a row in which it happened, instead of the events: the run's length so far."""
    highest: bool = False
    """Of one window only the highest rung stands: it takes back the lower ones and what they cost."""
    ladder: tuple[Rung, ...] = ()
    """What follows at which count, the lowest first."""


class Approver(Model):
    """Who may decide; a bare role may be written alone."""

    role: Name
    """The role."""
    when: Conditions = {}
    """For these cases only: by level, amount, secrecy class; of an approval the first entry that holds decides."""


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


class Authority(Model):
    """Who alone may record an event that decides, where the text names them and no request goes before.

    A closing that the manager has to sign, the release of a case to the next station, a plan that is approved: recorded
    by anybody else it is refused, and one that another program wrote counts for nothing. Where somebody asks first it
    is an approval.
    """

    id: Name
    """Its name."""
    cite: Cite
    """Where it is written."""
    title: Text
    """What is decided, and by whom."""
    events: Annotated[Names, Field(min_length=1)]
    """The events that decide."""
    by: Annotated[tuple[Approver, ...], short_for("role"), Field(min_length=1)]
    """Who may record them: whoever holds one of the roles whose conditions hold, or stands in for them."""
    when: Conditions = {}
    """In these cases only; in the others everybody may."""

    def deciders(self, facts: dict[str, object]) -> tuple[str, ...]:
        """The roles that may record it in a case with these facts; none where the text leaves it to everybody."""
        if not holds(self.when, facts):
            return ()
        return tuple(dict.fromkeys(one.role for one in self.by if holds(one.when, facts)))
