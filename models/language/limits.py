"""How long a clock may run, what happens before and after its due instant, and what an overrun costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping  # noqa: TC003 -- pydantic reads the annotations
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from models.language.calendars import Calendar
from models.language.conditions import Conditions, holds, text_of
from models.language.durations import Duration, parse_duration
from models.language.words import Distance, IsoDuration, Model, Name, Names, Roles, Text, is_hole, short_for


class Limit(Model):
    """One limit: a duration, a table, a date that the case carries, a calendar instant, or another rule's due instant.

    A bare duration may be written alone.
    """

    of: IsoDuration | None = None
    """The duration. `P0D` is the end of the same day, `P0WD` the close of the office; `PT4WH` is working time."""
    by: str | None = None
    """The field by which `table` is read."""
    table: dict[str, IsoDuration] = {}
    """Durations by the value of that field; a row may be a setting that is still open."""
    date: str | None = None
    """The field of an event of the round (the newest counts) or of the case with the date; `of` while none is given."""
    before: IsoDuration | None = None
    """The limit ends so long before `date` (a countdown to an event)."""
    next: Calendar | None = None
    """The next such calendar instant after the start (year end, end of term, 8th working day)."""
    due_of: Name | None = None
    """No later than the due instant of that rule's clock in the same round (a limit inside a total)."""
    when: Conditions = {}
    """The limit counts only where these hold."""
    name: Name | None = None
    """What a penalty calls it that hangs on this limit alone."""

    def duration(self, fields: Mapping[str, Any]) -> Duration | None:
        """The duration for a case with these fields; None when the limit does not speak of it, or not yet."""
        if not holds(self.when, fields):
            return None
        text = self.table.get(text_of(fields.get(self.by))) if self.by else self.of
        return parse_duration(text) if text and not is_hole(text) else None

    @property
    def label(self) -> str | None:
        """How the record names it where it is no duration: the field of the date, the rule, or `next`."""
        return self.date or self.due_of or ("next" if self.next else None)


Limits = Annotated[tuple[Limit, ...], short_for("of")]


class Reminder(Model):
    """A step before the due instant, to the responsible unless it says otherwise; written `-P1D` or as a mapping."""

    before: IsoDuration | None = None
    """So long before the due instant, with a minus; days before a calendar instant count from the one that is named."""
    after: IsoDuration | None = None
    """So long after the start: the lower edge of a range, the soft limit."""
    to: Names = ()
    """Who is told, if not the responsible."""


Reminders = Annotated[tuple[Reminder, ...], short_for("before")]
Slip = Literal["urge", "inquiry"]


class Step(Model):
    """A step at or after the due instant. An `after` of nothing (PT0S, P0D) is the step `due`."""

    after: IsoDuration
    """So long after the due instant."""
    to: Roles
    """Who is told."""
    every: Distance | None = None
    """Again and again at this distance, until the clock ends or a later step begins."""
    slip: Slip | None = None
    """The mail is a form: `urge` (催办单) or `inquiry` (洽办单, 查办单)."""


class ClosedLate(Model):
    """What follows when the clock was met late: told once, when the case closes."""

    to: Roles
    """Who is told."""
    slip: Slip | None = "inquiry"
    """The form."""


class Outcome(Model):
    """An event that Duban itself notes on the case; other rules start or stop with it, or it closes the case."""

    event: Name
    """The event."""
    after: IsoDuration | None = None
    """So long after the due instant; at it when not given."""
    level: str | None = None
    """The case has this level from then on."""


Outcomes = Annotated[tuple[Outcome, ...], short_for("event")]


class Repeat(Model):
    """The clock starts again by itself where its last term was due, met or not; each term is a deadline of its own.

    Months count from the first day of all terms: after 28 February, which only is short, comes 31 March.
    """

    every: Distance
    """The length of a term; it is the term's limit as well unless `within` gives a shorter one."""
    times: int | None = Field(default=None, ge=1)
    """So many terms, then the next entry of the list; without end in the last one."""


class GiveUp(Model):
    """When trying may end: from `after_attempts` on the case may be closed, at `at_most` the clock ends."""

    event: Name = "unreachable"
    """The failed attempt."""
    after_attempts: int = Field(ge=1)
    """From so many on the case may be closed."""
    at_most: int = Field(ge=1)
    """After so many the clock ends."""
    at_once: Conditions = {}
    """An attempt with these fields ends it at once."""


class Share(Model):
    """A part of a figure that Duban does not know: pay, bonus, appraisal."""

    part: float = Field(gt=0, le=1)
    """0.5 is one half."""
    of: Name
    """base_pay, monthly_bonus, appraisal .."""


DEPARTMENT = "department"
"""The payer that is no role: the department of the case."""


class Penalty(Model):
    """What an overrun (or a count) costs, and who pays."""

    amount: dict[str, float] | float = 0.0
    """In yuan; by level where it is a table."""
    points: dict[str, float] | float = 0.0
    """Points, likewise."""
    share: Share | None = None
    """A part of a pay, bonus or appraisal."""
    measure: Text | None = None
    """What is not money: a warning, a transfer, dismissal."""
    per: Distance | None = None
    """Once at the due instant and again for each such stretch late (P1D, P1WD)."""
    late_by: IsoDuration | None = None
    """Only when so late."""
    limit: Name | None = None
    """It hangs on the limit of that name: owed when that one passes, however early a tighter one is due."""
    cap: Share | float | None = None
    """At most so much a month and payer; the rest is carried to the next month."""
    when: Conditions = {}
    """Only where these hold (level, round, term ..)."""
    otherwise: Penalty | None = None
    """What it costs where `when` or `late_by` does not hold."""
    charged_to: Roles
    """Who pays: a role, `department` for the department of the case; several pay each for themselves."""

    @property
    def is_plain(self) -> bool:
        """Whether it is owed once, at the due instant, whatever the case."""
        return not (self.per or self.late_by or self.limit or self.when or self.otherwise)

    def of(self, level: str | None) -> tuple[float, float]:
        """Amount and points for a case of that level."""

        def pick(table: dict[str, float] | float) -> float:
            return table.get(level or "", 0) if isinstance(table, dict) else table

        return pick(self.amount), pick(self.points)


def branches(penalty: Penalty | None) -> Iterator[Penalty]:
    """The penalty and those that stand in for it, in order."""
    while penalty is not None:
        yield penalty
        penalty = penalty.otherwise


def _with_payer(value: Any) -> Any:
    """A penalty without a payer would be charged to somebody whom no text names."""
    if value is not None and not isinstance(value, Penalty) and not (isinstance(value, dict) and "charged_to" in value):
        msg = "who pays is missing: write {amount: .., charged_to: ROLE} (or `department`)"
        raise ValueError(msg)
    return value


PenaltyField = Annotated[Penalty | None, BeforeValidator(_with_payer)]


class SkipOlder(Model):
    """Catch-up that leaves out steps older than a duration."""

    skip_older_than: IsoDuration
    """What is older is left out."""


CatchUp = Literal["all", "latest"] | SkipOlder

__all__ = [
    "CatchUp",
    "ClosedLate",
    "GiveUp",
    "Limit",
    "Limits",
    "Outcome",
    "Outcomes",
    "Penalty",
    "PenaltyField",
    "Reminder",
    "Reminders",
    "Repeat",
    "Share",
    "SkipOlder",
    "Step",
    "branches",
]
